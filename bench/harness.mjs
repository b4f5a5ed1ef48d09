// What every bench needs: a city under load, wrk, memory of a process, and a table of what was aimed at and reached.
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Jar, send } from '../tests/harness/http.mjs'
import { password } from '../tests/harness/server.mjs'

export const run = promisify(execFile)

/** The cookie of a demonstration account. */
export async function signIn(base, account) {
  const answer = await send(base, {
    method: 'POST', path: '/api/v1/session', headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ account, password }),
  })
  if (answer.status !== 200) throw new Error(`${account} cannot sign in: ${answer.status} ${answer.text}`)
  const jar = new Jar()
  jar.take(answer.headers)
  return jar.header()
}

export async function getJson(base, cookie, path) {
  const answer = await send(base, { method: 'GET', path, headers: { Cookie: cookie } })
  if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${answer.text.slice(0, 500)}`)
  return answer.body
}

/**
 * Requests a second of wrk against `path`; a rate only counts when every answer was a success, so others are an error.
 * `script` is the text of a Lua program for bodies that differ.
 */
export async function load(base, { path, cookie, seconds = 8, connections = 32, script }) {
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-H', `Cookie: ${cookie ?? ''}`]
  if (script) {
    const file = join(process.env.TMPDIR ?? '/tmp', `bench-${process.pid}.lua`)
    await writeFile(file, script)
    args.push('-s', file)
  }
  const { stdout } = await run('wrk', [...args, base + path])
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1])
  const wrong = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0)
  const broken = /Socket errors: (.*)/.exec(stdout)?.[1]
  if (!(rate > 0) || wrong > 0) throw new Error(`${path}: ${wrong} answers were no success\n${stdout}`)
  const p99 = /99%\s+([\d.]+)(us|ms|s)/.exec(stdout)
  return { rate, p99: p99 ? Number(p99[1]) * { us: 0.001, ms: 1, s: 1000 }[p99[2]] : NaN, broken }
}

/** Resident memory in MB: all of it, the part that no file backs, and the most there ever was. */
export async function memory(pid) {
  const text = await readFile(`/proc/${pid}/status`, 'utf8')
  const of = (name) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(text)?.[1] ?? NaN) / 1024
  return { resident: of('VmRSS'), own: of('RssAnon'), most: of('VmHWM') }
}

/** Waits for a job of the product and returns how it ended. */
export async function finished(base, cookie, id, tell) {
  for (;;) {
    const job = await getJson(base, cookie, `/api/v1/jobs/${id}`)
    if (!['queued', 'running', 'waiting'].includes(job.state)) return job
    tell?.(job)
    await new Promise((r) => setTimeout(r, 500))
  }
}

/** Starts an import of a file by the route a clerk uses; returns the job's number. */
export async function beginImport(base, cookie, entity, file, mode = 'good') {
  const { stdout } = await run('curl', ['-sS', '-H', `Cookie: ${cookie}`, '-H', `Origin: ${base}`, '-F', `file=@${file}`, `${base}/api/v1/${entity}/import?mode=${mode}`])
  const answer = JSON.parse(stdout)
  if (!answer.job) throw new Error(`import of ${file}: ${stdout}`)
  return answer.job
}

export class Report {
  #lines = []
  section(title) {
    console.log(`\n== ${title}`)
  }
  say(text) {
    console.log(`   ${text}`)
  }
  /** One measured figure; `aim` is {least} or {most}. */
  figure(name, value, unit, aim, note = '') {
    const met = !aim ? '' : aim.least !== undefined ? (value >= aim.least ? 'reached' : 'NOT reached') : value <= aim.most ? 'reached' : 'NOT reached'
    const wanted = !aim ? '' : aim.least !== undefined ? `>= ${number(aim.least)}` : `<= ${number(aim.most)}`
    this.#lines.push({ name, value, unit, wanted, met, note })
    console.log(`   ${name}: ${number(value)} ${unit}${wanted ? ` (aim ${wanted}: ${met})` : ''}${note ? `  ${note}` : ''}`)
  }
  print() {
    console.log('\n== All figures')
    for (const l of this.#lines) console.log(`   ${l.name.padEnd(62)} ${number(l.value).padStart(12)} ${l.unit.padEnd(9)} ${l.wanted.padEnd(12)} ${l.met}`)
    const missed = this.#lines.filter((l) => l.met === 'NOT reached')
    console.log(`   ${this.#lines.filter((l) => l.met).length - missed.length} aims reached, ${missed.length} not`)
  }
  get lines() {
    return this.#lines
  }
}

export const number = (v) => (Math.abs(v) >= 1000 ? Math.round(v).toLocaleString('en-US') : Number(v.toPrecision(3)).toString())

