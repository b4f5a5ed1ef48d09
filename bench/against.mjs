// This version against another checkout, built, of the same repository: both serve the same rows at the same time and are loaded in
// turn, a few seconds each, so that a machine whose speed drifts drifts for both.
//   node bench/against.mjs --other FOLDER [--rows 200000] [--rounds 9] [--seconds 2] [--only WORD]
// Printed are medians of ratios, this / other, with the lowest and highest quarter: of requests a second (above 1 this version is
// faster), and of the server's processor time for a request (below 1 it works less), which others on the machine disturb less.
import { parseArgs } from 'node:util'
import { readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '../tests/harness/server.mjs'
import { creating } from './creating.mjs'
import { getJson, load, run, signIn } from './harness.mjs'

const { values: options } = parseArgs({
  options: { other: { type: 'string' }, rows: { type: 'string', default: '200000' }, rounds: { type: 'string', default: '9' }, seconds: { type: 'string', default: '2' }, only: { type: 'string', default: '' } },
})
const rows = Number(options.rows), rounds = Number(options.rounds), seconds = Number(options.seconds)
const names = '/api/v1/place_names/place_name', applications = '/api/v1/place_names/name_application'
const filter = (text) => `&filter=${encodeURIComponent(text)}`

/** A city of one version with all that is asked of it. */
async function prepare(folder) {
  process.env.CIVITAS_HOME = folder
  const { city, divisions, importNames, temporary } = await import(pathToFileURL(join(folder, 'bench/cities.mjs')))
  const { Server } = await import(pathToFileURL(join(folder, 'tests/harness/server.mjs')))
  const data = await temporary()
  const made = await city(join(folder, 'build/platform/app/civitas'), data)
  const base = made.server.base
  const ids = (await divisions(base, await signIn(base, 'registrar'))).map((d) => d.id)
  const citizen = await signIn(base, 'citizen1')
  const body = { kind: 'new', legal_kind: 'street', category: '23510', name: '墨水湖荻花路', division: ids[0], place: { type: 'Point', coordinates: [114.241, 30.531] }, meaning: '湖畔', reason: '新路', applicant_name: '李晓汉', contact_phone: '13800138000' }
  const { stdout } = await run('curl', ['-sS', '-X', 'POST', '-H', `Cookie: ${citizen}`, '-H', `Origin: ${base}`, '-H', 'Content-Type: application/json', '-d', JSON.stringify(body), base + applications])
  const { id } = JSON.parse(stdout)
  await importNames(made.server, await signIn(base, 'registrar'), data, rows)
  await made.server.stop()
  // One real application, copied: rules and indexes are the product's own.
  const table = 'place_names_name_application'
  const sqlite = (...lines) => run('sqlite3', [made.database, ...lines], { maxBuffer: 1 << 26 })
  const columns = (await sqlite(`SELECT group_concat(name) FROM pragma_table_info('${table}')`)).stdout.trim().split(',')
  const reference = (await sqlite(`SELECT name FROM sqlite_master WHERE name IN ('registers_division','place_names_division') AND type='table'`)).stdout.trim()
  const value = { id: `${id}+s.n`, number: "'B'||s.n", state: "'district_review'", division: 'd.id', division_path: 'substr(d.code,1,9)', updated_at: 'a.updated_at+s.n' }
  await sqlite(`CREATE TEMP TABLE d AS SELECT row_number() OVER (ORDER BY code)-1 n,id,code FROM ${reference} WHERE length(rtrim(code,'0'))>6`,
    `WITH RECURSIVE s(n) AS (VALUES(1) UNION ALL SELECT n+1 FROM s WHERE n<${rows}) INSERT INTO ${table}(${columns}) SELECT ${columns.map((c) => value[c] ?? `a.${c}`)} FROM s JOIN d ON d.n=s.n*7919%(SELECT count(*) FROM d) CROSS JOIN ${table} a WHERE a.id=${id}`)
  const server = await Server.start(made.place)
  const registrar = await signIn(server.base, 'registrar'), reviewer = await signIn(server.base, 'reviewer_hanyang'), decider = await signIn(server.base, 'decider')
  const loads = {
    'list, 20 by an index': { path: `${names}?limit=20${filter("category = '23510'")}`, cookie: registrar },
    'list, 20 of a district': { path: `${names}?limit=20${filter("division IN my_divisions() AND category = '23510'")}`, cookie: reviewer },
    'list, 20 by name': { path: `${names}?limit=20&q=${encodeURIComponent('梅兰')}`, cookie: registrar },
    'policy, list of a reviewer': { path: `${applications}?limit=20`, cookie: reviewer },
    'policy, list of the decider': { path: `${applications}?limit=20`, cookie: decider },
    'match over HTTP': { path: `/api/v1/place_names/match?text=${encodeURIComponent('武汉市江岸区球场街道')}`, cookie: registrar, connections: 8 },
    create: { path: names, connections: 64, script: creating(registrar, ids) },
  }
  for (const l of Object.values(loads)) if (!l.script) await getJson(server.base, l.cookie, l.path)
  return { server, loads, close: async () => (await server.stop(), rm(data, { recursive: true })) }
}

process.on('exit', () => cities.forEach((c) => c.server.process.kill()))
const cities = []
function spread(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const [low, middle, high] = [0.25, 0.5, 0.75].map((q) => sorted[Math.round((sorted.length - 1) * q)].toFixed(3))
  return `${middle} (${low} to ${high})`
}
/** Of a process, in ticks of the kernel. */
async function processorTime(pid) {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1].split(' ')
  return Number(fields[11]) + Number(fields[12])
}

for (const folder of [root, resolve(options.other)]) cities.push(await prepare(folder))
console.log(`this version / ${options.other}, ${rows} rows, ${rounds} rounds of ${seconds} s in turn`)
for (const what of Object.keys(cities[0].loads).filter((one) => one.includes(options.only))) {
  const ratios = [], works = []
  for (let i = -1; i < rounds; ++i) {
    const order = i % 2 ? [0, 1] : [1, 0], rate = [], work = []
    for (const k of order) {
      const pid = cities[k].server.process.pid, before = await processorTime(pid)
      rate[k] = (await load(cities[k].server.base, { ...cities[k].loads[what], seconds })).rate
      work[k] = ((await processorTime(pid)) - before) / rate[k]
    }
    if (i < 0) continue  // the first round warms up
    ratios.push(rate[0] / rate[1])
    works.push(work[0] / work[1])
  }
  console.log(`   ${what.padEnd(32)} rate ${spread(ratios)}   work ${spread(works)}`)
}
for (const c of cities) await c.close()
