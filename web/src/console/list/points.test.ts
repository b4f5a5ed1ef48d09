import { expect, test } from 'vitest'
import { load_language } from '../../shared/i18n'
import { label_of, number_text, short_days, table_of } from './points'

test('a number is called by the titles of what it is grouped by, never by their ids', async () => {
  await load_language('zh')
  expect(label_of({ key: ['23510'], title: [{ zh: '街巷', en: 'Street or lane' }], value: 3 }, '未填')).toBe('街巷')
  expect(label_of({ key: ['244197733208064', 'street'], title: ['武昌区', { zh: '街路巷', en: 'Street' }], value: 3 }, '未填')).toBe('武昌区、街路巷')
  expect(label_of({ key: ['A', null], title: [null, null], value: 3 }, '未填')).toBe('A、未填')
  await load_language('en')
  expect(label_of({ key: ['23510', ''], title: [{ zh: '街巷', en: 'Street or lane' }, null], value: 3 }, 'not given')).toBe('Street or lane, not given')
})

test('a second group makes rows of numbers over the categories of the first', async () => {
  await load_language('zh')
  const point = (key: string[], value: number) => ({ key, title: key, value })
  const { categories, rows } = table_of({ groups: [{ field: 'a', title: { zh: '', en: '' } }, { field: 'b', title: { zh: '', en: '' } }], series: [point(['甲', '开'], 3), point(['甲', '结'], 1), point(['乙', '结'], 2)] }, '未填')
  expect(categories.map((one) => one.label)).toEqual(['甲', '乙'])
  expect(rows.map((row) => [row.label, ...row.points.map((one) => one?.value ?? null)])).toEqual([['开', 3, null], ['结', 1, 2]])
})

test('numbers are written as people read them', async () => {
  await load_language('zh')
  expect(number_text(0.1234, 'share')).toBe('12.3%')
  expect(number_text(21.4567)).toBe('21.46')
  expect(number_text(123456.7)).toBe('123,457')
  expect(number_text(null)).toBe('–')
  expect(number_text(5400, 'seconds')).toContain('1')
  expect(short_days(['2026-11-01', '2026-11-02'])).toEqual(['11-01', '11-02'])
  expect(short_days(['2025-12-31', '2026-01-01'])).toEqual(['2025-12-31', '2026-01-01'])
})
