// Every address of the server, called by people it is not for: who is anonymous, a citizen, the reviewer of the neighbour district.
// What must come back follows from the access rule that the route declares and, for records, from the declarations.
//   node tests/peers/routes_test.mjs [--binary build/platform/app/civitas]
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { audited, binary, done, folder, holds, idOf, person, same, section, serve } from '../harness/peer.mjs'
import { command, root } from '../harness/server.mjs'

const server = await serve()
const people = { anonymous: await person(server, null), citizen: await person(server, 'citizen2'), neighbour: await person(server, 'reviewer_wuchang') }
const owner = await person(server, 'citizen1')
const checker = await person(server, 'checker')
const auditor = await person(server, 'auditor')
const registrar = await person(server, 'registrar')

// What the three are, in the words of the declarations.
const standing = { anonymous: ['public'], citizen: ['public', 'citizen', 'owner'], neighbour: ['public', 'staff', 'owner', 'place_names.district_reviewer', 'place_names.district_registrar'] }
const entities = []
for (const system of readdirSync(join(root, 'systems'), { withFileTypes: true })) {
  if (!system.isDirectory()) continue
  for (const file of readdirSync(join(root, 'systems', system.name))) {
    if (!file.endsWith('.yaml') || file === 'system.yaml') continue
    const declared = parse(readFileSync(join(root, 'systems', system.name, file), 'utf8'))
    if (declared.entity) entities.push({ ...declared, system: system.name, path: `${system.name}/${declared.entity}` })
  }
}
const rulesFor = (e, who) => e.access.filter((rule) => standing[who].includes(rule.role) || standing[who].includes(`${e.system}.${rule.role}`))
/** Whether `who` could ever do this with records of `e`; null when it depends on the record. */
const ever = (e, who, act) => rulesFor(e, who).some((rule) => rule[act])
const refused = (who) => (who === 'anonymous' ? [401] : [403])

const listed = await command(binary, { data: join(folder, 'data') }, ['routes'])
const routes = listed.stdout.split('\n').map((line) => {
  const [method, pattern, access] = line.split('\t')
  return { method, pattern, access }
})

/** What may come back, by the declared rule: a call that is not allowed, or that meets nothing. */
const closed = [401, 403, 404]
const open = [200, 201, 202, 204, 304, 400, 404, 422]
const toAll = { anonymous: open, citizen: open, neighbour: open }
const rules = [
  [/^public\b/, toAll],
  [/^signed in; anybody for pictures/, toAll],
  [/^signed in[:;] (?!anybody)/, { anonymous: [401], citizen: open, neighbour: open }],
  [/^staff: /, { anonymous: [401], citizen: closed, neighbour: open }],
  [/^who saved it/, { anonymous: closed, citizen: closed, neighbour: closed }],
  [/^application key/, { anonymous: [401], citizen: [401], neighbour: [401] }],
  [/^(role identity|system administrator)/, { anonymous: [401], citizen: [403], neighbour: [403] }],
  [/^the owner of the job/, { anonymous: [401], citizen: [404], neighbour: [404] }],
  [/^the uploader/, { anonymous: [401, 404], citizen: [404], neighbour: [404] }],
  [/^by the (write|access) rules? of/, { anonymous: closed, citizen: closed, neighbour: closed }],
  [/^by the roles of the transition/, { anonymous: closed, citizen: closed, neighbour: closed }],
  [/^by the access rules of each/, toAll],
]
const expectation = (access) => rules.findLast(([form]) => form.test(access))?.[1]

await section('the routes are listed', async () => {
  same('the command', listed.code, 0)
  holds('more than fifty', routes.length > 50, routes.length)
  holds('each declares who it is for', routes.every((r) => r.access?.length > 3), routes.filter((r) => !r.access))
})

// A case in Hanyang that the three have nothing to do with.
const division = await idOf(registrar, 'registers/division', 'code', '420105000000')
const made = await owner('POST', '/api/v1/place_names/name_application', {
  kind: 'new', legal_kind: 'street', category: '23510', name: '琴断口邻区试验路', division, place: { type: 'LineString', coordinates: [[114.2101, 30.5601], [114.2142, 30.5623]] },
  meaning: '试验', reason: '试验', applicant_name: '李晓汉', contact_phone: '13800138000',
})
same('a case of Hanyang', made.status, 201)
const id = made.body.id
same('is submitted', (await owner('POST', `/api/v1/place_names/name_application/${id}/transitions/submit`, {})).status, 200)
same('and accepted', (await checker('POST', `/api/v1/place_names/name_application/${id}/transitions/accept`, { check_opinion: '齐全' })).status, 200)

const trail = async () => (await checker('GET', `/api/v1/place_names/name_application/${id}/trace`)).text

