// Cities for the benches: the demonstration city on either engine, and one grown to many names.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Server } from '../tests/harness/server.mjs'
import { beginImport, finished, getJson, run, signIn } from './harness.mjs'
import { writeCsv } from './names.mjs'

export async function temporary() {
  return mkdtemp(join(process.env.TMPDIR ?? tmpdir(), 'civitas-bench-'))
}

/** A new demonstration city; `engine` postgres makes its database on PGHOST. */
export async function city(binary, folder, engine = 'sqlite') {
  const data = join(folder, engine)
  await mkdir(data, { recursive: true })
  const place = { binary, data, demo: true, testClock: false }
  if (engine === 'postgres') {
    const name = `civitas_bench_${process.pid}`
    await run('createdb', [name])
    place.config = join(folder, 'postgres.yaml')
    await writeFile(place.config, `data: ${data}\ndatabase: {engine: postgres, connection: "host=${process.env.PGHOST} dbname=${name} user=${process.env.PGUSER}"}\n`)
    place.drop = () => run('dropdb', ['--force', name])
  }
  const server = await Server.start(place)
  return { place, server, database: join(data, 'civitas.db') }
}

/** The divisions of the city below the districts: {code, id}. */
export async function divisions(base, cookie) {
  const out = []
  for (let after = ''; ;) {
    const page = await getJson(base, cookie, `/api/v1/registers/division?limit=1000&sort=code${after ? `&after=${after}` : ''}`)
    for (const d of page.items) if (d.code.slice(6) !== '000000') out.push({ code: d.code, id: d.id })
    if (!page.next) return out
    after = page.next
  }
}

/** Imports `rows` made-up names as a clerk would; returns seconds. */
export async function importNames(server, cookie, folder, rows) {
  const file = join(folder, `names-${rows}.csv`)
  await writeCsv(file, rows, (await divisions(server.base, cookie)).map((d) => d.code))
  const began = process.hrtime.bigint()
  const job = await finished(server.base, cookie, await beginImport(server.base, cookie, 'place_names/place_name', file))
  const seconds = Number(process.hrtime.bigint() - began) / 1e9
  if (job.result?.good !== rows) throw new Error(`the import ended with ${JSON.stringify(job).slice(0, 500)}`)
  await rm(file)
  return seconds
}

export { signIn }
