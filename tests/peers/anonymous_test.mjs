// Whoever is not signed in: a puzzle, limits by address and telephone behind a proxy and after a restart, and codes for
// telephones. A rush of two thousand reports takes no more than the limit.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { send } from '../harness/http.mjs'
import { solve, solved, zeroBits } from '../harness/puzzle.mjs'
import { done, folder, holds, person, same, section, serve } from '../harness/peer.mjs'

const config = join(folder, 'civitas.yaml')
await writeFile(config, 'anonymous: {puzzle_bits: 4}\n') // the limits are those without a configuration
const start = () => serve({ config })
let server = await start()
const reports = '/api/v1/place_names/problem_report'
const report = { name: '光谷广场', kind: 'wrong_place', text: '位置偏了' }
const post = (path, body, headers = {}) => send(server.base, { method: 'POST', path, headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) })
const from = (address, more = {}) => ({ 'X-Forwarded-For': address, ...more })
const puzzle = async () => ({ 'X-Civitas-Puzzle': await solved(server.base) })
const count = async () => {
  const registrar = await person(server, 'registrar')
  return (await registrar('GET', `${reports}?limit=1&total=true`)).body.total
}

await section('the puzzle', async () => {
  same('without one', [(await post(reports, report)).status, (await post(reports, report)).body.reason], [400, 'portal.puzzle.missing'])
  const { body } = await send(server.base, { method: 'GET', path: '/api/v1/portal/puzzle' })
  const good = `${body.challenge}:${solve(body.challenge, body.bits)}`
  const wrong = async (header, reason) => same(reason, (await post(reports, report, { 'X-Civitas-Puzzle': header })).body.reason, `portal.puzzle.${reason}`)
  await wrong('x', 'malformed')
  await wrong('a.b.c.d:1', 'unknown')
  await wrong(good.replace('.4.', '.0.'), 'unknown')
  let nonce = 0
  while (zeroBits(`${body.challenge}:${nonce}`) >= body.bits) ++nonce
  await wrong(`${body.challenge}:${nonce}`, 'wrong')
  same('a form that is refused uses nothing up', (await post(reports, { ...report, text: '' }, { 'X-Civitas-Puzzle': good })).body.reason, 'entities.field.required')
  const made = await post(reports, report, { 'X-Civitas-Puzzle': good })
  same('then the report is taken', [made.status, /^[0-9a-f]{16}$/.test(made.body.query_code), made.body.text], [201, true, undefined])
  const again = await post(reports, report, { 'X-Civitas-Puzzle': good })
  same('sent again, because the answer was lost, it is the same report', [again.status, again.body.id, again.body.query_code], [201, made.body.id, made.body.query_code])
  same('for another one it is used up', (await post(reports, { ...report, text: '另一件' }, { 'X-Civitas-Puzzle': good })).body.reason, 'portal.puzzle.used')
  const citizen = await person(server, 'citizen1')
  same('whoever is signed in solves none', (await citizen('POST', reports, report)).status, 201)
})

await section('a rush', async () => {
  const before = await count()
  const headers = from('203.0.113.1', await puzzle())
  const twice = await Promise.all(Array.from({ length: 20 }, () => post(reports, report, headers)))
  same('one solution, one report', new Set(twice.filter((a) => a.status === 201).map((a) => a.body.id)).size, 1)
  const rush = []
  const began = Date.now()
  for (let i = 0; i < 40; ++i) rush.push(...(await Promise.all(Array.from({ length: 50 }, async () => post(reports, report, from('203.0.113.2', await puzzle()))))))
  const taken = rush.filter((a) => a.status === 201).length
  const minutes = 1 + Math.floor((Date.now() - began) / 60_000)
  holds('of two thousand ten a minute are taken', taken >= 10 && taken <= 10 * minutes, { taken, minutes })
  same('the rest wait', new Set(rush.filter((a) => a.status !== 201).map((a) => `${a.status} ${a.body.reason}`)).size, 1)
  const late = rush.at(-1)
  same('how long is said', [late.status, late.body.reason, Number(late.headers['retry-after']) > 0, /分钟|秒/.test(late.body.detail)], [429, 'portal.limit.address', true, true])
  same('nothing else was kept', (await count()) - before, taken + 1)
  same('in English too', /try again in \d+ (seconds|minutes)/.test((await post(reports, report, from('203.0.113.2', { ...(await puzzle()), 'Accept-Language': 'en' }))).body.detail), true)
  same('other addresses are free', (await post(reports, report, from('203.0.113.3', await puzzle()))).status, 201)
  const six = [...Array(12).keys()].map(async (i) => post(reports, report, from(`2001:db8:0:7::${i + 1}`, await puzzle())))
  same('an IPv6 household is one', (await Promise.all(six)).filter((a) => a.status === 201).length, 10)
  same('what a client writes in front counts for nothing', (await post(reports, report, from('198.51.100.1, 203.0.113.2', await puzzle()))).status, 429)
})

await section('a telephone', async () => {
  const answers = []
  for (let i = 0; i < 4; ++i) answers.push(await post(reports, { ...report, contact_phone: '13700137000' }, from(`203.0.114.${i}`, await puzzle())))
  same('two a minute from wherever', answers.map((a) => a.status), [201, 201, 429, 429])
  same('with its own sentence', [answers[3].body.reason, Number(answers[3].headers['retry-after']) > 0], ['portal.limit.phone', true])
})

