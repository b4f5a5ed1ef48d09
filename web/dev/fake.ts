// A development aid for looking at pages before a server runs. Never part of the build.
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Plugin } from 'vite'

type Any = any // eslint-disable-line
const folder = process.env.CIVITAS_FAKE ?? '/tmp/w'
const { system, entities } = JSON.parse(readFileSync(`${folder}/meta.json`, 'utf8')) as Any
const seed = JSON.parse(readFileSync(`${folder}/seed.json`, 'utf8')) as Any
const stamp = (days: number) => new Date(Date.now() - days * 86400e3).toISOString()
const records: Record<string, Any[]> = {}
let user: Any = null
let serial = 0
const make = (entity: string, values: Any) => {
  const record = { id: `${entity}-${++serial}`, version: 1, created_at: stamp(serial % 40), updated_at: stamp(serial % 17), ...values }
  ;(records[entity] ??= []).push(record)
  return record
}
const divisions = ['江岸区', '江汉区', '硚口区', '汉阳区', '武昌区', '青山区', '洪山区'].map((name, at) => {
  const [x, y] = [[114.3, 30.64], [114.26, 30.61], [114.21, 30.6], [114.2, 30.54], [114.33, 30.55], [114.42, 30.63], [114.4, 30.49]][at]
  return make('division', { code: `42010${at + 2}000000`, name, level: 'county', parent: { id: 'd0', title: '武汉市' }, boundary: { type: 'Polygon', coordinates: [[[x - 0.05, y - 0.035], [x + 0.05, y - 0.03], [x + 0.045, y + 0.035], [x - 0.04, y + 0.03], [x - 0.05, y - 0.035]]] } })
})
const category = (kind: string) => (kind.includes('桥') ? '23600' : kind.includes('湖') ? '12200' : entities.place_name.fields.find((f: Any) => f.name === 'category').options.at(-3)?.code)
seed.landmarks.forEach((row: Any, at: number) => make('place_name', { code: `4201${String(at).padStart(14, '0')}`, name: row.name_zh, pinyin: row.name_en, english_name: row.name_en, category: category(row.kind), legal_kind: 'building', usage: at % 31 === 0 ? 'historical' : 'current', division: { id: divisions[at % 7].id, title: divisions[at % 7].name }, place: { type: 'Point', coordinates: [Number(row.lon), Number(row.lat)] }, origin: at % 3 ? null : '因所在地旧有同名村落而得名。', source: 'Wikidata', meaning: null }))
seed.roads.forEach((row: Any, at: number) => make('place_name', { code: `4202${String(at).padStart(14, '0')}`, name: row.name_zh, category: '22300', legal_kind: 'street', usage: 'current', division: { id: divisions[at % 7].id, title: divisions[at % 7].name }, place: { type: 'Point', coordinates: [Number(row.lon), Number(row.lat)] } }))
const states = ['checking', 'district_review', 'city_decision', 'noticed', 'completed', 'correcting', 'draft', 'filing', 'rejected', 'expert_review']
;['光谷五路', '月亮湾路', '知音湖大道', '云杉里小区', '望江广场', '凌波门路', '梨园隧道', '杨春湖公园', '沙湖东里', '楚风园', '星火巷', '四新南路'].forEach((name, at) => make('name_application', {
  number: `武地申〔2026〕${String(at + 1).padStart(5, '0')}号`, kind: at % 5 === 4 ? 'rename' : 'new', legal_kind: name.endsWith('路') ? 'street' : 'building', category: name.endsWith('路') ? '22300' : '22200', name, division: { id: divisions[at % 7].id, title: divisions[at % 7].name },
  place: name.endsWith('路') ? { type: 'LineString', coordinates: [[114.3 + at * 0.01, 30.55], [114.31 + at * 0.01, 30.56], [114.33 + at * 0.01, 30.565]] } : { type: 'Polygon', coordinates: [[[114.3 + at * 0.01, 30.55], [114.306 + at * 0.01, 30.55], [114.306 + at * 0.01, 30.556], [114.3 + at * 0.01, 30.556], [114.3 + at * 0.01, 30.55]]] },
  position_text: '东起高新大道，西至关山大道', meaning: '取沿线地理特征之意，表达对未来的期许。', origin: '规划道路原为工程名。', reason: '新建道路即将竣工，需要命名。', applicant_kind: 'organisation', applicant_name: '武汉市城建投资有限公司', contact_phone: '138****5678', materials: [{ id: 'f1', name: '申请书.pdf', size: 284331, type: 'application/pdf' }, { id: 'f2', name: '位置图.png', size: 91233, type: 'image/png' }], missing: states[at % 10] === 'correcting' ? '1. 缺少位置示意图；\n2. 名称含义说明不足三十字，请补充来历。' : null,
  state: states[at % 10], notice_until: states[at % 10] === 'noticed' ? '2026-11-28' : null, approval_number: states[at % 10] === 'completed' ? '武政地〔2026〕12号' : null, approved_on: states[at % 10] === 'completed' ? '2026-11-10' : null,
}))
for (const [at, name] of ['解放大道', '东湖路', '中山大道'].entries()) make('problem_report', { number: `WT202611210${at}`, name, kind: 'wrong_name', text: '路牌上的写法与标准地名不一致。', state: at ? 'received' : 'solved', answer: at ? null : '经核实，标牌已于11月更换，感谢您的反馈。', place: { type: 'Point', coordinates: [114.3, 30.6] } })
const batch = make('match_batch', { title: '公安门牌数据 11 月', source: '市公安局', total: 1200, matched: 1011, to_review: 143, unmatched: 46 })
make('match_batch', { title: '水务用户地址', source: '市水务集团', total: 86000, matched: 80112, to_review: 4021, unmatched: 1867 })
for (let at = 0; at < 30; at++) {
  const three = [0, 1, 2].map((step) => records.place_name[(at * 7 + step * 11) % records.place_name.length])
  make('match_item', { batch: { id: batch.id, title: batch.title }, row: at + 2, text: `武汉市${divisions[at % 7].name}${three[0].name}附近${at}号`, verdict: at % 4 === 3 ? 'none' : 'review', score: 0.71 - at * 0.01, candidates: three.map((one, step) => ({ code: one.code, name: one.name, full_name: `武汉市${one.division.title}${one.name}`, score: 0.82 - step * 0.13, because: [step ? '读音相近' : '名称相同', '所在政区一致'], id: one.id, place: one.place })), decided_by_hand: false })
}
const case_of = (record: Any, at = 0) => ({ state: record.state, entered_at: stamp(6), due_at: stamp(-4 + at), limit_days: 20, used_days: 6.5, stopped_days: 2, left_days: 9.5 - at * 3, level: ['completed', 'rejected', 'withdrawn'].includes(record.state) ? 'done' : ['correcting', 'noticed', 'expert_review'].includes(record.state) ? 'stopped' : at > 2 ? 'late' : at > 1 ? 'warn' : 'ok', claimed_by: null, urged: at === 1 ? 1 : 0 })
const jobs: Record<string, Any> = {}

