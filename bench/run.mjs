// Benchmarks: rates, ratios and sizes of the running product, printed with what was aimed at.
//   node bench/run.mjs --binary build/platform/app/civitas --build build [--rows 1000000] [--seconds 8] [suite …]
import { parseArgs } from 'node:util'
import { resolve } from 'node:path'
import { Report } from './harness.mjs'
import { havePostgres, suites } from './suites.mjs'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    binary: { type: 'string', default: 'build/platform/app/civitas' },
    build: { type: 'string', default: 'build' },
    rows: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '8' },
    'import-rows': { type: 'string', default: '100000' },
  },
})
const unknown = positionals.filter((name) => !suites[name])
if (unknown.length > 0) {
  console.error(`no suite ${unknown.join(', ')}; there are ${Object.keys(suites).join(', ')}`)
  process.exit(2)
}
const report = new Report()
const settings = {
  report, binary: resolve(options.binary), build: resolve(options.build), rows: Number(options.rows), seconds: Number(options.seconds),
  importRows: Number(options['import-rows']), postgres: havePostgres(),
}
let failed = 0
for (const [name, suite] of Object.entries(suites)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  await suite(settings).catch((e) => {
    ++failed
    report.say(`${name} failed: ${e.stack}`)
  })
}
report.print()
process.exit(failed > 0 ? 1 : 0)
