import { readdirSync, readFileSync } from 'node:fs'
import { beforeEach, expect, test } from 'vitest'
import { load_language } from '../../shared/i18n'
import { action_title, details, known_actions, name_of_object, who_of, type Line } from './audit_words'

const line = (more: Partial<Line>): Line => ({ sequence: '1', at: '', who: '', action: '', object: '', request: '', ...more })
const changed = line({
  action: 'parks.place_name.update', detail: { title: '解放大道', changed: ['meaning', 'gone'] },
  titles: { type: { zh: '地名', en: 'Place name' }, fields: { meaning: { zh: '地名的含义', en: 'Meaning' } } },
})
const text = (one: Line) => details(one).map((part) => `${part.label}:${part.values.map((value) => value.text).join('+')}`)
beforeEach(() => load_language('zh'))

test('fields are called as declared, their names are kept for the tooltip, and what nobody declares stays a code', async () => {
  expect(text(changed)).toEqual(['变更:地名的含义+gone'])
  expect(details(changed)[0].values).toEqual([{ text: '地名的含义', code: 'meaning' }, { text: 'gone' }])
  await load_language('en')
  expect(text(changed)).toEqual(['Changed:Meaning+gone'])
})
test('acts are called as the type and the step are', async () => {
  expect(action_title(changed)).toBe('地名 · 变更')
  const step = line({ action: 'parks.name_application.accept', detail: { because: 'transition accept' }, titles: { type: { zh: '地名申请', en: 'Name application' }, action: { zh: '受理通过', en: 'Accept' }, fields: {} } })
  expect(action_title(step)).toBe('地名申请 · 受理通过')
  expect(details(step)).toEqual([])
  expect(action_title(line({ action: 'identity.password.lost' }))).toBe('申请重设密码')
  expect(action_title(line({ action: 'other.thing' }))).toBe('other.thing')
  await load_language('en')
  expect(action_title(step)).toBe('Name application · Accept')
})
test('what an import, an export and a refused sign-in leave is told in words', () => {
  expect(text(line({ detail: { mode: 'good', good: 3, bad: 0, file: '' } }))).toEqual(['方式:只导入正确的行', '正确:3', '有误:0'])
  expect(text(line({ detail: { account: 'nobody', reason: 'identity.sign_in.refused', listed: false } }))).toEqual(['账号:nobody', '原因:账号或密码不对', '账号存在:否'])
  expect(text(line({ detail: { because: 'approved by application 武地申〔2026〕00001号' } }))).toEqual(['缘由:申请获批 武地申〔2026〕00001号'])
})
test('acts are found by the words that the list shows', async () => {
  const systems = [{ name: 'parks', title: { zh: '', en: '' }, menu: [], entities: [], entity_titles: { sign: { zh: '标牌', en: 'Sign' } } }]
  const found = (word: string) => known_actions(systems, [changed, changed]).filter((one) => one.title.includes(word)).map((one) => one.code)
  expect(found('登录')).toEqual(['identity.sign_in', 'identity.sign_in.refused'])
  expect(found('地名 · 变更')).toEqual(['parks.place_name.update'])
  expect(found('标牌 · ')).toEqual(['create', 'update', 'delete', 'import', 'export'].map((verb) => `parks.sign.${verb}`))
  await load_language('en')
  expect(found('Sign · ')).toHaveLength(5)
})
test('a record is called by its title, a person who signs in by name, and the product by a word', () => {
  expect(name_of_object(changed)).toBe('解放大道')
  const signed_in = line({ action: 'identity.sign_in', object: 'identity/person/7', who: { id: '7', name: '陈受理' } })
  expect(name_of_object(signed_in)).toBe('陈受理')
  expect(name_of_object({ ...signed_in, object: 'identity/person/8' })).toBe('')
  expect([who_of(signed_in), who_of(line({ who: { id: '0', name: 'self-registration' } }))]).toEqual(['陈受理', '自行注册'])
  expect(text(line({ detail: { title: '已无此类' } }))).toEqual([':已无此类'])
})
test('whatever the product does without rules has words for why', () => {
  const sources = (folder: string): string[] => readdirSync(folder, { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? sources(`${folder}/${one.name}`) : /\.cpp$/.test(one.name) && !/_test\.cpp$/.test(one.name) ? [`${folder}/${one.name}`] : []))
  const reasons = ['../platform', '../systems'].flatMap(sources).flatMap((path) => [...readFileSync(path, 'utf8').matchAll(/Rules::skip\(\s*"([^"]+)"\)/g)].map((match) => match[1]))
  expect(reasons.length).toBeGreaterThan(6)
  expect(reasons.filter((because) => details(line({ detail: { because } }))[0].values[0].text === because)).toEqual([])
})
