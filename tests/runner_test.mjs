// The harness itself, against a small server of its own: what must pass passes, what must fail fails and says why.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { compare } from './harness/match.mjs'
import { durationSeconds, explain, readScenario, Run } from './harness/scenario.mjs'

let folder
let server
let base
let state

// Sign-in by cookie, one record type with filtered lists, uploads, a clock and a thing that is ready only at the third look.
function fake() {
  state = { records: new Map(), seconds: 0, looks: 0, signIns: 0, next: 1 }
  return http.createServer(async (request, response) => {
    const chunks = []
    for await (const c of request) chunks.push(c)
    const raw = Buffer.concat(chunks)
    const url = new URL(request.url, 'http://x')
    const who = /who=(\w+)/.exec(request.headers.cookie ?? '')?.[1]
    const json = (status, body, headers = {}) => {
      response.writeHead(status, { 'Content-Type': status >= 400 ? 'application/problem+json' : 'application/json', ...headers })
      response.end(JSON.stringify(body))
    }
    const body = () => JSON.parse(raw.toString())
    if (url.pathname === '/api/v1/session') {
      state.signIns++
      return json(200, { user: {} }, { 'Set-Cookie': `who=${body().account}; HttpOnly; Path=/` })
    }
    if (url.pathname === '/api/v1/registration') return json(201, {}, { 'Set-Cookie': `who=${body().account}; HttpOnly` })
    if (url.pathname === '/api/v1/test/clock') {
      if (request.method === 'POST') state.seconds += body().advance_seconds
      return json(200, { now: new Date(Date.parse('2026-11-20T01:00:00Z') + state.seconds * 1000).toISOString() })
    }
    if (url.pathname === '/api/v1/place_names/thing' && request.method === 'POST') {
      if (!who) return json(401, { reason: 'identity.sign_in.needed' })
      const id = String(state.next++)
      const record = { id, code: `T${id}`, by: who, ...body() }
      state.records.set(id, record)
      return json(201, record, { Location: `/api/v1/place_names/thing/${id}` })
    }
    if (url.pathname === '/api/v1/place_names/thing') {
      const [, field, value] = /(\w+)='(.*)'/.exec(url.searchParams.get('filter') ?? '') ?? []
      return json(200, { items: [...state.records.values()].filter((r) => !field || r[field] === value) })
    }
    if (url.pathname.startsWith('/api/v1/place_names/thing/')) {
      const record = state.records.get(url.pathname.split('/').pop())
      return record ? json(200, record) : json(404, { reason: 'entities.record.unknown' })
    }
    if (url.pathname === '/late') return ++state.looks >= 3 ? json(200, { state: 'done' }) : json(200, { state: 'running' })
    if (url.pathname === '/upload') return json(202, { size: raw.length, multipart: /filename="a\.csv"/.test(raw.toString()), q: url.searchParams.get('q') })
    json(404, { reason: 'http.route.unknown' })
  })
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'civitas-runner-'))
  server = fake()
  await new Promise((r) => server.listen(0, '127.0.0.1', r))
  base = `http://127.0.0.1:${server.address().port}`
})
after(async () => {
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true })
})

async function run(text) {
  const file = join(folder, 'one.yaml')
  await writeFile(file, text)
  const scenario = await readScenario(file)
  const failure = await new Run(scenario, { base }).run()
  return failure && explain(scenario, failure)
}
const head = 'name: a\ncovers: [WP-NAME-01]\nsteps:\n'

test('a scenario that holds passes, and keeps, fills and looks up', async () => {
  const trouble = await run(`${head}
  - {as: citizen1, post: /api/v1/place_names/thing, body: {name: 知音里, on: "\${today}"}, expect: {status: 201, body: {name: 知音里, by: citizen1, on: "2026-11-20"}, header: {location: '/thing/'}}, keep: {thing: id, code: code}}
  - {as: citizen1, get: "/api/v1/place_names/thing/\${thing}", expect: {status: 200, body: {id: "\${thing}"}}}
  - {as: anonymous, get: "/api/v1/place_names/thing/\${thing.code=T1}", expect: 200}
  - {as: anonymous, get: "/api/v1/place_names/thing/\${lookup place_names/thing name=知音里}", expect: {status: 200, body: {code: "\${code}"}}}
  - {as: anonymous, get: "/api/v1/place_names/thing?filter=name='知音里'", expect: {status: 200, body: {items: {$length: 1}}}}
`)
  assert.equal(trouble, null)
})

test('what differs is told with line, place and both values', async () => {
  const trouble = await run(`${head}  - as: citizen1
    post: /api/v1/place_names/thing
    body: {name: a}
    expect: {status: 201, body: {name: b}}
`)
  assert.match(trouble, /line 4: citizen1 POST \/api\/v1\/place_names\/thing/)
  assert.match(trouble, /name: expected "b", got "a"/)
  assert.match(trouble, /answer 201/)
})

