// The open interfaces tried by programs of others: GDAL reads the OGC API, an OpenAPI validator the descriptions; and by
// plain requests: keys, rights, quotas, usage.
//   node tests/peers/ogc_test.mjs [--binary build/platform/app/civitas]
// Needs gdal-bin; with OPENAPI_VALIDATOR (the path of @seriousme/openapi-schema-validator/index.js, MIT) the OpenAPI documents are validated
// against the standard's schemas too. Starts its own server with its own data. Prints "N passed, N failed".
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { Jar, send } from '../harness/http.mjs'
import { command, password, root, Server } from '../harness/server.mjs'

const { values: options } = parseArgs({ options: { binary: { type: 'string', default: 'build/platform/app/civitas' } } })
const binary = resolve(root, options.binary)
process.env.CIVITAS_HOME ??= root
const run = promisify(execFile)
const crs84 = 'http://www.opengis.net/def/crs/OGC/1.3/CRS84'
const epsg4490 = 'http://www.opengis.net/def/crs/EPSG/0/4490'

const folder = await mkdtemp(join(tmpdir(), 'civitas-peers-'))
const place = { data: join(folder, 'data') }
let server = await Server.start({ binary, ...place, demo: true })
let passed = 0
let failed = 0
function same(what, actual, expected) {
  const good = JSON.stringify(actual) === JSON.stringify(expected)
  good ? passed++ : failed++
  if (!good) console.log(`FAILED ${what}\n  expected ${JSON.stringify(expected)}\n  was      ${JSON.stringify(actual)?.slice(0, 600)}`)
}
const holds = (what, condition, shown) => same(what + (condition ? '' : ` (${JSON.stringify(shown)?.slice(0, 400)})`), Boolean(condition), true)
async function section(name, work) {
  try {
    await work()
  } catch (e) {
    failed++
    console.log(`FAILED ${name}: ${e.stack}`)
  }
}
const get = (path, key, headers = {}) => send(server.base, { method: 'GET', path, headers: { ...(key ? { 'X-Civitas-Key': key } : {}), ...headers } })
const query = (o) => '?' + Object.entries(o).map(([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(v)}`).join('&')
async function newKey(application, services) {
  const made = await command(binary, place, ['key', 'create', '--application', application, '--services', services])
  if (made.code !== 0) throw new Error(made.stderr)
  return made.stdout.split('\n').at(-1)
}
async function signIn(account) {
  const jar = new Jar()
  const answer = await send(server.base, { method: 'POST', path: '/api/v1/session', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ account, password }) })
  if (answer.status !== 200) throw new Error(`sign-in of ${account}: ${answer.status}`)
  jar.take(answer.headers)
  return async (method, path, body, extra = {}) =>
    send(server.base, { method, path, headers: { 'Content-Type': 'application/json', Cookie: jar.header(), ...extra }, body: body && JSON.stringify(body) })
}

const key = await newKey('peers', '*')
const admin = await signIn('admin')
// The peers page fast: their quota must not be what is tried here.
const own = (await admin('GET', `/api/v1/identity/application_key${query({ filter: "application = 'peers'" })}`)).body.items[0]
same('a quota is raised', (await admin('PATCH', `/api/v1/identity/application_key/${own.id}`, { per_second: 100000 })).status, 200)

async function all(collection, parameters = {}) {
  const features = []
  let path = `/ogc/collections/${collection}/items${query({ limit: 100, ...parameters })}`
  let crs
  for (let pages = 0; path && pages < 1000; pages++) {
    const page = await get(path, key)
    if (page.status !== 200) throw new Error(`${path}: ${page.status} ${page.text.slice(0, 300)}`)
    if (page.body.numberReturned !== page.body.features.length) throw new Error('numberReturned')
    crs = page.headers['content-crs']
    features.push(...page.body.features)
    path = page.body.links.find((l) => l.rel === 'next')?.href.slice(server.base.length)
  }
  return { features, crs }
}
const gdal = ['--config', 'GDAL_HTTP_HEADERS', `X-Civitas-Key: ${key}`]
const source = () => `OAPIF:${server.base}/ogc`
async function ogr2ogr(layer, extra = [], open = []) {
  const out = join(folder, `out${Math.random().toString(16).slice(2)}.json`)
  await run('ogr2ogr', ['-f', 'GeoJSON', out, source(), layer, ...open, ...extra, ...gdal], { timeout: 120_000 })
  return JSON.parse(await (await import('node:fs/promises')).readFile(out, 'utf8')).features
}
const ids = (features) => features.map((f) => String(f.id ?? f.properties.id)).sort()

await section('paging', async () => {
  const places = (await all('place_names.place_name')).features
  holds('many places', places.length > 150, places.length)
  same('no feature twice', new Set(ids(places)).size, places.length)
  const counted = await get('/ogc/collections/place_names.place_name/items?limit=1&total=true', key)
  same('numberMatched', counted.body.numberMatched, places.length)
  same('limit beyond the largest is lowered', (await get('/ogc/collections/place_names.place_name/items?limit=100000', key)).status, 200)
  same('default limit', (await get('/ogc/collections/place_names.place_name/items', key)).body.numberReturned, 10)
  holds('every column in every feature', places.every((f) => Object.keys(f.properties).length === Object.keys(places[0].properties).length))
  holds('only open rows', places.every((f) => f.properties.usage === 'current'))
  const one = await get(`/ogc/collections/place_names.place_name/items/${places[3].id}`, key)
  same('one feature', one.body.properties, places[3].properties)
  same('an unknown feature', (await get('/ogc/collections/place_names.place_name/items/1', key)).status, 404)
  same('an unknown collection', (await get('/ogc/collections/identity_person/items', key)).status, 404)
  const read = await ogr2ogr('place_names.place_name')
  same('GDAL reads them all', ids(read), ids(places))
  const by_page = await ogr2ogr('place_names.place_name', [], ['-oo', 'PAGE_SIZE=37'])
  same('GDAL reads them all in pages of 37', ids(by_page), ids(places))
  const geometry = new Map(read.map((f) => [String(f.id ?? f.properties.id), f.geometry]))
  holds('GDAL sees the same places', places.every((f) => JSON.stringify(f.geometry?.coordinates) === JSON.stringify(geometry.get(f.id)?.coordinates)))
})

await section('ogrinfo', async () => {
  const { stdout } = await run('ogrinfo', [source(), ...gdal])
  for (const name of ['registers.division', 'place_names.place_name', 'place_names.sign']) holds(`ogrinfo lists ${name}`, new RegExp(`\\d: ${name}`).test(stdout), stdout)
})

await section('filters', async () => {
  const places = (await all('place_names.place_name')).features
  const wanted = places[5].properties
  const equal = ids(places.filter((f) => f.properties.name === wanted.name))
  same('a property', ids((await all('place_names.place_name', { name: wanted.name })).features), equal)
  same('CQL2 text', ids((await all('place_names.place_name', { filter: `name = '${wanted.name}'` })).features), equal)
  const json = JSON.stringify({ op: '=', args: [{ property: 'name' }, wanted.name] })
  same('CQL2 JSON', ids((await all('place_names.place_name', { filter: json, 'filter-lang': 'cql2-json' })).features), equal)
  same('a reference', ids((await all('place_names.place_name', { division: wanted.division })).features), ids(places.filter((f) => f.properties.division === wanted.division)))
  const { stderr } = await run('ogrinfo', [source(), 'place_names.place_name', '-where', `name = '${wanted.name}'`, ...gdal], { env: { ...process.env, CPL_DEBUG: 'HTTP' }, maxBuffer: 1 << 26 })
  holds('GDAL pushes the condition down', /items\?[^\n]*filter=name/.test(stderr), stderr.slice(0, 800))
  same('and reads the same', ids(await ogr2ogr('place_names.place_name', ['-where', `name = '${wanted.name}'`])), equal)
  const like = ids(places.filter((f) => f.properties.name.startsWith('武') && f.properties.category === wanted.category))
  same('GDAL: two conditions', ids(await ogr2ogr('place_names.place_name', ['-where', `name LIKE '武%' AND category = '${wanted.category}'`])), like)
  same('no condition leads to closed rows', (await all('place_names.place_name', { filter: "usage <> 'current'" })).features.length, 0)
  same('nor by parentheses', (await get('/ogc/collections/place_names.place_name/items' + query({ filter: 'TRUE) OR (TRUE' }), key)).status, 400)
  same('a hidden field is unknown', (await get('/ogc/collections/place_names.place_name/items' + query({ filter: "remark = 'x'" }), key)).status, 400)
  for (const bad of ['nothing=1', 'limit=x', 'bbox=1,2', 'crs=EPSG:3857', 'f=gml', 'datetime=tomorrow', 'filter-lang=sql&filter=TRUE'])
    same(`400 for ${bad}`, (await get(`/ogc/collections/place_names.place_name/items?${bad}`, key)).status, 400)
})

await section('axes', async () => {
  const lonlat = await all('place_names.place_name')
  const latlon = await all('place_names.place_name', { crs: epsg4490 })
  same('Content-Crs', [lonlat.crs, latlon.crs], [`<${crs84}>`, `<${epsg4490}>`])
  const swapped = new Map(latlon.features.map((f) => [f.id, f.geometry?.coordinates]))
  const points = lonlat.features.filter((f) => f.geometry?.type === 'Point')
  holds('latitude first in EPSG:4490', points.every((f) => swapped.get(f.id)[0] === f.geometry.coordinates[1] && swapped.get(f.id)[1] === f.geometry.coordinates[0]))
  holds('the city lies where it should', points.filter((f) => Math.abs(f.geometry.coordinates[0] - 114.3) < 1 && Math.abs(f.geometry.coordinates[1] - 30.6) < 1).length > 100)
  const [x, y] = points[7].geometry.coordinates
  const box = [x - 0.05, y - 0.05, x + 0.05, y + 0.05]
  const inside = ids(points.filter((f) => Math.abs(f.geometry.coordinates[0] - x) <= 0.05 && Math.abs(f.geometry.coordinates[1] - y) <= 0.05))
  // Of lines and areas that meet the box GDAL says which they are: the same ones as the server's own answer.
  const pointed = (features) => ids(features.filter((f) => f.geometry?.type === 'Point'))
  same('bbox', pointed((await all('place_names.place_name', { bbox: box.join(',') })).features), inside)
  const turned = [box[1], box[0], box[3], box[2]].join(',')
  same('bbox in EPSG:4490', pointed((await all('place_names.place_name', { bbox: turned, 'bbox-crs': epsg4490 })).features), inside)
  same('spatial filter in EPSG:4490', pointed((await all('place_names.place_name', { filter: `S_INTERSECTS(place,BBOX(${turned}))`, 'filter-crs': epsg4490 })).features), inside)
  same('GDAL: -spat', pointed(await ogr2ogr('place_names.place_name', ['-spat', ...box.map(String)])), inside)
  same('GDAL: -spat of lines and areas', ids(await ogr2ogr('place_names.place_name', ['-spat', ...box.map(String)])), ids((await all('place_names.place_name', { bbox: box.join(',') })).features))
})

await section('descriptions', async () => {
  const landing = (await get('/ogc')).body
  for (const rel of ['self', 'service-desc', 'conformance', 'data']) {
    const href = landing.links.find((l) => l.rel === rel).href
    same(`link ${rel}`, (await get(href.slice(server.base.length))).status, 200)
  }
  const classes = (await get('/ogc/conformance')).body.conformsTo
  holds('core and crs and filter', ['ogcapi-features-1/1.0/conf/core', 'ogcapi-features-2/1.0/conf/crs', 'ogcapi-features-3/1.0/conf/filter'].every((c) => classes.some((u) => u.endsWith(c))))
  for (const c of (await get('/ogc/collections')).body.collections) {
    same('storageCrs', c.storageCrs, epsg4490)
    const q = await get(`/ogc/collections/${c.id}/queryables`)
    same('queryables are a schema', [q.status, q.headers['content-type'], q.body.type], [200, 'application/schema+json', 'object'])
  }
  for (const path of ['/ogc', '/ogc/collections', '/ogc/collections/place_names.sign', '/ogc/conformance', '/ogc/api']) {
    const page = await get(path, null, { Accept: 'text/html,*/*' })
    holds(`a page for people at ${path}`, page.status === 200 && page.headers['content-type'].startsWith('text/html') && page.text.startsWith('<!doctype html>'))
  }
  const catalogue = (await get('/open/v1/catalogue')).body.items
  holds('the catalogue', catalogue.every((i) => i.name && i.title.zh && i.title.en && i.path.startsWith('/')), catalogue[0])
  const { Validator } = await import(process.env.OPENAPI_VALIDATOR ?? '@seriousme/openapi-schema-validator').catch(() => ({}))
  for (const path of ['/api/v1/openapi.json', '/open/v1/openapi.json', '/ogc/api']) {
    const document = (await get(path)).body
    holds(`${path} states the largest limit`, JSON.stringify(document).includes('"maximum":1000'))
    const names = []
    for (const item of Object.values(document.paths)) for (const o of Object.values(item)) names.push(o.operationId)
    same(`${path}: operationId once`, new Set(names).size, names.length)
    for (const [pattern, item] of Object.entries(document.paths))
      for (const o of Object.values(item)) {
        const declared = (o.parameters ?? []).filter((p) => p.in === 'path').map((p) => `{${p.name}}`)
        if (JSON.stringify(declared) !== JSON.stringify(pattern.match(/\{\w+\}/g) ?? [])) same(`${path}: parameters of ${pattern}`, declared, pattern.match(/\{\w+\}/g))
      }
    for (const ref of JSON.stringify(document).match(/"#\/[^"]+"/g) ?? [])
      if (!ref.slice(3, -1).split('/').reduce((o, part) => o?.[part], document)) same(`${path}: ${ref}`, 'missing', 'there')
    if (Validator) {
      const verdict = await new Validator().validate(structuredClone(document))
      holds(`${path} is valid OpenAPI ${document.openapi}`, verdict.valid, verdict.errors)
    } else console.log(`(without @seriousme/openapi-schema-validator: ${path} checked by its references only)`)
  }
})

await section('tiles', async () => {
  const feature = (await all('place_names.place_name')).features.find((f) => Math.abs(f.geometry.coordinates[0] - 114.3) < 0.3)
  const [lon, lat] = feature.geometry.coordinates
  const z = 12
  const x = Math.floor(((lon + 180) / 360) * 2 ** z)
  const y = Math.floor(((1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2) * 2 ** z)
  const tile = await get(`/ogc/tiles/place_names.place_name/WebMercatorQuad/${z}/${y}/${x}`, key)
  same('a tile, row before column', [tile.status, tile.headers['content-type']], [200, 'application/vnd.mapbox-vector-tile'])
  holds('the name is in it', tile.bytes.includes(Buffer.from(feature.properties.name)))
  same('exchanged it is another place', (await get(`/ogc/tiles/place_names.place_name/WebMercatorQuad/${z}/${x}/${y}`, key)).status, 204)
  same('beyond the matrix', (await get('/ogc/tiles/place_names.place_name/WebMercatorQuad/1/5/0', key)).status, 400)
  same('without key', (await get(`/ogc/tiles/place_names.place_name/WebMercatorQuad/${z}/${y}/${x}`)).status, 401)
})

await section('attribute services', async () => {
  const page = await get('/open/v1/place_names/place_name' + query({ limit: 3, total: true }), key)
  same('a list', [page.status, page.body.items.length], [200, 3])
  holds('public fields only', page.body.items.every((i) => !('remark' in i) && !('source_key' in i) && !('description' in i)), page.body.items[0])
  const next = await get('/open/v1/place_names/place_name' + query({ limit: 3, after: page.body.next }), key)
  holds('the next page goes on', next.body.items.every((i) => !page.body.items.some((j) => j.id === i.id)))
  same('one record', (await get(`/open/v1/place_names/place_name/${page.body.items[0].id}`, key)).body, page.body.items[0])
  same('not published', (await get('/open/v1/identity/person', key)).status, 404)
  same('inner parameters are unknown', (await get('/open/v1/place_names/place_name?recorded_as_of=2026-01-01T00:00:00Z', key)).status, 400)
})

await section('keys and quotas', async () => {
  const items = '/ogc/collections/place_names.sign/items'
  const reason = async (path, k) => (await get(path, k)).body.reason
  same('no key', await reason(items), 'gateway.key.missing')
  same('a wrong key', await reason(items, 'ck_wrong'), 'gateway.key.unknown')
  same('a key in the address is no key', (await get(`${items}?key=${key}`)).status, 401)
  const made = await admin('POST', '/api/v1/identity/application_key', { application: 'quota', services: ['ogc.place_names.sign'], per_second: 100, per_day: 5 })
  same('the record of a key', made.status, 201)
  const path = `/api/v1/identity/application_key/${made.body.id}`
  const citizen = await signIn('citizen1')
  holds('a citizen makes no key', [403, 404].includes((await citizen('POST', `${path}/key`)).status))
  holds('nor does who is anonymous', [401, 403, 404].includes((await send(server.base, { method: 'POST', path: `${path}/key` })).status))
  const shown = await admin('POST', `${path}/key`, null, { 'Idempotency-Key': 'once' })
  const again = await admin('POST', `${path}/key`, null, { 'Idempotency-Key': 'once' })
  holds('a key is shown once', shown.status === 200 && shown.body.key.startsWith('ck_') && shown.body.key !== again.body.key, shown.body)
  same('the first is void', await reason(items, shown.body.key), 'gateway.key.unknown')
  const quota = again.body.key
  same('the digest is not shown', 'digest' in (await admin('GET', path)).body, false)
  same('what was granted', (await get(items, quota)).status, 200)
  same('what was not', await reason('/ogc/collections/registers.division/items', quota), 'gateway.key.forbidden')
  for (let i = 0; i < 4; i++) same('within the day', (await get(items, quota)).status, 200)
  const over = await get(items, quota)
  same('beyond the day', [over.status, over.body.reason], [429, 'gateway.quota.day'])
  holds('Retry-After', Number(over.headers['retry-after']) > 0 && Number(over.headers['retry-after']) <= 86400, over.headers['retry-after'])
  same('a larger quota holds at once', [(await admin('PATCH', path, { per_day: 1000, per_second: 2 })).status, (await get(items, quota)).status], [200, 200])
  const burst = await Promise.all(Array.from({ length: 10 }, () => get(items, quota)))
  holds('beyond the second', burst.filter((a) => a.status === 200).length <= 3 && burst.some((a) => a.body.reason === 'gateway.quota.second' && a.headers['retry-after'] === '1'), burst.map((a) => a.status))
  const good = 6 + burst.filter((a) => a.status === 200).length
  await new Promise((r) => setTimeout(r, 1500))
  const usage = await admin('GET', '/api/v1/gateway/usage?by=application')
  same('usage', usage.body.series.find((s) => s.title === 'quota').calls, good)
  for (const by of ['department', 'service', 'day']) same(`usage by ${by}`, (await admin('GET', `/api/v1/gateway/usage?by=${by}`)).body.series.length > 0, true)
  same('usage is not for citizens', (await citizen('GET', '/api/v1/gateway/usage')).status, 403)
  same('nor for who is anonymous', (await get('/api/v1/gateway/usage')).status, 401)
  same('disabled', [(await admin('PATCH', path, { disabled: true })).status, await reason(items, quota)], [200, 'gateway.key.unknown'])
  await admin('PATCH', path, { disabled: false, per_day: good })
  same('stopped in order', (await server.stop()).code, 0)
  server = await Server.start({ binary, ...place, demo: true })
  same('a restart does not reset the day', await reason(items, quota), 'gateway.quota.day')
})

await server.stop()
await rm(folder, { recursive: true, force: true })
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed ? 1 : 0)
