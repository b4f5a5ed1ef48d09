// docs/first-system.md works as it is written: its files are put into a home of their own, checked, served and tried.
//   node tests/peers/first_system_test.mjs [--binary build/platform/app/civitas]
// Starts its own server with its own data. Prints "N passed, N failed".
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { send } from '../harness/http.mjs'
import { explain, readScenario, Run } from '../harness/scenario.mjs'
import { command, root, Server } from '../harness/server.mjs'

const { values: options } = parseArgs({ options: { binary: { type: 'string', default: 'build/platform/app/civitas' } } })
const binary = resolve(root, options.binary)
let passed = 0
let failed = 0
const check = (what, good, shown) => {
  good ? passed++ : failed++
  if (!good) console.log(`FAILED ${what}${shown === undefined ? '' : `: ${String(shown).slice(0, 1500)}`}`)
}

const folder = await mkdtemp(join(tmpdir(), 'civitas-first-system-'))
const home = join(folder, 'home')
let server
try {
  await mkdir(join(home, 'systems'), { recursive: true })
  for (const name of ['web', 'platform', 'cities']) await symlink(join(root, name), join(home, name))
  for (const system of readdirSync(join(root, 'systems'), { withFileTypes: true }))
    if (system.isDirectory()) await symlink(join(root, 'systems', system.name), join(home, 'systems', system.name))
  // A file is named at the beginning of a line; the next block is what is in it.
  const files = {}
  for (const [, path, text] of (await readFile(join(root, 'docs/first-system.md'), 'utf8')).matchAll(/^`(systems\/[^`]+)`[^`]*(?:`[^`\n]+`[^`]*)*?```\w+\n([^]*?)^```$/gm))
    files[path] = text
  check('the page has seven files', Object.keys(files).length === 7, Object.keys(files))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(home, path)), { recursive: true })
    await writeFile(join(home, path), text)
  }

  const checked = await command(binary, { data: join(folder, 'data') }, ['check', '--home', home])
  check('civitas check finds the declarations good', checked.code === 0, checked.stderr)
  check('no step of it is without its scenarios', !checked.stdout.includes('street_lamps'), checked.stdout.split('\n').filter((l) => l.includes('street_lamps')))

  const data = join(folder, 'data')
  server = await Server.start({ binary, data, demo: true, environment: { CIVITAS_HOME: home } })
  Object.assign(server, { binary, place: { data } })
  const scenario = await readScenario(join(home, 'systems/street_lamps/tests/dark_lamp.yaml'))
  const failure = await new Run(scenario, server, { slow: 1 }).run()
  check('its scenario holds', !failure, failure && explain(scenario, failure))
  const key = (await command(binary, server.place, ['key', 'create', '--application', 'lamps', '--home', home])).stdout
  const lamps = await send(server.base, { method: 'GET', path: '/ogc/collections/street_lamps.lamp/items', headers: { 'X-Civitas-Key': key } })
  check('the lamps are open features', lamps.body?.numberReturned === 2, lamps.text)
} catch (e) {
  failed++
  console.log(`FAILED ${e.stack}`)
} finally {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed ? 1 : 0)
