// Starts and stops the program under test, and makes cities for it: one seeded data folder (and PostgreSQL database)
// that is copied for every scenario.
import { execFile, spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { send } from './http.mjs'

const run = promisify(execFile)
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
process.env.CIVITAS_HOME ??= root
/** The day on which every test begins, at nine in the morning in China, unless it is given another: a Friday. */
export const usualDay = '2026-11-20'
export const password = 'Civitas-2026'

export class Server {
  /** Resolves when /healthz answers; `slow` multiplies every patience. */
  static async start({ binary, data, config, systems, city, demo = false, testClock = true, today = usualDay, port = 0, slow = 1, environment = {} }) {
    const args = ['serve', '--data', data, '--port', String(port)]
    if (config) args.push('--config', config)
    if (systems) args.push('--systems', systems)
    if (city) args.push('--city', city)
    if (demo) args.push('--demo')
    if (testClock) args.push('--test-clock', '--today', today)
    const server = new Server()
    server.started = Date.now()
    server.log = ''
    server.process = spawn(binary, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } })
    server.ended = new Promise((done) => server.process.on('exit', (code, signal) => done((server.exit = { code, signal }))))
    const keep = (chunk) => {
      server.log = (server.log + chunk).slice(-200_000)
    }
    server.process.stdout.on('data', keep)
    server.process.stderr.on('data', keep)
    const until = Date.now() + 120_000 * slow
    while (Date.now() < until) {
      if (server.exit) throw new Error(`the server ended at the start (${server.exit.code ?? server.exit.signal}):\n${server.log.slice(-3000)}`)
      const at = /(https?):\/\/[\w.\-[\]:]+:(\d+)\//.exec(server.log)
      if (at) {
        server.base = `${at[1]}://127.0.0.1:${at[2]}`
        const health = await send(server.base, { method: 'GET', path: '/healthz', timeout: 5000 }).catch(() => null)
        if (health?.status === 200) return server
      }
      await new Promise((r) => setTimeout(r, 25))
    }
    server.process.kill('SIGKILL')
    throw new Error(`the server did not answer within ${120 * slow} s:\n${server.log.slice(-3000)}`)
  }

  /** The server's clock. */
  async now() {
    return clockOf(this.base)
  }

  /** Ends within a minute, or is killed and shows what each of its threads was waiting for. */
  async stop(signal = 'SIGTERM') {
    if (!this.exit) this.process.kill(signal)
    const late = setTimeout(async () => {
      const stacks = await run('gdb', ['-p', String(this.process.pid), '-batch', '-ex', 'thread apply all bt 16'], { maxBuffer: 1 << 24 }).catch((e) => ({ stdout: e.message }))
      console.log(`the server did not end within a minute:\n${stacks.stdout.split('\n').filter((l) => /^(Thread|#)/.test(l)).join('\n')}`)
      this.process.kill('SIGKILL')
    }, 60_000)
    await this.ended
    clearTimeout(late)
    return this.exit
  }
}

/** What the configuration says of who is not signed in, for tests: as always, and much of it. */
export const easy = 'anonymous: {puzzle_bits: 4, address: {minute: 1000, hour: 10000, day: 100000}, phone: {minute: 100, hour: 1000, day: 10000}}\n'

export async function clockOf(base) {
  const answer = await send(base, { method: 'GET', path: '/api/v1/test/clock' })
  if (answer.status !== 200) throw new Error(`the server does not tell its time: ${answer.status} ${answer.text.slice(0, 200)}`)
  return new Date(answer.body.now)
}

const psql = (database, sql) => run('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', database, '-c', sql])

/** A factory of cities that all begin with the same demonstration data. */
export class Cities {
  #made = 0
  static async create({ binary, engine = 'sqlite', slow = 1, systems, city, today = usualDay }) {
    const cities = new Cities()
    Object.assign(cities, { binary, engine, slow, systems, city, today })
    cities.folder = await mkdtemp(join(tmpdir(), 'civitas-tests-'))
    if (engine === 'postgres' && !process.env.PGHOST) throw new Error('PGHOST names no PostgreSQL; ./dev test starts one')
    try {
      await cities.#makeSeed({ binary, slow })
    } catch (e) {
      await cities.close()
      throw e
    }
    return cities
  }

  async #makeSeed({ binary, slow }) {
    this.seed = await this.#place('seed')
    const began = Date.now()
    const server = await Server.start({ binary, ...this.seed, demo: true, slow, today: this.today })
    const ended = await server.stop()
    if (ended.code !== 0) throw new Error(`the server ended with ${ended.code ?? ended.signal} after seeding:\n${server.log.slice(-3000)}`)
    this.seedSeconds = (Date.now() - began) / 1000
  }

  async #place(name, template) {
    const data = join(this.folder, name)
    const place = { data, config: join(this.folder, `${name}.yaml`), systems: this.systems, city: this.city }
    // Many scenarios come from one address in a few seconds; the puzzle is there and easy.
    let config = `data: ${data}\n${easy}`
    if (this.engine === 'postgres') {
      place.database = `civitas_${process.pid}_${name}`
      await psql('postgres', `CREATE DATABASE ${place.database}` + (template ? ` TEMPLATE ${template.database}` : ''))
      const connection = `host=${process.env.PGHOST} dbname=${place.database} user=${process.env.PGUSER}`
      config += `database: {engine: postgres, connection: "${connection}"}\n`
    }
    await writeFile(place.config, config)
    if (template) await cp(template.data, data, { recursive: true })
    else await mkdir(data, { recursive: true })
    return place
  }

  /** A copy of the seeded city: {data, config?}. */
  async copy() {
    return this.#place(`city${++this.#made}`, this.seed)
  }

  async serve(options = {}) {
    const place = await this.copy()
    const server = await Server.start({ binary: this.binary, ...place, demo: true, slow: this.slow, today: this.today, ...options })
    server.place = { ...place, today: this.today }
    return server
  }

  async drop(place) {
    await rm(place.data, { recursive: true, force: true })
    if (place.database) await psql('postgres', `DROP DATABASE IF EXISTS ${place.database} WITH (FORCE)`)
  }

  async close() {
    if (this.seed?.database) await psql('postgres', `DROP DATABASE IF EXISTS ${this.seed.database} WITH (FORCE)`).catch(() => {})
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** Runs another command of the program on a city, at the city's time: `civitas key create …`. */
export async function command(binary, place, args) {
  const full = [...args, '--data', place.data, '--test-clock', '--today', place.today ?? usualDay]
  if (place.config) full.push('--config', place.config)
  if (place.systems) full.push('--systems', place.systems)
  if (place.city) full.push('--city', place.city)
  try {
    const { stdout, stderr } = await run(binary, full, { cwd: root, timeout: 120_000 })
    return { code: 0, stdout: stdout.trim(), stderr }
  } catch (e) {
    return { code: e.code ?? -1, stdout: (e.stdout ?? '').trim(), stderr: e.stderr ?? String(e) }
  }
}