await section('a case of another district stays closed', async () => {
  const version = (await checker('GET', `/api/v1/place_names/name_application/${id}`)).body.version
  const trace = await trail()
  const before = await audited(auditor)
  for (const { method, pattern } of routes.filter((r) => r.pattern.startsWith('/api/v1/{system}/{entity}/{id}'))) {
    for (const name of pattern.includes('{name}') ? (pattern.includes('transitions') ? ['pass', 'reject', 'accept', 'withdraw', 'no_such_step'] : pattern.includes('documents') ? ['approval_form', 'naming_document', 'none'] : ['x']) : ['']) {
      const path = pattern.replace('{system}', 'place_names').replace('{entity}', 'name_application').replace('{id}', id).replace('{name}', name).replace(/\{[^}]+\}/g, '1')
      for (const [who, call] of Object.entries(people)) {
        if (method === 'GET' && path.includes('/documents/') && who === 'neighbour') continue  // below
        const answer = await call(method, path, method === 'GET' || method === 'DELETE' ? undefined : { district_opinion: '越权', refusal: '越权', to: '1', comment: 'x' }, { 'Accept-Language': 'en' })
        if (!closed.includes(answer.status)) same(`${who} ${method} ${path}`, answer.status, closed)
        if (answer.status >= 400 && !/[a-z]+ .*[.?]$/.test(answer.body?.detail ?? '')) same(`${who} ${method} ${path} says why`, answer.body, 'a sentence')
      }
    }
  }
  same('the neighbour gets no paper of it', closed.includes((await people.neighbour('GET', `/api/v1/place_names/name_application/${id}/documents/approval_form.pdf`)).status), true)
  same('nothing changed', (await checker('GET', `/api/v1/place_names/name_application/${id}`)).body.version, version)
  same('nothing was handled', await trail(), trace)
  const after = (await auditor('GET', '/api/v1/audit')).body.items.filter((i) => i.sequence > before && !/refused|sign_in/.test(i.action))
  same('nothing is in the audit trail but refusals', after.map((i) => i.action), [])
})

await section('records answer by their declared rules', async () => {
  for (const e of entities)
    for (const [who, call] of Object.entries(people)) {
      const list = await call('GET', `/api/v1/${e.path}?limit=1`)
      const may = ever(e, who, 'read') && !(who === 'anonymous' && !rulesFor(e, who).some((r) => r.read))
      const expected = may ? [200] : refused(who)
      if (!expected.includes(list.status)) same(`${who} lists ${e.path}`, list.status, expected)
      const create = await call('POST', `/api/v1/${e.path}`, { no_such_field: 1 })
      const wanted = ever(e, who, 'create') ? [400, 403, 422] : refused(who)
      if (!wanted.includes(create.status)) same(`${who} creates ${e.path}`, create.status, wanted)
      for (const method of ['GET', 'PATCH', 'DELETE']) {
        const answer = await call(method, `/api/v1/${e.path}/1`, method === 'PATCH' ? {} : undefined)
        if (!closed.includes(answer.status)) same(`${who} ${method} ${e.path}/1`, answer.status, closed)
      }
      const exported = await call('POST', `/api/v1/${e.path}/export.csv?limit=1`)
      const exports = who === 'neighbour' && ever(e, who, 'read') ? [202] : refused(who)
      if (!exports.includes(exported.status)) same(`${who} exports ${e.path}`, exported.status, exports)
      const template = await call('GET', `/api/v1/${e.path}/import/template.xlsx`)
      const imports = who === 'neighbour' && ever(e, who, 'create') && e.system === 'place_names'
      if (imports ? template.status !== 200 : ![401, 403].includes(template.status)) same(`${who} takes the template of ${e.path}`, template.status, imports ? 200 : [401, 403])
    }
  holds('every record type was tried', entities.length > 12, entities.length)
})

await section('every other route answers by its own rule', async () => {
  for (const { method, pattern, access } of routes) {
    // Those of record types are above; signing in and out has tests of its own.
    if (/\{system\}|\{rest/.test(pattern) || /^\/api\/v1\/(session|registration)$/.test(pattern) || access.startsWith('local addresses')) continue
    const expected = expectation(access)
    if (!holds(`the rule of ${method} ${pattern} is known to this test`, expected, access)) continue
    const path = pattern.replace('{collection}', 'place_names.sign').replace(/\{[^}]+\}/g, '1')
    for (const [who, call] of Object.entries(people)) {
      const answer = await call(method, path, ['GET', 'DELETE'].includes(method) ? undefined : { items: [{ input: '试验' }], texts: ['试验'] })
      if (!expected[who].includes(answer.status)) same(`${who} ${method} ${pattern} (${access})`, answer.status, expected[who])
    }
  }
})

await section('who is anonymous and a citizen know the tables by nothing', async () => {
  for (const path of ['/api/v1/place_names/no_such_type', '/api/v1/no_such_system/person', '/api/v1/meta/place_names/no_such_type', '/api/v1/place_names/place_name/statistics/none'])
    for (const [who, call] of Object.entries(people)) same(`${who} ${path}`, (await call('GET', path)).status, 404)
})

await done(server)
