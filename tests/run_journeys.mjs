// Runs the browser journeys, each on its own copy of the demonstration city.
//   node tests/run_journeys.mjs --binary build/platform/app/civitas [--count FILE] [--map-frames] [--pictures] [word …]
// A journey is a module: name, covers (requirement rows), run({browser, server, person, step, assert}). One with `option`
// (a measurement, the pictures of the README) runs only when that option is given, one of the
// systems of the tests (`system`) has a city that has them beside the product's.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { openBrowser, Person } from './harness/browser.mjs'
import { Cities, root } from './harness/server.mjs'

const { values: options, positionals: words } = parseArgs({
  allowPositionals: true,
  options: { binary: { type: 'string', default: 'build/platform/app/civitas' }, count: { type: 'string' }, 'map-frames': { type: 'boolean', default: false }, pictures: { type: 'boolean', default: false } },
})
const folder = join(root, 'tests/journeys')
const files = (existsSync(folder) ? await readdir(folder) : []).filter((f) => f.endsWith('.mjs') && (words.length === 0 || words.some((w) => f.includes(w)))).sort()
await rm(join(root, 'tests/out/journeys'), { recursive: true, force: true })
const results = {}
let passed = 0
let failed = 0
/** By their further systems. */
const all_cities = new Map()
async function cities_with(systems) {
  if (!all_cities.has(systems)) all_cities.set(systems, await Cities.create({ binary: resolve(root, options.binary), systems }))
  return all_cities.get(systems)
}
let browser
try {
  if (files.length > 0) browser = await openBrowser()
  for (const file of files) {
    const journey = await import(join(folder, file))
    if (journey.option && !options[journey.option]) continue
    const began = Date.now()
    const id = file.replace('.mjs', '')
    const people = []
    let cities
    let server
    let at = 'start'
    let trouble = ''
    try {
      cities = await cities_with(journey.system ? join(root, 'tests/systems') : undefined)
      server = await cities.serve()
      await journey.run({
        browser,
        server,
        assert,
        person: async (name, more = {}) => {
          const made = await Person.create(browser, server, name, { journey: id, ...more })
          people.push(made)
          return made
        },
        step: async (what, act) => {
          at = what
          return act()
        },
      })
      for (const p of people) if (p.complaints.length > 0) trouble += `\n  ${p.name}: ${p.complaints.slice(0, 5).join('\n    ')}`
    } catch (e) {
      trouble = `\n  at "${at}": ${String(e.message).split('\n').slice(0, 14).join('\n    ')}`
      for (const p of people) {
        const shot = await p.shot('failed').catch(() => null)
        trouble += `\n  ${p.name} at ${p.page.url()}${shot ? `, see ${shot}` : ''}${p.complaints.length > 0 ? '; ' + p.complaints.slice(0, 5).join('; ') : ''}`
      }
    }
    for (const p of people) await p.context.close().catch(() => {})
    if (server) {
      const exit = await server.stop()
      if (exit.code !== 0) trouble += `\n  the server ended with ${exit.code ?? exit.signal}`
      await cities.drop(server.place)
    }
    results[`tests/journeys/${file}`] = trouble === ''
    if (trouble) ++failed
    else ++passed
    console.log(`${trouble ? 'FAILED' : 'ok    '} ${journey.name}  ${((Date.now() - began) / 1000).toFixed(1)} s${trouble}`)
  }
} catch (e) {
  console.log(`FAILED ${e.message}`)
  ++failed
} finally {
  await browser?.close()
  for (const cities of all_cities.values()) await cities.close()
}
await mkdir(join(root, 'tests/out'), { recursive: true })
if (words.length === 0) await writeFile(join(root, 'tests/out/journeys.json'), JSON.stringify(results, null, 1) + '\n')
if (options.count) await writeFile(options.count, `${passed} ${failed}\n`)
console.log(`browser journeys: ${passed} passed, ${failed} failed`)
process.exit(failed > 0 ? 1 : 0)
