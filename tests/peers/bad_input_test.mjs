// What people and programs send that they should not: markup and SQL in every text, paths as names of files, two people at
// the same step at once. Every answer is a sentence with the right status; what is refused leaves nothing behind.
//   node tests/peers/bad_input_test.mjs [--binary build/platform/app/civitas]
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { audited, binary, done, folder, holds, idOf, person, query, same, section, serve } from '../harness/peer.mjs'
import { command, root } from '../harness/server.mjs'

const server = await serve()
const registrar = await person(server, 'registrar')
const citizen = await person(server, 'citizen1')
const checker = await person(server, 'checker')
const reviewer = await person(server, 'reviewer_hanyang')
const decider = await person(server, 'decider')
const auditor = await person(server, 'auditor')
const division = await idOf(registrar, 'registers/division', 'code', '420105000000')

const texts = [`<script>window.hit=1</script>`, `<img src=x onerror="window.hit=1">`, `'); DROP TABLE place_names_sign; --`, `" OR ""="`, `{{7*7}}\${7*7}`, `=cmd|'/c calc'!A1`, `%s%n../../etc/passwd`]
const declared = (name) => parse(readFileSync(join(root, 'systems/place_names', `${name}.yaml`), 'utf8'))

await section('markup and SQL in every text field are kept as text', async () => {
  const counts = async () => Promise.all(['place_names/sign', 'place_names/place_name', 'registers/division'].map(async (e) => (await registrar('GET', `/api/v1/${e}?limit=1&total=true`)).body.total))
  const before = await counts()
  let made = 0
  for (const [name, base, who] of [
    ['sign', { kind: 'street', division }, registrar],
    ['place_name', { name: '文字试验路', category: '23510', division }, registrar],
    ['match_batch', { title: '批次' }, registrar],
    ['restricted_word', {}, registrar],
    ['name_application', { kind: 'new', legal_kind: 'street', category: '23510', division, name: '文字试验巷', reason: '试验', applicant_name: '李', contact_phone: '13800138000', meaning: '试验', place: { type: 'Point', coordinates: [114.21, 30.56] } }, citizen],
    ['name_certificate', { presented_name: '知音路', holder: '李', paper: '证', purpose: '用' }, citizen],
  ]) {
    const fields = declared(name).fields.filter((f) => ['text', 'long_text'].includes(f.type) && !f.read_only && !f.pattern)
    for (const text of texts) {
      const body = { ...base }
      // The name of a place has rules of its own; everything else takes any text.
      for (const f of fields) if (!(f.name in base && f.name === 'name')) body[f.name] = f.unique ? `${text.slice(0, 30)}${++made}` : text.slice(0, f.max ?? 200)
      const answer = await who('POST', `/api/v1/place_names/${name}`, body, { 'Accept-Language': 'en' })
      if (answer.status >= 400) {
        holds(`${name}: refused with a sentence`, answer.status < 500 && answer.body?.detail?.length > 10, [text, answer.status, answer.body])
        continue
      }
      same(`${name}: taken`, answer.status, 201)
      for (const f of fields) if (f.name in answer.body && answer.body[f.name] !== body[f.name]) same(`${name}.${f.name}`, answer.body[f.name], body[f.name])
      const path = `/api/v1/place_names/${name}/${answer.body.id}`
      const again = await who('GET', path)
      holds(`${name}: JSON, never a page`, again.headers['content-type'] === 'application/json' && again.headers['x-content-type-options'] === 'nosniff', again.headers)
      for (const d of declared(name).documents ?? []) {
        const paper = await who('GET', `${path}/documents/${d.name}.pdf`)
        if (![200, 404].includes(paper.status)) same(`${name}: ${d.name}.pdf`, paper.status, [200, 404])
      }
    }
  }
  for (const text of texts) {
    for (const path of ['/api/v1/place_names/sign', '/api/v1/search', '/api/v1/place_names/place_name']) {
      const found = await registrar('GET', path + query({ q: text }))
      same(`a search for ${text}`, found.status, 200)
    }
    const filtered = await registrar('GET', '/api/v1/place_names/sign' + query({ filter: `name='${text.replaceAll("'", "''")}'`, total: true }))
    same(`a filter for ${text}`, [filtered.status, filtered.body.total >= 1], [200, true])
    same('quotes that end the literal', (await registrar('GET', '/api/v1/place_names/sign' + query({ filter: `name='${text}'` }))).status === 500, false)
    for (const parameter of ['sort', 'after', 'limit', 'bbox', 'as_of']) {
      const answer = await registrar('GET', '/api/v1/place_names/sign' + query({ [parameter]: text }))
      if (answer.status !== 400 || !answer.body?.detail) same(`${parameter}=${text}`, [answer.status, answer.body], 400)
    }
  }
  const after = await counts()
  holds('the tables are there, with more in them', after[0] === before[0] + texts.length && after[1] >= before[1] && after[2] === before[2], [before, after])
})

