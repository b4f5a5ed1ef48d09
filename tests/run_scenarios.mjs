// Runs the scenarios of all systems, each file on its own copy of the demonstration city.
//   node tests/run_scenarios.mjs --binary build/platform/app/civitas [--engine sqlite|postgres] [--parallel 2] [--slow 1]
//                                [--today 2026-11-20] [--count FILE] [file or word …]
//   node tests/run_scenarios.mjs --covers        the required rows that nothing covers
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { explain, readScenario, Run } from './harness/scenario.mjs'
import { Cities, root, usualDay } from './harness/server.mjs'

const { values: options, positionals: words } = parseArgs({
  allowPositionals: true,
  options: {
    binary: { type: 'string', default: 'build/platform/app/civitas' },
    engine: { type: 'string', default: 'sqlite' },
    parallel: { type: 'string', default: '2' },
    slow: { type: 'string', default: '1' },
    today: { type: 'string', default: usualDay },
    count: { type: 'string' },
    covers: { type: 'boolean', default: false },
  },
})
const out = join(root, 'tests/out')
// Systems of the tests: a city of their own has them beside the product's.
const own = 'tests/systems'
// Small cities of the tests: cities/NAME with the people of tests/cities/NAME/demo instead of the demonstration's.
const small = 'tests/cities'
const sharedData = process.env.CIVITAS_DATA ?? resolve(root, '../shared/data')

async function scenarioFiles() {
  const found = []
  for (const folder of ['systems', own])
    for (const system of await readdir(join(root, folder), { withFileTypes: true }))
      if (system.isDirectory()) found.push(join(root, folder, system.name, 'tests'))
  for (const city of await readdir(join(root, small), { withFileTypes: true })) if (city.isDirectory()) found.push(join(root, small, city.name))
  found.push(join(root, 'tests/scenarios'))
  const files = []
  for (const folder of found) if (existsSync(folder)) for (const name of await readdir(folder)) if (name.endsWith('.yaml')) files.push(join(folder, name))
  return files.sort()
}

/** row id -> what covers it; a scenario or journey whose last run failed covers nothing. */
async function coverage() {
  const rows = new Map()
  const add = (row, by) => rows.set(row, [...(rows.get(row) ?? []), by])
  const last = {}
  for (const file of ['scenarios-sqlite.json', 'scenarios-postgres.json', 'journeys.json'])
    if (existsSync(join(out, file)))
      for (const [name, ok] of Object.entries(JSON.parse(await readFile(join(out, file), 'utf8')))) last[name] = (last[name] ?? true) && ok
  for (const file of await scenarioFiles()) {
    const name = relative(root, file)
    const scenario = await readScenario(file).catch(() => null)
    if (scenario && last[name] !== false) for (const row of scenario.covers) add(row, name)
  }
  for (const file of existsSync(join(root, 'tests/journeys')) ? await readdir(join(root, 'tests/journeys')) : []) {
    if (!file.endsWith('.mjs')) continue
    const journey = await import(join(root, 'tests/journeys', file))
    if (last[`tests/journeys/${file}`] !== false) for (const row of journey.covers) add(row, `tests/journeys/${file}`)
  }
  return rows
}

async function writeCovers() {
  const rows = await coverage()
  await mkdir(out, { recursive: true })
  await writeFile(join(out, 'covers.json'), JSON.stringify(Object.fromEntries([...rows].sort()), null, 1) + '\n')
  return rows
}

