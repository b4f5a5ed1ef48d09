// Behind a reverse proxy, from pages of other sites, and with what a client already has: who asks, by which name it knows
// this site, whose page it is, and whether it must be sent anything at all.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Jar, send } from '../harness/http.mjs'
import { command, password } from '../harness/server.mjs'
import { binary, done, folder, holds, person, same, section, serve } from '../harness/peer.mjs'

const config = join(folder, 'civitas.yaml')
const data = join(folder, 'data')
await writeFile(config, 'public_address: https://dm.city.example\nlisten: {trusted_proxies: [127.0.0.1]}\nanonymous: {puzzle_bits: 4}\n')
const server = await serve({ config, data })
const json = { 'Content-Type': 'application/json' }
const get = (path, headers = {}) => send(server.base, { method: 'GET', path, headers })
const signIn = (headers, account = 'citizen1') => send(server.base, { method: 'POST', path: '/api/v1/session', headers: { ...json, ...headers }, body: JSON.stringify({ account, password }) })
const proxied = { 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'dm.city.example' }
const key = (await command(binary, { data, config }, ['key', 'create', '--application', 'pages', '--services', '*'])).stdout.split('\n').at(-1)
const keyed = { 'X-Civitas-Key': key }
const cookieOf = (answer) => String(answer.headers['set-cookie'])

await section('a proxy is believed everywhere or nowhere', async () => {
  const answer = await signIn({ ...proxied, Origin: 'https://dm.city.example' })
  same('a page of this site signs in', answer.status, 200)
  holds('the cookie is for https alone', /; Secure/.test(cookieOf(answer)), cookieOf(answer))
  const jar = new Jar()
  jar.take(answer.headers)
  const sessions = await get('/api/v1/sessions', { Cookie: jar.header(), ...proxied })
  same('the list of sessions names the client', sessions.body.items.find((s) => s.current).address, '203.0.113.9')
  const auditor = await person(server, 'auditor')
  same('so does the trail', (await auditor('GET', '/api/v1/audit?action=identity.sign_in&limit=3')).body.items.some((e) => e.who.address === '203.0.113.9'), true)
  same('links are of the name that the client knows', (await get('/ogc', proxied)).body.links[0].href, 'https://dm.city.example/ogc')
  same('another origin is refused', (await signIn({ ...proxied, Origin: 'https://other.example' })).status, 403)
  same('so is the name behind the proxy', (await signIn({ ...proxied, Host: '127.0.0.1:8102', Origin: 'https://127.0.0.1:8102' })).status, 403)
  same('and the site without https', (await signIn({ ...proxied, Origin: 'http://dm.city.example' })).status, 403)
})

await section('the standard field, and what a proxy leaves out', async () => {
  const standard = { Forwarded: 'for=203.0.113.10;proto=https;host=dm.city.example' }
  same('Forwarded', (await get('/ogc', standard)).body.links[0].href, 'https://dm.city.example/ogc')
  holds('its cookie', /; Secure/.test(cookieOf(await signIn(standard))))
  const bare = { Host: '127.0.0.1:8102', 'X-Forwarded-For': '203.0.113.9' }
  same('public_address says what the proxy does not', (await get('/ogc', bare)).body.links[0].href, 'https://dm.city.example/ogc')
  const answer = await signIn({ ...bare, Origin: 'https://dm.city.example' })
  same('also whose page it is', answer.status, 200)
  holds('and that it is https', /; Secure/.test(cookieOf(answer)))
  holds('without a proxy nothing is made up', !/; Secure/.test(cookieOf(await signIn({}))))
  same('two fields that name different clients name none', await (async () => {
    const jar = new Jar()
    jar.take((await signIn({ 'X-Forwarded-For': '203.0.113.9', Forwarded: 'for=192.0.2.1' })).headers)
    return (await get('/api/v1/sessions', { Cookie: jar.header() })).body.items.find((s) => s.current).address
  })(), '127.0.0.1')
})

await section('limits go by the client', async () => {
  const asked = []
  for (let n = 1; n <= 24; n++) asked.push((await send(server.base, { method: 'POST', path: '/api/v1/password_requests', headers: { ...json, 'X-Forwarded-For': `198.51.100.${n}` }, body: JSON.stringify({ account: `nobody${n}` }) })).status)
  same('24 people who forgot their password', [...new Set(asked)], [202])
})

await section('a new sign-in ends the session whose cookie came with it', async () => {
  const jar = new Jar()
  jar.take((await signIn({}, 'expert')).headers)
  const before = jar.header()
  same('the new one', (await signIn({ Cookie: before }, 'expert')).status, 200)
  same('the old one', (await get('/api/v1/session', { Cookie: before })).body.user, null)
})

