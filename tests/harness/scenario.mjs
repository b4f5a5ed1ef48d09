// Reads and runs one scenario: who does what over HTTP, and what must come back. The format is told in tests/README.md.
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { isScalar, parseDocument, visit } from 'yaml'
import { Jar, multipart, send } from './http.mjs'
import { compare, show } from './match.mjs'
import { creates, solved } from './puzzle.mjs'
import { clockOf, command, password } from './server.mjs'

const methods = ['get', 'post', 'patch', 'put', 'delete']
const stepKeys = new Set([...methods, 'as', 'say', 'body', 'raw', 'file', 'headers', 'expect', 'keep', 'clock', 'until', 'command', 'repeat'])
const expectKeys = new Set(['status', 'reason', 'field', 'body', 'header', 'text', 'starts', 'bytes', 'stdout', 'code'])
const rowId = /^[A-Z]{2,4}(-[A-Z0-9]+)*-[A-Z]?\d+$/

/** Throws a readable error when the file is no scenario. */
export async function readScenario(file) {
  const source = await readFile(file, 'utf8')
  const document = parseDocument(source, { prettyErrors: true })
  if (document.errors.length > 0) throw new Error(document.errors[0].message)
  const wrong = (why) => {
    throw new Error(why)
  }
  // `civitas check` reads the same files by another library, for which "?" ends a word between braces.
  visit(document, {
    Scalar(_, node, path) {
      const inFlow = path.some((one) => one.flow)
      if (inFlow && isScalar(node) && node.type === 'PLAIN' && String(node.source ?? '').includes('?'))
        wrong(`line ${source.slice(0, node.range[0]).split('\n').length}: put "${node.source}" in quotes: between braces a "?" ends a word`)
    },
  })
  const scenario = document.toJS()
  for (const key of Object.keys(scenario)) if (!['name', 'covers', 'steps'].includes(key)) wrong(`unknown key "${key}"`)
  if (typeof scenario.name !== 'string') wrong('a scenario needs a name')
  scenario.covers ??= []
  if (!Array.isArray(scenario.covers) || scenario.covers.length > 3) wrong('covers: lists at most three requirement rows')
  for (const row of scenario.covers) if (!rowId.test(row)) wrong(`"${row}" is no row id`)
  if (!Array.isArray(scenario.steps) || scenario.steps.length === 0) wrong('a scenario needs steps')
  const nodes = document.get('steps').items
  scenario.steps.forEach((step, i) => {
    const line = source.slice(0, nodes[i].range[0]).split('\n').length
    Object.defineProperty(step, 'line', { value: line })
    const verbs = methods.filter((m) => m in step)
    for (const key of Object.keys(step)) if (!stepKeys.has(key)) wrong(`line ${line}: unknown key "${key}"`)
    if (verbs.length + ('clock' in step) + ('command' in step) !== 1) wrong(`line ${line}: a step has one of ${methods.join(', ')}, clock, command`)
    if (verbs.length === 1 && typeof step.as !== 'string' && typeof step.as?.jar !== 'string') wrong(`line ${line}: "as" says who`)
    if (typeof step.expect === 'number') step.expect = { status: step.expect }
    if (verbs.length === 1 && step.expect?.status === undefined) wrong(`line ${line}: expect names no status`)
    for (const key of Object.keys(step.expect ?? {})) if (!expectKeys.has(key)) wrong(`line ${line}: unknown expectation "${key}"`)
  })
  return { ...scenario, file }
}

const units = { second: 1, minute: 60, hour: 3600, day: 86400, week: 604800 }

export function durationSeconds(text) {
  const m = /^\+?(\d+)\s*(second|minute|hour|day|week)s?$/.exec(String(text).trim())
  if (!m) throw new Error(`clock: "${text}" is no duration such as "+8 days"`)
  return Number(m[1]) * units[m[2]]
}

const dig = (value, path) => path.split('.').reduce((v, key) => (v == null ? undefined : v[key]), value)

class Failure extends Error {}

/** Runs a scenario against a server: {base, place?, binary?}. */
export class Run {
  #people = new Map() // account -> cookies of its session
  #jars = new Map() // a scenario's own cookies
  #kept = {}

  constructor(scenario, server, { slow = 1 } = {}) {
    this.scenario = scenario
    this.server = server
    this.slow = slow
  }

  /** null when all went as expected, else {line, step, differences, answer}. */
  async run() {
    for (const step of this.scenario.steps) {
      try {
        const times = step.repeat ?? 1
        for (let i = 0; i < times; ++i) {
          this.#kept.index = i
          await this.#step(step)
        }
      } catch (e) {
        if (e instanceof Failure) return { line: step.line, step, ...e.detail }
        return { line: step.line, step, differences: [{ at: '', why: e.message }] }
      }
    }
    return null
  }