await section('names of files do not lead anywhere', async () => {
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64')
  const files = () => readdirSync(join(folder, 'data'), { recursive: true }).filter((f) => !/\.db|keys|index/.test(f)).sort()
  const before = files()
  const names = ['../../etc/passwd.png', '..\\..\\boot.ini.png', 'C:\\x.png', '/etc/shadow.png', 'a\u0000b.png', 'x'.repeat(296) + '.png', 'CON.txt', 'con', '.', '..', ' ', '....png', 'a\r\nSet-Cookie: x=1.png', '\u202egnp.exe.png', 'a/b\\c:d*e?f"g<h>i|j.png', '𠮷🍜.png', '%2e%2e%2fx.png', 'nul.png']
  for (const name of names)
    for (const by of ['address', 'form']) {
      let answer
      if (by === 'address') answer = await registrar('POST', '/api/v1/files' + query({ name }), png, { 'Content-Type': 'image/png' })
      else {
        const boundary = 'b0undary'
        const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name.replace(/["\r\n]/g, (c) => encodeURIComponent(c))}"\r\nContent-Type: image/png\r\n\r\n`
        answer = await registrar('POST', '/api/v1/files', Buffer.concat([Buffer.from(head), png, Buffer.from(`\r\n--${boundary}--\r\n`)]), { 'Content-Type': `multipart/form-data; boundary=${boundary}` })
      }
      const what = `${JSON.stringify(name.slice(0, 40))} by ${by}`
      if (answer.status !== 201) {
        holds(`${what} is refused with a sentence`, answer.status === 400 && answer.body?.detail?.length > 5, [answer.status, answer.body])
        continue
      }
      const kept = answer.body.name
      holds(`${what} is kept as a plain name`, kept.length > 0 && Buffer.byteLength(kept) <= 255 && !/[/\\\u0000-\u001f\u007f\u202a-\u202e]/.test(kept) && !/^\.+$/.test(kept) && !/^(con|nul)(\.|$)/i.test(kept), kept)
      const shown = await registrar('GET', `/api/v1/files/${answer.body.id}`)
      same(`${what} comes back`, [shown.status, shown.bytes.equals(png), 'set-cookie' in shown.headers], [200, true, false])
      holds(`${what} is sent under a plain name`, !/[\r\n/\\]/.test(shown.headers['content-disposition'].replace(/%[0-9A-F]{2}/g, '')), shown.headers['content-disposition'])
    }
  const fresh = files().filter((f) => !before.includes(f))
  holds('one content is kept once, under its digest', fresh.every((f) => /^files(\/[0-9a-f]{2}(\/[0-9a-f]{62})?)?$/.test(f)), fresh)
  for (const path of ['/api/v1/files/..%2f..%2fkeys.json', '/api/v1/files/../../keys.json', '/..%2f..%2fetc/passwd', '/console/..%2f..%2f..%2fetc%2fpasswd', '/%00', '/api/v1/jobs/..%2f1']) {
    const answer = await registrar('GET', path)
    holds(`${path} leads nowhere`, answer.status >= 400 || !/root:|"secret"/.test(answer.text), answer.text?.slice(0, 100))
  }
})

async function application(name) {
  const made = await citizen('POST', '/api/v1/place_names/name_application', {
    kind: 'new', legal_kind: 'street', category: '23510', name, division, place: { type: 'LineString', coordinates: [[114.2101, 30.5601], [114.2142, 30.5623]] },
    meaning: '试验', reason: '试验', applicant_name: '李晓汉', contact_phone: '13800138000',
  })
  const path = `/api/v1/place_names/name_application/${made.body.id}`
  await citizen('POST', `${path}/transitions/submit`, {})
  await checker('POST', `${path}/transitions/accept`, { check_opinion: '齐全' })
  return path
}
const steps = async (path) => (await checker('GET', `${path}/trace`)).body.entries.map((e) => e.transition)

await section('two at the same step: one wins, the other is told', async () => {
  for (let i = 0; i < 8; ++i) {
    const path = await application(`琴断口同时办${'一二三四五六七八'[i]}路`)
    const both = await Promise.all([
      reviewer('POST', `${path}/transitions/pass`, { district_opinion: '同意' }, { 'Accept-Language': 'en' }),
      decider('POST', `${path}/transitions/reject`, { refusal: '不同意' }, { 'Accept-Language': 'en' }),
    ])
    // The decider may also refuse after the district has passed the case: then both have taken place, one after the other.
    const trace = await steps(path)
    const won = both.filter((a) => a.status === 200).length
    const last = (await checker('GET', path)).body.state
    if (won === 2) same('one after the other', [trace.slice(-2), last], [['pass', 'reject'], 'rejected'])
    else {
      const lost = both.find((a) => a.status !== 200)
      holds('the other is told', [409, 422, 403].includes(lost.status) && /reload|handled|claimed|stands/i.test(lost.body.detail), lost.body)
      same('one step was taken', trace.length, 4)
    }
  }
})

await section('the same step twice', async () => {
  const second = await person(server, 'reviewer_hanyang')
  for (let i = 0; i < 8; ++i) {
    const path = await application(`琴断口两次办${'一二三四五六七八'[i]}路`)
    const before = await audited(auditor)
    const both = await Promise.all([reviewer, second].map((who) => who('POST', `${path}/transitions/pass`, { district_opinion: '同意' }, { 'Accept-Language': 'en' })))
    same('exactly one wins', both.map((a) => a.status).sort(), [200, 422])
    const lost = both.find((a) => a.status !== 200)
    same('the other hears where the case stands', [lost.body.reason, /stands at “City decision”/.test(lost.body.detail)], ['process.transition.state', true])
    same('one step in the course', (await steps(path)).filter((s) => s === 'pass').length, 1)
    const written = (await auditor('GET', '/api/v1/audit')).body.items.filter((e) => e.sequence > before && /transition|pass/.test(e.action) && !/refused/.test(e.action))
    same('and one in the audit trail', written.length, 1)
    const once = await reviewer('POST', `${path}/transitions/pass`, { district_opinion: '再来' })
    same('in Chinese for who reads Chinese', [once.status, /已有人办理/.test(once.body.detail)], [422, true])
  }
})

await section('what is misspelt, given twice or out of range is named, never passed over', async () => {
  const anonymous = await person(server, null)
  const admin = await person(server, 'admin')
  const en = { 'Accept-Language': 'en' }
  const names = '/api/v1/place_names/place_name'
  const refused = async (who, method, path, [status, reason, field], body, headers = {}) => {
    const answer = await who(method, path, body, { ...en, ...headers })
    holds(`${method} ${path.slice(0, 90)} ${JSON.stringify(body ?? '').slice(0, 60)}`, answer.status === status && answer.body?.reason === reason && (field === undefined || answer.body.field === field) && answer.body.detail.length > 10,
      [answer.status, answer.body])
    return answer
  }
  for (const [who, path, field] of [
    [auditor, '/api/v1/audit?after=abc', 'after'], [auditor, '/api/v1/audit?after=-1', 'after'], [auditor, '/api/v1/audit?after=99999999999999999999', 'after'], [auditor, '/api/v1/audit?limit=0', 'limit'], [auditor, '/api/v1/audit?limits=5', 'limits'],
    [auditor, '/api/v1/audit?from=2026-12-01&to=2026-01-01', 'from'], [admin, '/api/v1/gateway/usage?from=2026-12-01&to=2026-01-01', 'from'], [admin, '/api/v1/gateway/usage?form=2026-01-01', 'form'],
    [checker, '/api/v1/tasks?box=nope', 'box'], [checker, '/api/v1/tasks?limit=0', 'limit'], [checker, '/api/v1/tasks?limit=abc', 'limit'], [checker, '/api/v1/tasks?after=x', 'after'], [checker, '/api/v1/tasks?page=2', 'page'],
    [checker, '/api/v1/search?q=a&limit=-1', 'limit'], [checker, `/api/v1/search?q=${'x'.repeat(700)}`, 'q'], [checker, '/api/v1/search?query=a', 'query'], [citizen, '/api/v1/notices?limit=3', 'limit'],
    [anonymous, `${names}?total=yes`, 'total'], [anonymous, `${names}?bbox=30,114,31,115`, 'bbox'], [anonymous, `${names}?bbox=-999,0,0,0`, 'bbox'], [anonymous, `${names}?filter-lang=sql`, 'filter-lang'],
    [anonymous, `${names}/statistics/by_division?fitler=1`, 'fitler'], [anonymous, `${names}/statistics/by_division?as_of=1949`, 'as_of'], [anonymous, `${names}/tiles/0/0/0.mvt?fitler=1`, 'fitler'],
  ]) await refused(who, 'GET', path, [400, 'api.parameter', field])
  same('a search gives no more than was asked for', (await registrar('GET', '/api/v1/search' + query({ q: '路', limit: 3 }))).body.items.length, 3)
  for (const path of [`${names}?limit=2&limit=3`, '/api/v1/audit?after=1&after=2', '/ogc/collections?f=json&f=html', '/open/v1/place_names/match?text=a&text=b'])
    await refused(auditor, 'GET', path, [400, 'http.query.twice'])
  for (const [path, field] of [['match?text=a&limt=3', 'limt'], ['check?name=a&zone=1', 'zone'], ['locate?lon=114.3&lat=30.6&z=1', 'z']]) await refused(anonymous, 'GET', `/api/v1/place_names/${path}`, [400, 'api.parameter', field])
  await refused(anonymous, 'GET', '/api/v1/place_names/check' + query({ name: '汉阳大道', category: 'xx' }), [400, 'place_names.parameter', 'category'])
  await refused(anonymous, 'GET', '/api/v1/place_names/check' + query({ name: '汉阳大道', legal_kind: 'xx' }), [400, 'place_names.parameter', 'legal_kind'])
  const place = { type: 'Point', coordinates: [114.24, 30.55] }
  for (const wrong of ['5', '420105000000', null]) await refused(anonymous, 'POST', '/api/v1/place_names/check_place', [400, 'place_names.parameter', 'division'], { division: wrong, place })
  const sorted = await refused(anonymous, 'GET', `${names}?sort=nope`, [400, 'entities.list.sort', 'sort'])
  holds('and it is told what one can sort by', /code/.test(sorted.body.detail) && /updated_at/.test(sorted.body.detail), sorted.body)
  const asked = { op: '=', args: [{ property: 'name' }, '汉阳大道'] }
  for (const more of [{}, { 'filter-lang': 'cql2-json' }]) same('a condition as JSON', (await anonymous('GET', names + query({ filter: JSON.stringify(asked), ...more }))).body.items?.map((i) => i.name), ['汉阳大道'])
  await refused(anonymous, 'GET', names + query({ filter: '{"op":"nope","args":[]}' }), [400, 'query.cql2.function', 'filter'])
})

await section('writes: what is passed over would be lost', async () => {
  const anonymous = await person(server, null)
  const total = async () => (await registrar('GET', '/api/v1/place_names/place_name?limit=1&total=true')).body.total
  const before = await total()
  const names = '/api/v1/place_names/place_name'
  const good = { name: '黑盒一路', category: '23510', division, place: { type: 'Point', coordinates: [114.24, 30.55] } }
  const refused = async (who, method, path, expected, body, headers) => {
    const answer = await who(method, path, body, headers)
    holds(`${method} ${path} ${JSON.stringify(body ?? '').slice(0, 60)} ${JSON.stringify(headers ?? {})}`, answer.status === expected[0] && answer.body?.reason === expected[1] && answer.body.detail.length >= 5, [answer.status, answer.body])
    return answer
  }
  for (const type of ['text/plain;charset=UTF-8', 'application/x-www-form-urlencoded'])
    same(`${type} is what curl and fetch say of any text`, (await registrar('POST', '/api/v1/place_names/check_place', JSON.stringify({ division, place: good.place }), { 'Content-Type': type })).status, 200)
  for (const type of ['text/plain; charset=gbk', 'multipart/form-data', 'application/xml', 'application/json; charset=gbk', 'garbage'])
    await refused(registrar, 'POST', names, [415, 'http.body.type'], JSON.stringify(good), { 'Content-Type': type })
  await refused(registrar, 'POST', names, [415, 'http.body.type'], JSON.stringify(good), { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' })
  await refused(registrar, 'POST', `${names}?dry_run=true`, [400, 'api.parameter'], good)
  await refused(registrar, 'POST', names, [400, 'entities.field.control'], { ...good, name: '黑\ufffe路' })
  same('lengths are whole numbers', /现有 200000 个/.test((await refused(registrar, 'POST', names, [400, 'entities.field.too_long'], { ...good, name: 'x'.repeat(200000) })).body.detail), true)
  same('nothing was made', await total(), before)
  for (const [text, kind] of [['application/json; charset=UTF-8', 201], ['application/merge-patch+json', 201]])
    same(text, (await registrar('POST', names, JSON.stringify({ ...good, name: `黑盒${text.length}路` }), { 'Content-Type': text })).status, kind)

  const key = { 'Idempotency-Key': 'once' }
  const first = await registrar('POST', names, good, key)
  same('sent again, the same record', (await registrar('POST', names, good, key)).body.id, first.body.id)
  await refused(registrar, 'POST', names, [422, 'api.idempotency_key.reused'], { ...good, name: '黑盒二路' }, key)
  const path = `${names}/${first.body.id}`
  await refused(anonymous, 'PATCH', path, [401, 'entities.access.sign_in'], { remark: 'x' })
  await refused(anonymous, 'DELETE', path, [401, 'entities.access.sign_in'])
  await refused(citizen, 'PATCH', path, [403, 'entities.access.forbidden'], { remark: 'x' })
  await refused(registrar, 'PATCH', `${path}?force=1`, [400, 'api.parameter'], { remark: 'x' })
  await refused(registrar, 'DELETE', `${path}?valid_form=2026-01-01`, [400, 'api.parameter'])
  await refused(registrar, 'DELETE', `${path}?valid_to=1900-01-01`, [400, 'entities.valid_time.order'])
  same('a tag that is none says how one looks', /ETag/.test((await refused(registrar, 'PATCH', path, [412, 'entities.record.changed'], { remark: 'x' }, { 'If-Match': 'garbage' })).body.detail), true)
  same('it stands as it was made', (await registrar('GET', path)).body.version, 1)

  for (const missing of ['name', 'kind', 'text'])
    await refused(anonymous, 'POST', '/api/v1/place_names/problem_report', [400, 'entities.field.required'], { name: '某路', kind: 'wrong_name', text: '写错了', [missing]: null })
  await refused(citizen, 'POST', '/api/v1/place_names/name_certificate', [400, 'entities.field.required'], { presented_name: '', holder: '李', paper: '证', purpose: '用' })

  const draft = await citizen('POST', '/api/v1/place_names/name_application', {
    kind: 'new', legal_kind: 'street', category: '23510', name: '琴断口意见路', division, place: { type: 'LineString', coordinates: [[114.2101, 30.5601], [114.2142, 30.5623]] },
    meaning: '试验', reason: '试验', applicant_name: '李晓汉', contact_phone: '13800138000',
  })
  const submit = `/api/v1/place_names/name_application/${draft.body.id}/transitions/submit`
  await refused(citizen, 'POST', submit, [400, 'entities.field.type'], { comment: 5 })
  await refused(citizen, 'POST', submit, [400, 'entities.field.control'], { comment: 'a\u0000b' })
  same('the case stands where it stood', (await citizen('GET', `/api/v1/place_names/name_application/${draft.body.id}`)).body.state, 'draft')

  const wrongMethod = await citizen('GET', submit)
  same('a step is taken by POST', [wrongMethod.status, wrongMethod.headers.allow, /POST/.test(wrongMethod.body.detail)], [405, 'POST, OPTIONS', true])
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) same(`${method} where nothing is`, (await anonymous(method, '/api/v1/nothing')).status, 404)
})

await section('the command line does not begin another city by mistake', async () => {
  const nowhere = { data: join(folder, 'nowhere') }
  for (const args of [['audit', 'verify'], ['export', 'place_names.sign'], ['backup', join(folder, 'copy')], ['user', 'reset-password', '--account', 'admin'], ['migrate', '--plan']]) {
    const answer = await command(binary, nowhere, args)
    holds(`${args[0]} of a folder without a city`, answer.code !== 0 && /holds no city/.test(answer.stderr), answer)
  }
  same('and makes none', existsSync(join(nowhere.data, 'civitas.db')), false)
  holds('a second server of one folder is refused', await serve().then(async (s) => (await s.stop(), false), (e) => /server is running/.test(e.message)), 'it started')
  for (const part of ['key', 'user', 'audit']) same(`${part} alone is no command`, (await command(binary, { data: '' }, [part]).then((a) => a.code)) !== 0, true)
})

await section('declarations that take away where an open case stands', async () => {
  const path = await application('琴断口改制路')
  const open = (await decider('GET', '/api/v1/place_names/name_application' + query({ filter: "state='district_review'", limit: 1, total: true }))).body.total
  same('the server ends in order', (await server.stop()).code, 0)
  const home = join(folder, 'home')
  mkdirSync(home)
  for (const part of ['platform', 'web', 'cities']) symlinkSync(join(root, part), join(home, part))
  cpSync(join(root, 'systems'), join(home, 'systems'), { recursive: true, filter: (f) => !f.includes('node_modules') })
  const file = join(home, 'systems/place_names/name_application.yaml')
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('district_review,', 'bureau_review,').replaceAll('district_review]', 'bureau_review]').replaceAll('to: district_review', 'to: bureau_review'))
  same('they are good in themselves', (await command(binary, { data: join(folder, 'data') }, ['check', '--home', home])).code, 0)
  const refused = await serve({ environment: { CIVITAS_HOME: home } }).then(async (s) => (await s.stop(), null), (e) => e.message)
  holds('the start is refused, naming state and cases', Number(/no state district_review .*\((\d+) open cases\)/.exec(refused)?.[1]) >= open && open > 0, [open, refused])
  const planned = await command(binary, { data: join(folder, 'data') }, ['migrate', '--plan', '--home', home])
  holds('and so is the plan', planned.code !== 0 && /district_review/.test(planned.stderr), planned)
  const again = await serve()
  const reviewerAgain = await person(again, 'reviewer_hanyang')
  same('with the former declarations the case goes on', (await reviewerAgain('POST', `${path}/transitions/pass`, { district_opinion: '同意' })).status, 200)
  same('the server ends in order', (await again.stop()).code, 0)
})

await done()