if (options.covers) {
  const rows = await writeCovers()
  const required = (await readFile(join(root, 'tests/required_rows.txt'), 'utf8')).split('\n').map((l) => l.replace(/#.*/, '').trim()).filter(Boolean)
  const open = required.filter((row) => !rows.has(row))
  console.log(`${required.length - open.length} of ${required.length} required rows are covered by a scenario or journey${open.length > 0 ? '; not yet:' : ''}`)
  if (open.length > 0) console.log('  ' + open.join(' '))
  process.exit(open.length > 0 ? 1 : 0)
}

const files = (await scenarioFiles()).filter((f) => words.length === 0 || words.some((w) => f.includes(w.replace(/^\.\//, ''))))
let passed = 0
let failed = 0
const results = {}
const slow = Number(options.slow)

async function runFile(cities, file) {
  const name = relative(root, file)
  const began = Date.now()
  let server
  let trouble = ''
  try {
    const scenario = await readScenario(file)
    server = await cities.serve()
    server.binary = cities.binary
    const failure = await new Run(scenario, server, { slow }).run()
    if (failure) trouble = explain(scenario, failure)
  } catch (e) {
    trouble = '  ' + e.message
  }
  if (server) {
    const exit = await server.stop()
    if (exit.code !== 0) trouble += `\n  the server ended with ${exit.code ?? exit.signal}`
    // Only what the server itself calls an error is shown; the rest of its log is noise here.
    if (trouble) trouble += server.log.trimEnd().split('\n').filter((l, i, all) => (exit.signal && i >= all.length - 6) || /"level":"(error|critical)"|\[(error|critical)\]|ERROR|runtime error/.test(l)).slice(-8).map((l) => '\n  | ' + l.slice(0, 400)).join('')
    await cities.drop(server.place).catch(() => {})
  }
  results[name] = trouble === ''
  if (trouble) ++failed
  else ++passed
  console.log(`${trouble ? 'FAILED' : 'ok    '} ${name}  ${((Date.now() - began) / 1000).toFixed(1)} s${trouble ? '\n' + trouble : ''}`)
}

async function runAll(queue, { systems, city } = {}) {
  if (queue.length === 0) return
  let cities
  try {
    cities = await Cities.create({ binary: resolve(root, options.binary), engine: options.engine, slow, systems, city, today: options.today })
    console.log(`${queue.length} scenarios on ${options.engine}, the clock begins on ${options.today}; the city was seeded in ${cities.seedSeconds.toFixed(1)} s`)
    await Promise.all(Array.from({ length: Number(options.parallel) }, async () => {
      for (let file = queue.shift(); file; file = queue.shift()) await runFile(cities, file)
    }))
  } catch (e) {
    console.log(`FAILED ${e.message}`)
    ++failed
  } finally {
    await cities?.close()
  }
}

// The city's folder with the people of the tests, and its divisions down to the townships where the data are at hand.
async function smallCity(name, parent) {
  const folder = join(parent, name)
  await cp(join(root, 'cities', name), folder, { recursive: true })
  await cp(join(root, small, name, 'demo'), join(folder, 'demo'), { recursive: true })
  const data = join(sharedData, `${name}-divisions.csv`)
  if (!existsSync(data)) {
    console.log(`${data} is not there: ${name} has the few divisions of ${small}/${name}/demo`)
    return folder
  }
  const [head, ...rows] = (await readFile(data, 'utf8')).trim().split('\n')
  await writeFile(join(folder, 'demo/divisions.csv'), [head, ...rows.filter((row) => row.split(',')[2] !== 'village')].join('\n') + '\n')
  return folder
}

const isIn = (folder) => (file) => relative(root, file).startsWith(folder + '/')
await runAll(files.filter((f) => !isIn(own)(f) && !isIn(small)(f)))
await runAll(files.filter(isIn(own)), { systems: join(root, own) })
const parent = await mkdtemp(join(tmpdir(), 'civitas-small-'))
for (const name of new Set(files.filter(isIn(small)).map((f) => basename(dirname(f)))))
  await runAll(files.filter(isIn(join(small, name))), { city: await smallCity(name, parent) })
await rm(parent, { recursive: true, force: true })
await mkdir(out, { recursive: true })
if (words.length === 0 && options.today === usualDay) await writeFile(join(out, `scenarios-${options.engine}.json`), JSON.stringify(results, null, 1) + '\n')
await writeCovers()
if (options.count) await writeFile(options.count, `${passed} ${failed}\n`)
console.log(`scenarios on ${options.engine} at ${options.today}: ${passed} passed, ${failed} failed`)
process.exit(failed > 0 ? 1 : 0)