  async #step(step) {
    if ('clock' in step) return this.#moveClock(step)
    if ('command' in step) return this.#command(step)
    const method = methods.find((m) => m in step)
    const until = performance.now() + (step.until ? durationSeconds(step.until) * 1000 * this.slow : 0)
    for (;;) {
      const request = await this.#request(step, method)
      const jar = await this.#jar(step.as)
      if (jar && !jar.empty) request.headers.Cookie = jar.header()
      else if (this.server.place && creates(request.method, request.path)) request.headers['X-Civitas-Puzzle'] ??= await solved(this.server.base)
      const answer = await send(this.server.base, { ...request, timeout: 60_000 * this.slow })
      jar?.take(answer.headers)
      const differences = this.#judge(answer, await this.#fill(step.expect, step))
      if (differences.length > 0) {
        if (performance.now() < until) {
          await new Promise((r) => setTimeout(r, 200))
          continue
        }
        throw Object.assign(new Failure(), { detail: { request: `${request.method} ${request.path}`, differences, answer } })
      }
      for (const [name, path] of Object.entries(step.keep ?? {})) {
        const value = path === 'text' && answer.body === undefined ? answer.text : dig({ ...answer.body, $status: answer.status, $header: answer.headers }, path)
        if (value === undefined) throw Object.assign(new Failure(), { detail: { differences: [{ at: path, why: 'is missing and should be kept' }], answer } })
        this.#kept[name] = value
      }
      return
    }
  }

  async #request(step, method) {
    const headers = { Accept: 'application/json', ...(await this.#fill(step.headers ?? {}, step)) }
    const request = { method: method.toUpperCase(), path: await this.#fill(step[method], step), headers }
    if ('body' in step) {
      request.body = Buffer.from(JSON.stringify(await this.#fill(step.body, step)))
      headers['Content-Type'] ??= 'application/json'
    } else if ('raw' in step) {
      const raw = await this.#fill(step.raw, step)
      request.body = Buffer.from(raw.base64 ?? raw.text ?? raw, raw.base64 ? 'base64' : 'utf8')
      headers['Content-Type'] ??= raw.type ?? 'text/plain'
    } else if ('file' in step) {
      const file = await this.#fill(step.file, step)
      const bytes = file.base64 ? Buffer.from(file.base64, 'base64') : file.text !== undefined ? Buffer.from(file.text) : await readFile(resolve(dirname(this.scenario.file), file.path))
      const form = multipart([{ field: file.field ?? 'file', name: file.name ?? file.path, type: file.type ?? 'application/octet-stream', bytes }], file.fields)
      request.body = form.body
      headers['Content-Type'] = form.type
    }
    return request
  }

  async #jar(as) {
    if (as === 'anonymous') return null
    if (as === 'nobody') throw new Error('who is not signed in is `anonymous`')
    if (as.jar) {
      if (!this.#jars.has(as.jar)) this.#jars.set(as.jar, new Jar())
      return this.#jars.get(as.jar)
    }
    if (!this.#people.has(as)) {
      const answer = await send(this.server.base, {
        method: 'POST',
        path: '/api/v1/session',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ account: as, password }),
        timeout: 60_000 * this.slow,
      })
      if (answer.status !== 200) throw new Error(`${as} could not sign in: ${answer.status} ${answer.text.slice(0, 300)}`)
      const jar = new Jar()
      jar.take(answer.headers)
      this.#people.set(as, jar)
    }
    return this.#people.get(as)
  }

  #judge(answer, expect) {
    const out = []
    if (answer.broken) out.push({ at: '', why: answer.broken })
    if (expect.status !== undefined) out.push(...compare(answer.status, expect.status, 'status'))
    if (expect.reason !== undefined) out.push(...compare(answer.body?.reason, expect.reason, 'reason'))
    if (expect.field !== undefined) out.push(...compare(answer.body?.field, expect.field, 'field'))
    if (expect.body !== undefined) out.push(...compare(answer.body, expect.body))
    if (expect.header !== undefined)
      for (const [name, value] of Object.entries(expect.header)) out.push(...compare(answer.headers[name.toLowerCase()], value, `header ${name}`))
    if (expect.text !== undefined) out.push(...compare(answer.text, typeof expect.text === 'string' && !expect.text.startsWith('/') ? { $contains: expect.text } : expect.text, 'text'))
    if (expect.starts !== undefined) out.push(...compare(answer.bytes.subarray(0, expect.starts.length).toString('latin1'), expect.starts, 'first bytes'))
    if (expect.bytes !== undefined) out.push(...compare(answer.bytes.length, expect.bytes, 'size'))
    return out
  }

  async #moveClock(step) {
    const seconds = durationSeconds(step.clock)
    const answer = await send(this.server.base, {
      method: 'POST',
      path: '/api/v1/test/clock',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ advance_seconds: seconds }),
    })
    if (answer.status !== 200) throw new Error(`the clock could not be moved: ${answer.status} ${answer.text.slice(0, 200)}`)
    // Sessions of before may have ended; everyone signs in again. Self-registered people keep their cookies.
    this.#people.clear()
  }

  async #command(step) {
    const { code, stdout, stderr } = await command(this.server.binary, this.server.place, await this.#fill(step.command, step))
    const expect = { code: 0, ...(await this.#fill(step.expect ?? {}, step)) }
    const differences = compare(code, expect.code, 'exit code')
    if (expect.stdout !== undefined) differences.push(...compare(stdout, expect.stdout, 'stdout'))
    if (differences.length > 0) throw Object.assign(new Failure(), { detail: { differences, answer: { text: stdout + stderr } } })
    for (const [name, what] of Object.entries(step.keep ?? {})) this.#kept[name] = what === 'stdout' ? stdout.split('\n').pop() : undefined
  }

  async #fill(value, step) {
    if (typeof value === 'string') {
      const whole = /^\$\{([^}]+)\}$/.exec(value)
      if (whole) return this.#value(whole[1], step)
      let out = ''
      let from = 0
      for (const m of value.matchAll(/\$\{([^}]+)\}/g)) {
        out += value.slice(from, m.index) + String(await this.#value(m[1], step))
        from = m.index + m[0].length
      }
      return out + value.slice(from)
    }
    if (Array.isArray(value)) return Promise.all(value.map((v) => this.#fill(v, step)))
    if (value !== null && typeof value === 'object') {
      const out = {}
      for (const [k, v] of Object.entries(value)) out[k] = await this.#fill(v, step)
      return out
    }
    return value
  }

  async #value(expression, step) {
    const name = expression.trim()
    const day = /^today(?:\s*([+-])\s*(\d+))?$/.exec(name)
    if (day) {
      const offset = day[2] ? Number(day[1] + day[2]) : 0
      return (await this.#inChina(offset)).toISOString().slice(0, 10)
    }
    if (name === 'year') return (await this.#inChina()).getUTCFullYear()
    const lookup = /^lookup\s+(\w+)\/(\w+)\s+(\w+)=(.+)$/.exec(name) ?? short(/^(\w+)\.(\w+)=(.+)$/.exec(name))
    if (lookup) return this.#lookup(lookup, step)
    const value = dig(this.#kept, name)
    if (value === undefined) throw new Error(`nothing is kept as "${name}"`)
    return value
  }

  /** The server's clock as it reads on a wall in China, days later. */
  async #inChina(days = 0) {
    return new Date((await clockOf(this.server.base)).getTime() + (days * 86400 + 8 * 3600) * 1000)
  }

  async #lookup([, system, entity, field, wanted], step) {
    const filter = encodeURIComponent(`${field}='${wanted.replaceAll("'", "''")}'`)
    const path = `/api/v1/${system}/${entity}?filter=${filter}&limit=2`
    for (const who of new Set([typeof step.as === 'string' ? step.as : 'anonymous', 'registrar', 'admin'])) {
      const jar = await this.#jar(who)
      const answer = await send(this.server.base, { method: 'GET', path, headers: jar ? { Cookie: jar.header() } : {} })
      if (answer.status === 200 && answer.body.items.length === 1) return answer.body.items[0].id
      if (answer.status === 200 && answer.body.items.length > 1) throw new Error(`${entity} ${field}=${wanted} is not one record but several`)
    }
    throw new Error(`there is no ${entity} with ${field}=${wanted}`)
  }
}

const short = (m) => m && [m[0], m[1] === 'division' ? 'registers' : 'place_names', m[1], m[2], m[3]]

/** Lines that tell a developer what went otherwise. */
export function explain(scenario, failure) {
  const verb = methods.find((m) => m in failure.step)
  const what = verb ? `${verb.toUpperCase()} ${failure.step[verb]}` : JSON.stringify(failure.step.clock ?? failure.step.command)
  const who = typeof failure.step.as === 'object' ? failure.step.as.jar : (failure.step.as ?? '')
  const lines = [`  line ${failure.line}: ${who} ${failure.request ?? what}`.trimEnd()]
  for (const d of failure.differences.slice(0, 12)) lines.push(`    ${d.at ? d.at + ': ' : ''}${d.why}`)
  if (failure.answer) lines.push(`    answer${failure.answer.status ? ' ' + failure.answer.status : ''}: ${show(failure.answer.body ?? failure.answer.text?.slice(0, 800))}`)
  return lines.join('\n')
}
