// Kills the server under load and looks whether it kept its word.
//   node tests/kill/run.mjs --binary build/platform/app/civitas [--kills 30] [--writers 8] [--seed N] [--count FILE]
// Writers create names as fast as they can. At random moments the process gets SIGKILL and is started again on what is on
// the disk. Afterwards every create that was answered with 201 must exist exactly once with its history row and its audit
// row, every code must be unique, no name may be there without them, and the audit chain must be whole. A create whose
// answer was lost may be there or not, but not half.
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Jar, send } from '../harness/http.mjs'
import { Cities, command, password, root, Server } from '../harness/server.mjs'

const { values: options } = parseArgs({
  options: {
    binary: { type: 'string', default: 'build/platform/app/civitas' },
    kills: { type: 'string', default: '30' },
    writers: { type: 'string', default: '8' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    count: { type: 'string' },
  },
})
const kills = Number(options.kills)
let random = Number(options.seed)
const next = () => (random = (random * 1103515245 + 12345) % 2147483648) / 2147483648

const binary = resolve(root, options.binary)
const cities = await Cities.create({ binary })
const place = await cities.copy()
let server = await Server.start({ binary, ...place, demo: true })
let jar = new Jar()

async function call(method, path, body) {
  const headers = { 'Content-Type': 'application/json' }
  if (!jar.empty) headers.Cookie = jar.header()
  const answer = await send(server.base, { method, path, headers, body: body && JSON.stringify(body), timeout: 20_000 })
  jar.take(answer.headers)
  return answer
}
async function signIn(account) {
  jar = new Jar()
  const answer = await call('POST', '/api/v1/session', { account, password })
  if (answer.status !== 200) throw new Error(`${account} could not sign in: ${answer.status} ${answer.text}`)
}
await signIn('registrar')
const division = (await call('GET', `/api/v1/registers/division?filter=${encodeURIComponent("code='420105000000'")}`)).body.items[0].id

const kept = new Map() // name → id: answered with 201
const open = new Set() // sent, and the answer never came
const refused = new Map() // status → how often
let serial = 0
let stopping = false
let resume = null // while the server is down

async function writer() {
  while (!stopping) {
    if (resume) await resume
    if (stopping) return
    const name = `断电试验路${++serial}`
    open.add(name)
    try {
      const answer = await call('POST', '/api/v1/place_names/place_name', { name, category: '23510', division, place: { type: 'Point', coordinates: [114.2 + next() / 10, 30.5 + next() / 10] } })
      if (answer.status === 201) kept.set(name, answer.body.id)
      else refused.set(answer.status, (refused.get(answer.status) ?? 0) + 1)
      open.delete(name)
    } catch {
      // The server went away in the middle: nobody was promised anything.
      await new Promise((r) => setTimeout(r, 5))
    }
  }
}
const writers = Array.from({ length: Number(options.writers) }, writer)

let restarts = 0
for (let i = 0; i < kills; ++i) {
  await new Promise((r) => setTimeout(r, 30 + next() * 900))
  let go
  resume = new Promise((r) => (go = r))
  await server.stop('SIGKILL')
  server = await Server.start({ binary, ...place, demo: true })
  ++restarts
  go()
  resume = null
}
await new Promise((r) => setTimeout(r, 300))
stopping = true
await Promise.all(writers)

// Everything that is there, page by page.
const found = new Map()
const codes = new Map()
const filter = encodeURIComponent("name LIKE '断电试验路%'")
let after = ''
do {
  const page = (await call('GET', `/api/v1/place_names/place_name?filter=${filter}&sort=code&limit=1000${after && `&after=${encodeURIComponent(after)}`}`)).body
  for (const r of page.items) {
    found.set(r.name, [...(found.get(r.name) ?? []), r.id])
    codes.set(r.code, (codes.get(r.code) ?? 0) + 1)
  }
  after = page.next
} while (after)

const wrong = []
const lost = [...kept].filter(([name, id]) => !found.get(name)?.includes(id)).map(([name]) => name)
const twice = [...found].filter(([, ids]) => ids.length > 1).map(([name]) => name)
const strange = [...found.keys()].filter((name) => !kept.has(name) && !open.has(name))
const sameCode = [...codes].filter(([code, n]) => n > 1 || !code).map(([code]) => code)

// History of every one of them; the audit row of each creation.
const withoutHistory = []
const ids = [...found.values()].flat()
let at = 0
await Promise.all(Array.from({ length: 8 }, async () => {
  while (at < ids.length) {
    const id = ids[at++]
    const answer = await call('GET', `/api/v1/place_names/place_name/${id}/history`)
    if (answer.status !== 200 || answer.body.versions.length !== 1 || answer.body.versions[0].action !== 'create') withoutHistory.push(id)
  }
}))
await signIn('auditor')
const audited = new Map()
after = ''
let auditAnswer
do {
  auditAnswer = await call('GET', `/api/v1/audit?limit=1000${after && `&after=${encodeURIComponent(after)}`}`)
  if (auditAnswer.status !== 200) break
  for (const row of auditAnswer.body.items) if (row.action.endsWith('create')) audited.set(String(row.object).split('/').pop(), (audited.get(String(row.object).split('/').pop()) ?? 0) + 1)
  after = auditAnswer.body.next
} while (after)
const withoutAudit = auditAnswer.status === 200 ? ids.filter((id) => audited.get(id) !== 1) : null

const ended = await server.stop()
const verify = await command(binary, place, ['audit', 'verify'])
await cities.drop(place)
await cities.close()

const halves = withoutHistory.length + (withoutAudit?.length ?? 0)
console.log(`${restarts} kills, seed ${options.seed}; ${kept.size} creates answered with 201, ${open.size} without an answer (${[...open].filter((n) => found.has(n)).length} of them are there)${refused.size > 0 ? `, refused: ${JSON.stringify(Object.fromEntries(refused))}` : ''}`)
console.log(`lost ${lost.length}, half done ${halves} (history ${withoutHistory.length}, audit ${withoutAudit ? withoutAudit.length : 'not read: ' + auditAnswer.status}), twice ${twice.length}, unasked ${strange.length}, codes not unique ${sameCode.length}`)
console.log(`audit verify: ${verify.code === 0 ? 'whole' : 'BROKEN'}: ${(verify.stdout || verify.stderr).split('\n').join('; ')}`)
if (lost.length > 0) wrong.push('lost')
if (halves > 0) wrong.push('half done')
if (twice.length > 0) wrong.push('twice')
if (strange.length > 0) wrong.push('unasked')
if (sameCode.length > 0) wrong.push('codes')
if (refused.size > 0) wrong.push('refused')
if (!withoutAudit) wrong.push('audit not readable')
if (verify.code !== 0) wrong.push('audit verify')
if (ended.code !== 0) wrong.push(`ended with ${ended.code ?? ended.signal}`)
if (kept.size < kills) wrong.push('too little was written for a test')
if (options.count) await writeFile(options.count, wrong.length > 0 ? `0 ${wrong.length}\n` : '1 0\n')
console.log(wrong.length > 0 ? `FAILED: ${wrong.join(', ')}` : 'ok')
process.exit(wrong.length > 0 ? 1 : 0)