await section('the day outlives a restart', async () => {
  const clock = (seconds) => post('/api/v1/test/clock', { advance_seconds: seconds })
  for (let hour = 0; hour < 6; ++hour) {
    for (let minute = 0; minute < 6; ++minute) {
      await Promise.all(Array.from({ length: 10 }, async () => post(reports, report, from('203.0.115.1', await puzzle()))))
      await clock(61)
    }
    await clock(3600)
  }
  const after = async () => {
    const answer = await post(reports, report, from('203.0.115.1', await puzzle()))
    return [answer.status, answer.body.reason, Number(answer.headers['retry-after']) > 3600]
  }
  same('three hundred a day', await after(), [429, 'portal.limit.address', true])
  same('it ends in order', (await server.stop()).code, 0)
  server = await start()
  same('as before', await after(), [429, 'portal.limit.address', true])
  await clock(86_400)
  same('the next day is another', (await post(reports, report, from('203.0.115.1', await puzzle()))).status, 201)
})

await section('pictures and accounts', async () => {
  const pixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
  const picture = () => send(server.base, { method: 'POST', path: '/api/v1/files?name=a.png', headers: from('203.0.116.1', { 'Content-Type': 'image/png' }), body: pixel })
  const pictures = []
  for (let i = 0; i < 100; ++i) pictures.push((await picture()).status)
  same('ninety pictures a minute', [pictures.filter((s) => s === 201).length, pictures.at(-1)], [90, 429])
  const accounts = []
  for (let i = 0; i < 12; ++i) accounts.push((await post('/api/v1/registration', { account: `rush${i}`, password: 'Long-enough-2026', name: '甲' }, from('203.0.116.2'))).status)
  same('ten accounts a minute', accounts, [...Array(10).fill(201), 429, 429])
})

await section('codes for telephones', async () => {
  const ask = (phone, address = '203.0.117.1') => post('/api/v1/session/phone', { phone }, from(address))
  const confirm = (phone, code, headers = {}) => post('/api/v1/session/phone/confirm', { phone, code }, from('203.0.117.1', headers))
  const refused = async (what, phone, code) => {
    const answer = await confirm(phone, code)
    same(what, [answer.status, answer.body.reason], [401, 'identity.phone.refused'])
  }
  same('no number', (await ask('12345')).body.reason, 'identity.phone.malformed')
  await refused('nobody asked', '13800138001', '123456')
  const first = await ask('138 0013 8001')
  same('asked', [first.status, first.body.seconds, /^\d{6}$/.test(first.body.demo_code)], [202, 300, true])
  const again = await ask('13800138001')
  same('one a minute', [again.status, again.body.reason, Number(again.headers['retry-after']) > 0], [429, 'portal.limit.phone', true])
  await refused('a wrong code', '13800138001', first.body.demo_code === '000000' ? '000001' : '000000')
  const citizen = await confirm('13800138001', first.body.demo_code)
  same('signed in', [citizen.status, citizen.body.user?.kind, citizen.body.user?.name], [200, 'citizen', '尾号8001'])
  const cookie = citizen.headers['set-cookie'][0].split(';')[0]
  await refused('used once', '13800138001', first.body.demo_code)
  await post('/api/v1/test/clock', { advance_seconds: 61 })
  const known = await ask('13800138001')
  const stranger = await ask('13800138002')
  same('a known number and a strange one hear the same', [known.status, Object.keys(known.body), stranger.status, Object.keys(stranger.body)], [202, ['seconds', 'demo_code'], 202, ['seconds', 'demo_code']])
  const back = await confirm('13800138001', known.body.demo_code, { Cookie: cookie })
  same('the same citizen', back.body.user?.id, citizen.body.user.id)
  same('with another session', back.headers['set-cookie'][0].split(';')[0] !== cookie, true)
  same('the old one has ended', (await send(server.base, { method: 'GET', path: '/api/v1/session', headers: { Cookie: cookie } })).body.user, null)
  for (let i = 0; i < 5; ++i) await refused('five tries', '13800138002', stranger.body.demo_code === '000000' ? '000001' : '000000')
  await refused('and the code is dead', '13800138002', stranger.body.demo_code)
  const claimed = await post('/api/v1/registration', { account: 'claims', password: 'Long-enough-2026', name: '乙', phone: '13800138003' }, from('203.0.117.9'))
  same('an account that names a number', claimed.status, 201)
  const owner = await confirm('13800138003', (await ask('13800138003')).body.demo_code)
  same('is not who holds the telephone', [owner.status, owner.body.user?.id !== claimed.body.user.id], [200, true])
  const admin = await person(server, 'admin')
  same('who begins to work for the city', (await admin('PATCH', `/api/v1/identity/person/${owner.body.user.id}`, { kind: 'staff' })).status, 200)
  await post('/api/v1/test/clock', { advance_seconds: 61 })
  await refused('signs in with a password from then on', '13800138003', (await ask('13800138003')).body.demo_code)
})

await done(server)