function full(entity: string, record: Any): Any {
  const process = entities[entity].process
  return {
    ...record, can: { update: true, delete: true },
    ...(process ? { actions: process.transitions.filter((one: Any) => one.from.includes(record.state)).map((one: Any) => ({ name: one.name, title: one.title, form: one.form, danger: one.danger })), case: case_of(record) } : {}),
  }
}

export default function fake(): Plugin {
  return {
    name: 'civitas-fake',
    configureServer(server) {
      server.middlewares.use((request: IncomingMessage, response: ServerResponse, next) => {
        const url = new URL(request.url ?? '/', 'http://x')
        if (!url.pathname.startsWith('/api/')) return next()
        let text = ''
        request.on('data', (part) => (text += part))
        request.on('end', () => {
          const body = (() => { try { return JSON.parse(text || '{}') } catch { return {} } })()
          const send = (value: Any, status = 200) => {
            response.statusCode = status
            response.setHeader('Content-Type', status >= 400 ? 'application/problem+json' : 'application/json')
            response.end(value === undefined ? '' : JSON.stringify(value))
          }
          const fail = (status: number, reason: string, detail: string, more = {}) => send({ status, reason, detail, title: reason, request_id: 'r1', ...more }, status)
          const q = url.searchParams
          const [, , , a, b, c, d, e] = url.pathname.split('/').map(decodeURIComponent)
          const get = request.method === 'GET'
          if (a === 'session') {
            if (request.method === 'POST') {
              if (body.password === 'wrong') return fail(401, 'identity.sign_in.refused', '账号或密码不正确。')
              user = { id: 'u1', account: body.account, name: body.account === 'citizen' ? '王小民' : '李登记', kind: body.account === 'citizen' ? 'citizen' : 'staff', department: '市民政局区划地名处', roles: ['registrar'], divisions: [] }
            }
            if (request.method === 'DELETE') { user = null; return send(undefined, 204) }
            return send({ user })
          }
          if (a === 'registration') { user = { id: 'u2', account: body.account, name: body.name, kind: 'citizen', roles: [] }; return send({ user }, 201) }
          if (a === 'password') return send(undefined, 204)
          if (a === 'sessions') return send({ items: [{ id: 's1', created_at: stamp(1), last_seen_at: stamp(0), address: '10.1.2.3', agent: 'Chromium 130', current: true }, { id: 's2', created_at: stamp(9), last_seen_at: stamp(3), address: '10.1.2.9', agent: 'Firefox 128', current: false }] })
          if (a === 'totp') return send(b ? {} : { secret: 'JBSWY3DPEHPK3PXP', uri: 'otpauth://totp/x' })
          if (a === 'meta' && !b) return send({ version: '0.1.0', language: 'zh', systems: [{ name: 'place_names', title: system.title, menu: system.menu, entities: Object.keys(entities) }], map: { center: [114.3, 30.6], zoom: 10, extent: [114.05, 30.4, 114.6, 30.75], base: null } })
          if (a === 'meta') return entities[c] ? send(entities[c]) : fail(404, 'meta.entity.unknown', '没有这个实体。')
          if (a === 'tasks') { const items = records.name_application.slice(0, 7).map((one, at) => ({ system: 'place_names', entity: 'name_application', id: one.id, title: one.name, number: one.number, state: one.state, state_title: entities.name_application.process.states.find((s: Any) => s.name === one.state).title, case: case_of(one, at), at: one.updated_at })); return send({ items, counts: { todo: 7, done: 31, closed: 128, copied: 2 } }) }
          if (a === 'search') { const hits = records.place_name.filter((one) => one.name.includes(q.get('q'))).slice(0, 6).map((one) => ({ system: 'place_names', entity: 'place_name', id: one.id, title: one.name, subtitle: one.division.title, kind: 'record' })); return send({ items: hits }) }
          if (a === 'notices') return send({ items: [{ id: 'n1', at: stamp(0.1), title: '催办：知音湖大道', text: '请尽快办理。', link: '/console/place_names/name_application/' + records.name_application[2].id, read: false }], unread: 1 })
          if (a === 'files' && !get) return send({ id: `f${++serial}`, name: q.get('name'), size: text.length, type: request.headers['content-type'] }, 201)
          if (a === 'verify') return send(b.startsWith('X') ? { valid: false } : { valid: true, kind: '地名批准书', number: '武政地〔2026〕12号', name: '望江广场', code: '420106', issued_on: '2026-11-10', issuer: '武汉市民政局', status: '有效' })
          if (a === 'jobs') { const job = jobs[b]; if (request.method === 'DELETE') job.state = 'cancelled'; else if (job.state === 'running') { job.done = Math.min(job.total, job.done + 25); if (job.done >= job.total) { job.state = 'done'; job.result = { good: 97, bad: 3, mode: job.mode, errors: [{ row: 4, column: 'C', field: 'category', detail: '地名类别“桥粱”不在代码表中。' }, { row: 17, column: 'A', field: 'name', detail: '标准名称不能为空。' }, { row: 60, column: 'E', field: 'division', detail: '找不到政区“江按区”。' }], errors_file: `/api/v1/jobs/${b}/errors.xlsx` } } } return send(job) }
          if (a === 'audit') return send({ items: [] })
          if (a === 'place_names' && b === 'check') { const name = q.get('name') ?? ''; const conflict = records.place_name.find((one) => one.name === name); return send(conflict ? { verdict: 'block', findings: [{ rule: 'same_name', title: '重名', source: '《地名管理条例》第九条', severity: 'block', message: `同一建成区内已有“${name}”。`, conflict: { id: conflict.id, name, code: conflict.code, division: conflict.division.title, place: conflict.place } }] } : name.includes('大') ? { verdict: 'warn', findings: [{ rule: 'big', title: '通名与规模', source: '《地名管理条例》第九条第二项', severity: 'warn', message: '“大”字的使用应与道路规模相称，请在理由中说明宽度和长度。' }] } : { verdict: 'pass', findings: [] }) }
          if (a === 'place_names' && b === 'match') { const found = records.place_name.filter((one) => (q.get('text') ?? '').includes(one.name.slice(0, 2))).slice(0, 4); return send({ verdict: found.length === 1 ? 'match' : found.length ? 'review' : 'none', matches: found.map((one, at) => ({ code: one.code, name: one.name, full_name: `武汉市${one.division.title}${one.name}`, score: 0.97 - at * 0.14, because: ['名称相同', '政区一致'], id: one.id, place: one.place })) }) }
          if (a === 'place_names' && b === 'locate') return send({ divisions: [{ id: divisions[4].id, name: '武昌区', code: '420106' }], names: records.place_name.slice(0, 5).map((one, at) => ({ id: one.id, name: one.name, code: one.code, distance_m: 120 + at * 77 })), signs: [] })
          const list = (records[b] ??= [])
          if (!entities[b]) return fail(404, 'http.route.unknown', '没有这个地址。')
          if (!c && get) {
            let items = list
            const text_wanted = q.get('q')
            if (text_wanted) items = items.filter((one) => JSON.stringify(one).includes(text_wanted))
            const filter = q.get('filter') ?? ''
            for (const m of filter.matchAll(/(\w+) = '([^']*)'/g)) items = items.filter((one) => (one[m[1]]?.id ?? one[m[1]]) === m[2])
            for (const m of filter.matchAll(/(\w+) IN \(([^)]*)\)/g)) items = items.filter((one) => m[2].includes(`'${one[m[1]]?.id ?? one[m[1]]}'`))
            for (const m of filter.matchAll(/(\w+) LIKE '%?([^'%]*)%'/g)) items = items.filter((one) => String(one[m[1]] ?? '').includes(m[2]))
            const from = Number(q.get('after') ?? 0)
            const limit = Number(q.get('limit') ?? 20)
            return send({ items: items.slice(from, from + limit), next: from + limit < items.length ? String(from + limit) : null, total: items.length })
          }
          if (!c) { const made = make(b, { ...body, state: entities[b].process?.initial }); return send(full(b, made), 201) }
          if (c === 'import') { const id = `j${++serial}`; jobs[id] = { id, kind: 'import', title: '导入', state: 'running', done: 0, total: 100, mode: q.get('mode') }; return send({ job: id }, 202) }
          if (c === 'statistics') return send({ series: divisions.map((one, at) => ({ key: one.id, title: one.name, value: 12 + ((at * 37) % 50) })) })
          const record = list.find((one) => one.id === c)
          if (c === 'tiles') return send(undefined, 204)
          if (!record) return fail(404, 'entities.record.unknown', '没有找到这条记录。')
          if (d === 'history') return send({ versions: [{ version: 2, valid_from: '2011-05-01', valid_to: null, recorded_from: stamp(2), action: 'update', by: { id: 'u1', name: '李登记' }, changed: ['name', 'origin'], record }, { version: 1, valid_from: '1957-10-15', valid_to: '2011-05-01', recorded_from: stamp(30), action: 'create', by: { id: 'u3', name: '普查导入' }, changed: [], record: { ...record, name: `${record.name ?? ''}（旧）`, origin: '旧志记载。' } }] })
          if (d === 'trace') return send({ entries: [{ at: stamp(8), by: { id: 'c1', name: record.applicant_name }, transition: 'submit', title: { zh: '提交', en: 'Submit' }, from: 'draft', to: 'checking' }, { at: stamp(6), by: { id: 'u1', name: '张核查' }, transition: 'accept', title: { zh: '受理通过', en: 'Accept' }, from: 'checking', to: 'district_review', comment: '材料齐全，名称无重名、同音。' }] })
          if (d === 'transitions') { const move = entities[b].process.transitions.find((one: Any) => one.name === e); Object.assign(record, body, { state: move.to, version: record.version + 1 }); return send(full(b, record)) }
          if (d === 'case') return send({ ...full(b, record), case: { ...case_of(record), claimed_by: e === 'claim' ? { id: user?.id, name: user?.name } : null } })
          if (request.method === 'PATCH') {
            if (request.headers['if-match'] && request.headers['if-match'] !== `"${record.version}"`) return fail(412, 'entities.record.changed', '这条记录已被他人修改。')
            Object.assign(record, body, { version: record.version + 1 })
            for (const f of entities[b].fields) if (f.type === 'ref' && typeof record[f.name] === 'string') record[f.name] = { id: record[f.name], title: records[f.to.entity]?.find((x) => x.id === record[f.name])?.name ?? '?' }
            return send(full(b, record))
          }
          if (request.method === 'DELETE') { records[b] = list.filter((one) => one !== record); return send(undefined, 204) }
          if (c === 'tiles') return send(undefined, 204)
          return d === 'documents' || d === 'tiles' || c === 'tiles' ? fail(404, 'x', '没有') : send(full(b, record))
        })
      })
    },
  }
}
