// What the tests of tests/peers/ share: counting, sections, a server of their own, people who are signed in.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Jar, send } from './http.mjs'
import { creates, solved } from './puzzle.mjs'
import { password, root, Server } from './server.mjs'

const { values } = parseArgs({ options: { binary: { type: 'string', default: 'build/platform/app/civitas' }, slow: { type: 'string', default: '1' } } })
export const binary = resolve(root, values.binary)
export const slow = Number(values.slow)
process.env.CIVITAS_HOME ??= root

let passed = 0
let failed = 0
export function same(what, actual, expected) {
  const good = JSON.stringify(actual) === JSON.stringify(expected)
  good ? passed++ : failed++
  if (!good) console.log(`FAILED ${what}\n  expected ${JSON.stringify(expected)}\n  was      ${JSON.stringify(actual)?.slice(0, 600)}`)
  return good
}
export const holds = (what, condition, shown) => same(what + (condition ? '' : ` (${JSON.stringify(shown)?.slice(0, 500)})`), Boolean(condition), true)
export async function section(name, work) {
  const began = Date.now()
  try {
    await work()
  } catch (e) {
    failed++
    console.log(`FAILED ${name}: ${e.stack}`)
  }
  if (Date.now() - began > 20_000) console.log(`(${name}: ${Math.round((Date.now() - began) / 1000)} s)`)
}

/** A folder for one run; `done` removes it, prints the count and ends the process. */
export const folder = await mkdtemp(join(tmpdir(), 'civitas-peers-'))
export async function done(...servers) {
  for (const server of servers) same('the server ends in order', (await server.stop()).code, 0)
  await rm(folder, { recursive: true, force: true })
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed ? 1 : 0)
}

export const serve = (options = {}) => Server.start({ binary, data: join(folder, 'data'), demo: true, slow, ...options })

/** A person at the interface: call(method, path, body?, headers?) with a session of their own; account null: anonymous. */
export async function person(server, account) {
  const jar = new Jar()
  const call = async (method, path, body, headers = {}) => {
    const raw = Buffer.isBuffer(body) || typeof body === 'string'
    const all = { ...(body === undefined || raw ? {} : { 'Content-Type': 'application/json' }), ...(jar.empty ? {} : { Cookie: jar.header() }), ...headers }
    if (jar.empty && creates(method, path)) all['X-Civitas-Puzzle'] ??= await solved(server.base)
    const answer = await send(server.base, { method, path, headers: all, body: body === undefined || raw ? body : JSON.stringify(body), timeout: 60_000 * slow })
    jar.take(answer.headers)
    return answer
  }
  if (account) {
    const answer = await call('POST', '/api/v1/session', { account, password })
    if (answer.status !== 200) throw new Error(`sign-in of ${account}: ${answer.status} ${answer.text}`)
  }
  return Object.assign(call, { account, jar })
}

export const query = (o) => '?' + Object.entries(o).map(([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(v)}`).join('&')

/** The id of the one record with this value. */
export async function idOf(who, entity, field, value) {
  const answer = await who('GET', `/api/v1/${entity}${query({ filter: `${field}='${value}'`, limit: 2 })}`)
  if (answer.body?.items?.length !== 1) throw new Error(`${entity} ${field}=${value}: ${answer.status} ${answer.text.slice(0, 200)}`)
  return answer.body.items[0].id
}

/** Where the audit trail stands: its newest number. A refused call leaves it where it was. */
export async function audited(auditor) {
  const answer = await auditor('GET', '/api/v1/audit')
  if (answer.status !== 200) throw new Error(`audit: ${answer.status}`)
  return answer.body.items[0]?.sequence ?? 0
}