await section('what a client has is not sent again', async () => {
  const registrar = await person(server, 'registrar')
  const division = (await registrar('GET', "/api/v1/registers/division?filter=code='420105000000'")).body.items[0].id
  const path = '/api/v1/place_names/place_name'
  const made = (await registrar('POST', path, { name: '代理试验路', category: '23510', division, usage: 'historical' })).body
  const v = made.version
  for (const known of [`"${v}"`, `W/"${v}"`, '*', `"77", W/"${v}"`]) {
    const answer = await registrar('GET', `${path}/${made.id}`, undefined, { 'If-None-Match': known })
    same(`If-None-Match: ${known}`, [answer.status, answer.text], [304, ''])
  }
  same('another version is sent', (await registrar('GET', `${path}/${made.id}`, undefined, { 'If-None-Match': `"${v + 1}"` })).status, 200)
  same('If-Match is a list', (await registrar('PATCH', `${path}/${made.id}`, { remark: '甲' }, { 'If-Match': `"99", "${v}"` })).status, 200)
  same('of which one must be the present one', (await registrar('PATCH', `${path}/${made.id}`, { remark: '乙' }, { 'If-Match': `"99", "${v}"` })).status, 412)
  same('of one version alone too', (await registrar('DELETE', `${path}/${made.id}`, undefined, { 'If-Match': `"${v}"` })).status, 412)
  same('any', (await registrar('PATCH', `${path}/${made.id}`, { remark: '丙' }, { 'If-Match': '*' })).status, 200)

  const collection = '/ogc/collections/place_names.place_name'
  for (const open of ['/ogc', '/ogc/collections', collection, `${collection}/queryables`, `${collection}/items?limit=2`, `${collection}/items?limit=2&f=html`, '/open/v1/catalogue', '/open/v1/openapi.json', '/open/v1/place_names/place_name?limit=1']) {
    const first = await get(open, keyed)
    const tag = first.headers.etag
    if (!holds(`${open} has a tag`, first.status === 200 && tag, [first.status, tag])) continue
    for (const known of [tag, `"x", ${tag}`, '*']) same(`${open} with ${known.slice(0, 12)}`, (await get(open, { ...keyed, 'If-None-Match': known })).status, 304)
    same(`${open} with another`, (await get(open, { ...keyed, 'If-None-Match': '"x"' })).status, 200)
  }
  const item = (await get(`${collection}/items?limit=1`, keyed)).body.features[0]
  holds('a feature has a tag', (await get(`${collection}/items/${item.id}`, keyed)).headers.etag)
  const tiles = ['/ogc/tiles/place_names.place_name/WebMercatorQuad/8/104/209', '/api/v1/place_names/place_name/tiles/8/209/104.mvt']
  for (const tile of tiles) {
    const first = await registrar('GET', tile, undefined, keyed)
    if (holds(`${tile} has a tag`, first.status === 200 && first.headers.etag, first.status)) same(`${tile} again`, (await registrar('GET', tile, undefined, { ...keyed, 'If-None-Match': first.headers.etag })).status, 304)
  }
})

await section('every link of an answer can be followed', async () => {
  const seen = new Set()
  const queue = ['/ogc?f=json', '/ogc/collections?f=html&lang=en', '/ogc/collections/place_names.place_name/items?limit=2&f=json', '/ogc/collections/place_names.place_name/items?limit=2&f=html&lang=en', '/ogc/collections/place_names.place_name/items?f=json&filter=' + encodeURIComponent("name LIKE '武%'") + '&limit=1&crs=' + encodeURIComponent('http://www.opengis.net/def/crs/EPSG/0/4490')]
  for (let n = 0; queue.length && n < 60; n++) {
    const path = queue.shift()
    if (seen.has(path)) continue
    seen.add(path)
    const answer = await get(path, keyed)
    same(path, answer.status, 200)
    const links = answer.body?.links ?? [...answer.text.matchAll(/<a href="([^"]*)"/g)].map((m) => ({ rel: 'page', href: m[1].replaceAll('&amp;', '&') }))
    for (const link of links) if (link.href.startsWith(server.base) && !link.href.includes('{')) queue.push(link.href.slice(server.base.length))
  }
  holds('many', seen.size > 20, seen.size)
  const page = (await get('/ogc/collections/place_names.place_name/items?limit=2&f=json&lang=en', keyed)).body
  const other = new URL(page.links.find((l) => l.rel === 'alternate').href).searchParams
  same('the other form keeps what was asked', [other.getAll('f'), other.get('limit'), other.get('lang')], [['html'], '2', 'en'])
})

await section('pages of others read what is open, and nothing else', async () => {
  const origin = { Origin: 'https://map.example.org' }
  const cors = (answer) => Object.keys(answer.headers).filter((name) => name.startsWith('access-control')).sort()
  const preflight = (path, method = 'GET') => send(server.base, { method: 'OPTIONS', path, headers: { ...origin, 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': 'x-civitas-key' } })
  for (const path of ['/ogc', '/ogc/collections/place_names.place_name/items', '/open/v1/place_names/place_name', '/open/v1/catalogue']) {
    const asked = await preflight(path)
    same(`${path}: the preflight`, [asked.status, asked.headers['access-control-allow-origin'], /x-civitas-key/i.test(asked.headers['access-control-allow-headers'] ?? ''), asked.headers['access-control-allow-credentials']], [204, '*', true, undefined])
    same(`${path}: reading alone`, /POST|PUT|PATCH|DELETE/.test(asked.headers['access-control-allow-methods']), false)
    same(`${path}: the answer`, (await get(path, { ...origin, ...keyed })).headers['access-control-allow-origin'], '*')
  }
  same('a refusal can be read as well', (await get('/ogc/collections/place_names.place_name/items', origin)).headers['access-control-allow-origin'], '*')
  same('also that of what is not there', (await get('/ogc/nothing', origin)).headers['access-control-allow-origin'], '*')
  for (const path of ['/api/v1/session', '/api/v1/place_names/place_name', '/api/v1/openapi.json', '/', '/ogcx', '/open', '/healthz']) {
    same(`${path}: no`, cors(await get(path, origin)), [])
    same(`${path}: no preflight`, cors(await preflight(path)), [])
  }
})

await done(server)
