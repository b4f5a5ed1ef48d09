// CQL2 beside another implementation of the standard: cql2-wasm (MIT), which reads text and writes text and JSON.
// What it makes of an expression must find here what the expression itself finds, and what it says of each feature
// (`matches`) must be what the database says.
//   node tests/peers/cql2_test.mjs [--binary build/platform/app/civitas]
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { binary, done, folder, holds, person, query, same, section, serve } from '../harness/peer.mjs'
import { command } from '../harness/server.mjs'
import { join } from 'node:path'

// The package is made for bundlers, which put the module of bytes and its script together; here it is done by hand.
const entry = createRequire(import.meta.url).resolve('cql2-wasm')
const peer = await import(entry.replace(/cql2_wasm\.js$/, 'cql2_wasm_bg.js'))
const { instance } = await WebAssembly.instantiate(await readFile(entry.replace(/cql2_wasm\.js$/, 'cql2_wasm_bg.wasm')), { './cql2_wasm_bg.js': peer })
peer.__wbg_set_wasm(instance.exports)
instance.exports.__wbindgen_start()

const server = await serve()
const made = await command(binary, { data: join(folder, 'data') }, ['key', 'create', '--application', 'cql2', '--services', '*'])
const key = made.stdout.split('\n').at(-1)
const admin = await person(server, 'admin')
const own = (await admin('GET', `/api/v1/identity/application_key${query({ filter: "application = 'cql2'" })}`)).body.items[0]
same('a quota is raised', (await admin('PATCH', `/api/v1/identity/application_key/${own.id}`, { per_second: 100000 })).status, 200)
const anonymous = await person(server, null)

async function features(parameters) {
  const out = []
  for (let path = `/ogc/collections/place_names.place_name/items${query({ limit: 1000, ...parameters })}`; path; ) {
    const page = await anonymous('GET', path, undefined, { 'X-Civitas-Key': key })
    if (page.status !== 200) return { status: page.status, reason: page.body?.reason, detail: page.body?.detail }
    out.push(...page.body.features)
    path = page.body.links.find((l) => l.rel === 'next')?.href.slice(server.base.length)
  }
  return out
}
const ids = (list) => (Array.isArray(list) ? list.map((f) => f.id).sort() : list)
// The package writes a box as an operator; the standard has {"bbox": […]}.
const standard = (node) =>
  Array.isArray(node) ? node.map(standard) : node && typeof node === 'object' ? (node.op === 'bbox' ? { bbox: node.args } : Object.fromEntries(Object.entries(node).map(([k, v]) => [k, standard(v)]))) : node

const all = await features({})
const some = all[Math.floor(all.length / 2)].properties
const [x, y] = all.find((f) => f.geometry?.type === 'Point').geometry.coordinates
const literal = (text) => `'${String(text).replaceAll("'", "''")}'`

const tests = [
  `name = ${literal(some.name)}`, `name <> ${literal(some.name)}`, `code > ${literal(some.code)}`, `code <= ${literal(some.code)}`,
  `category = '23510'`, `category IN ('23510', '23520')`, `NOT category IN ('23510', '23520')`, `category BETWEEN '2' AND '3'`,
  `name LIKE '武汉%'`, `name LIKE '%路'`, `name LIKE '_汉%'`, `NOT name LIKE '%路'`, `pinyin LIKE 'W%'`, `CASEI(pinyin) LIKE CASEI('wu%')`,
  `ACCENTI(pinyin) = ACCENTI(${literal(some.pinyin)})`, `set_up IS NULL`, `pinyin IS NOT NULL`,
  `(name LIKE '武%' OR name LIKE '汉%') AND NOT (category = '23510')`, `NOT (name LIKE '武%' AND category = '23510')`, `((name = ${literal(some.name)}))`,
  `name = '不存在的名称'`, `name = 'O''Brien'`, `TRUE AND category = '23510'`, `usage = 'current' OR FALSE`,
  `S_INTERSECTS(place, BBOX(${x - 0.05}, ${y - 0.05}, ${x + 0.05}, ${y + 0.05}))`,
  `S_INTERSECTS(place, POLYGON((${x - 0.1} ${y - 0.1}, ${x + 0.1} ${y - 0.1}, ${x} ${y + 0.1}, ${x - 0.1} ${y - 0.1})))`,
  `S_WITHIN(place, POLYGON((113 29, 116 29, 116 32, 113 32, 113 29)))`, `S_DISJOINT(place, BBOX(${x - 0.05}, ${y - 0.05}, ${x + 0.05}, ${y + 0.05}))`,
  `S_INTERSECTS(place, POINT(${x} ${y}))`, `name LIKE '%路' AND S_INTERSECTS(place, BBOX(114.2, 30.5, 114.4, 30.7))`,
]
// And every pair of the simple ones.
const simple = [`category = '23510'`, `name LIKE '%路'`, `pinyin LIKE 'W%'`, `code > ${literal(some.code)}`, `name LIKE '武%'`]
for (const a of simple) for (const b of simple) if (a !== b) tests.push(`${a} AND ${b}`, `${a} OR NOT (${b})`)

await section('text and JSON of the peer mean here what the expression means', async () => {
  holds('there are features', all.length > 100, all.length)
  for (const text of tests) {
    const expression = peer.parseText(text)
    const ours = ids(await features({ filter: text }))
    if (!Array.isArray(ours)) {
      same(text, ours, 'features')
      continue
    }
    same(`${text}: the peer's text`, ids(await features({ filter: expression.to_text() })), ours)
    same(`${text}: the peer's JSON`, ids(await features({ filter: JSON.stringify(standard(JSON.parse(expression.to_json()))), 'filter-lang': 'cql2-json' })), ours)
  }
})

await section('each feature matches there and here', async () => {
  let compared = 0
  const odd = new Map()
  for (const text of tests) {
    const ours = new Set(ids(await features({ filter: text })))
    const expression = peer.parseText(text)
    for (const f of all) {
      let theirs
      try {
        theirs = expression.matches({ ...f.properties, place: f.geometry, geometry: f.geometry })
      } catch (e) {
        odd.set(text, String(e).slice(0, 80))  // the peer gives up where a property is missing
        continue
      }
      ++compared
      if (theirs !== ours.has(f.id)) {
        same(`${text} on ${f.properties.name}`, ours.has(f.id), theirs)
        break
      }
    }
  }
  holds('most could be compared', compared > (all.length * tests.length) / 2, [compared, all.length * tests.length, [...odd]])
})

await done(server)
