// `civitas check` tells all that a start would stumble over, at once, with file, line and the word probably meant.
//   node tests/peers/check_test.mjs [--binary build/platform/app/civitas]
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { binary, done, folder, holds, same, section } from '../harness/peer.mjs'
import { root } from '../harness/server.mjs'

const systems = join(folder, 'systems')
const write = (path, text) => {
  mkdirSync(join(systems, path, '..'), { recursive: true })
  writeFileSync(join(systems, path), text)
}
/** What is said, in English, without the lines in Chinese. */
function check() {
  try {
    return { good: true, said: execFileSync(binary, ['check', '--home', root, '--systems', systems], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }) }
  } catch (e) {
    return { good: false, said: String(e.stderr) }
  }
}
const system = (more = '') => write('toys/system.yaml', `system: toys
title: {zh: 玩具, en: Toys}
roles:
  - {name: clerk, title: {zh: 经办, en: Clerk}}
  - {name: chief, title: {zh: 负责人, en: Chief}}
${more}`)
const toy = (more = '', access = '{role: clerk, read: "TRUE", create: "TRUE"}') => write('toys/toy.yaml', `entity: toy
title: {zh: 玩具, en: Toy}
fields:
  - {name: name, type: text, title: {zh: 名称, en: Name}, unique: true}
  - {name: kind, type: term, of: kind, title: {zh: 类别, en: Kind}}
  - {name: size, type: integer, title: {zh: 大小, en: Size}}
  - {name: keeper, type: ref, to: identity/person, title: {zh: 保管, en: Keeper}}
access: [${access}]
${more}`)
const course = (step) => `process:
  initial: new
  states:
    - {name: new, title: {zh: 新, en: New}}
    - {name: done, title: {zh: 完, en: Done}, kind: final}
  transitions:
    - {name: finish, title: {zh: 完, en: Finish}, from: new, to: done, role: clerk${step}}
`
const demo = (more) => write('toys/demo/demo.yaml', `password: Civitas-2026\n${more}`)
write('toys/terms/kind.yaml', 'terms: kind\ntitle: {zh: 类别, en: Kind}\ncodes: [{code: car, title: {zh: 车, en: Car}}, {code: doll, title: {zh: 娃娃, en: Doll}}]\n')

await section('a good system is good', () => {
  system()
  toy(course(", when: \"kind = 'car'\""))
  write('toys/demo/toys.csv', 'name,kind,size,keeper,state\n小车,car,3,toy_clerk,new\n娃娃,娃娃,,甲经办,完\n')
  demo('roles: [{name: 玩具经办, permissions: [toys.clerk]}]\ntables: [{entity: toys/toy, file: toys.csv, key: name}]\npeople: [{account: toy_clerk, name: 甲经办, roles: [玩具经办], department: MZJ}]\n')
  const found = check()
  holds('good', found.good, found.said)
})

await section('conditions, hooks and rights, all at once with their lines', () => {
  toy(`before_write: [toys.mend]\nopen: {attributes: true}\n${course(", when: \"kind = 'caar' AND size > 5 AND size < 3\", do: toys.paint")}`)
  system('jobs: [{name: tidy, title: {zh: 理, en: Tidy}, at: "02:00", do: toys.tidy}]\n')
  const { good, said } = check()
  same('refused', good, false)
  for (const part of [
    'toys/toy.yaml:17: the code list kind has no code caar; did you mean car',
    'toys/toy.yaml:17: the guard of the transition finish can never hold',
    'toys/toy.yaml:17: no action toys.paint',
    'toys/toy.yaml:9: no action toys.mend',
    'toys/toy.yaml:10: open publishes what the role public may read',
    'toys/system.yaml:6: no action toys.tidy',
  ])
    holds(part, said.includes(part), said)
  toy(course(''), '{role: clerk, read: "state = \'done\'"}')
  holds('who cannot read', check().said.includes('the transition finish is for clerk, who can never read the record in the state new'), check().said)
})

await section('demonstrations', () => {
  system()
  toy(course(''))
  demo(`rolls: []
roles:
  - {name: 玩具经办, permissions: [toys.clrek]}
tables:
  - {entity: toys/tyo, file: toys.csv}
  - {entity: toys/toy, file: nothing.csv, key: nmae}
  - {entity: toys/toy, file: wrong.csv}
people:
  - {account: toy_clerk, name: 甲经办, roles: [玩具经力], department: MZX, scopes: {halls: all}}
  - {account: citizen1, name: 乙}
`)
  write('toys/demo/wrong.csv', 'name,knid,kind,keeper,state\n小车,x,caar,toy_clrek,nwe\n')
  const { good, said } = check()
  same('refused', good, false)
  for (const part of [
    'toys/demo/demo.yaml:2: unknown key rolls; did you mean roles',
    'toys/demo/demo.yaml:4: there is no permission set toys.clrek; write SYSTEM.ROLE; did you mean toys.clerk',
    'toys/demo/demo.yaml:6: no entity toys/tyo; did you mean toys/toy',
    'toys/demo/demo.yaml:7: toys/toy has no field nmae; did you mean name',
    'toys/demo/demo.yaml:7: there is no file nothing.csv',
    'toys/demo/demo.yaml:10: there is no role 玩具经力; did you mean 玩具经办',
    'toys/demo/demo.yaml:10: there is no data scope halls',
    ': the account citizen1 is taken already',
    'toys/demo/demo.yaml:10: there is no “Department” MZX; did you mean MZJ',
    'toys/demo/wrong.csv:1: There is no column “knid”',
    'toys/demo/wrong.csv:2: “Kind” has no “caar”',
    'toys/demo/wrong.csv:2: “Toy” has no state nwe; did you mean new?',
    'toys/demo/wrong.csv:2: there is no “Person” toy_clrek; did you mean toy_clerk',
  ])
    holds(part, said.includes(part), said)
})

await done()