test('a wrong status and a wrong reason are failures', async () => {
  assert.match(await run(`${head}  - {as: anonymous, post: /api/v1/place_names/thing, body: {}, expect: 201}\n`), /status: expected 201, got 401/)
  assert.equal(await run(`${head}  - {as: anonymous, post: /api/v1/place_names/thing, body: {}, expect: {status: 401, reason: identity.sign_in.needed}}\n`), null)
  assert.match(await run(`${head}  - {as: anonymous, post: /api/v1/place_names/thing, body: {}, expect: {status: 401, reason: other}}\n`), /reason: expected "other"/)
})

test('people sign in once, and again after the clock moved', async () => {
  state.signIns = 0
  const get = '{as: checker, get: /api/v1/place_names/thing, expect: 200}'
  assert.equal(await run(`${head}  - ${get}\n  - ${get}\n  - clock: "+8 days"\n  - ${get}\n`), null)
  assert.equal(state.signIns, 2)
  assert.equal(state.seconds, 8 * 86400)
})

test('a jar of its own keeps the cookie that registration gave', async () => {
  const trouble = await run(`${head}
  - {as: {jar: new}, post: /api/v1/registration, body: {account: fresh}, expect: 201}
  - {as: {jar: new}, post: /api/v1/place_names/thing, body: {}, expect: {status: 201, body: {by: fresh}}}
`)
  assert.equal(trouble, null)
})

test('until waits for what comes later, and not for ever', async () => {
  state.looks = 0
  assert.equal(await run(`${head}  - {as: anonymous, get: /late, until: 5 seconds, expect: {status: 200, body: {state: done}}}\n`), null)
  assert.match(await run(`${head}  - {as: anonymous, get: /late, until: 1 second, expect: {status: 200, body: {state: never}}}\n`), /expected "never", got "done"/)
})

test('files are sent as forms, bodies as they are', async () => {
  assert.equal(await run(`${head}  - {as: anonymous, post: "/upload?q=a b&c", file: {name: a.csv, text: "x,y"}, expect: {status: 202, body: {multipart: true, q: "a b"}}}\n`), null)
  assert.equal(await run(`${head}  - {as: anonymous, post: /upload, raw: "12345", expect: {status: 202, body: {size: 5}}}\n`), null)
})

test('a file that is no scenario is refused with its line', async () => {
  const refused = async (text, why) => assert.rejects(run(text), why)
  await refused('name: a\ncovers: [A-1, B-1, C-1, D-1]\nsteps: [{clock: "+1 day"}]\n', /at most three/)
  await refused(`${head}  - {as: anonymous, get: /x, expct: 200}\n`, /line 4: unknown key "expct"/)
  await refused(`${head}  - {as: anonymous, get: /x, expect: {stats: 200}}\n`, /line 4: unknown expectation "stats"|names no status/)
  await refused(`${head}  - {as: anonymous, get: /x}\n`, /names no status/)
  await refused(`${head}  - {as: anonymous, get: /x?a=1, expect: 200}\n`, /line 4: put "\/x\?a=1" in quotes/)
  await refused('name: a\ncovers: [wp]\nsteps: [{clock: "+1 day"}]\n', /no row id/)
})

test('matching', () => {
  const same = (a, e) => assert.deepEqual(compare(a, e), [])
  const differs = (a, e) => assert.notEqual(compare(a, e).length, 0)
  same({ a: 1, b: 2 }, { a: 1 })
  differs({ a: 1 }, { a: 1, b: 2 })
  same([1, 2], [1, 2])
  differs([1, 2, 3], [1, 2])
  same('武地申〔2026〕00001号', '/武地申〔\\d+〕/')
  differs(null, '/x/')
  same([1, 2], { $length: 2 })
  same([1, 2], { $length: { $gt: 1 } })
  differs([1, 2], { $length: { $gt: 2 } })
  differs(undefined, { $length: 0 })
  same({ a: 0 }, { a: { $exists: true } })
  differs({ a: null }, { a: { $exists: true } })
  same({}, { a: { $exists: false } })
  same([{ a: 1, b: 1 }, { a: 2 }], { $contains: { a: 2 } })
  differs([{ a: 1 }], { $contains: { a: 2 } })
  same([{ a: 1 }], { $lacks: { a: 2 } })
  differs([{ a: 1 }], { $lacks: { a: 1 } })
  same([{ a: 1 }, { a: 1, b: 2 }], { $every: { a: 1 } })
  differs([{ a: 1 }, { a: 2 }], { $every: { a: 1 } })
  same(3, { $gt: 2, $lt: 4 })
  differs(undefined, { $gt: 0 })
  same('2026-11-30', { $gte: '2026-11-28' })
  differs('2026-11-27', { $gte: '2026-11-28' })
  differs(null, { $lte: '2026-11-28' })
  same('x', { $not: 'y' })
  differs('y', { $not: 'y' })
  same('y', { $any: ['x', 'y'] })
  differs(1, { $unknown: 1 })
  same({}, { a: null })
  differs({ a: false }, { a: null })
})

test('durations', () => {
  assert.equal(durationSeconds('+8 days'), 691200)
  assert.equal(durationSeconds('1 second'), 1)
  assert.throws(() => durationSeconds('soon'))
})
