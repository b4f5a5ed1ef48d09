import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { doer } from './doers'
import { load_language } from './i18n'

test('a person has a name, the product a reason in the language of the page', async () => {
  await load_language('en')
  expect([doer('陈受理'), doer(undefined), doer('首次启动'), doer('event parks.place_name.update')]).toEqual(['陈受理', '', 'first start', 'the system'])
  await load_language('zh')
  expect(doer('self-registration')).toBe('自行注册')
})
test('every reason that the product signs with is said in both', async () => {
  const sources = (folder: string): string[] => readdirSync(folder, { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? sources(`${folder}/${one.name}`) : /(?<!_test)\.cpp$/.test(one.name) ? [`${folder}/${one.name}`] : []))
  const names = ['../platform', '../systems'].flatMap(sources).flatMap((path) => [...readFileSync(path, 'utf8').matchAll(/system_principal\("([^"]+)"/g)].map((match) => match[1]))
  expect(names.length).toBeGreaterThan(4)
  await load_language('en')
  expect(names.map(doer).filter((name) => /[\u4e00-\u9fff]/.test(name))).toEqual([])
  await load_language('zh')
  expect(names.map(doer).filter((name) => !/[\u4e00-\u9fff]/.test(name))).toEqual([])
})
