import { expect, test } from 'vitest'
import { load_language } from '../../shared/i18n'
import { label_of } from './points'

test('a number is called by the titles of what it is grouped by, never by their ids', async () => {
  await load_language('zh')
  expect(label_of({ key: ['23510'], title: [{ zh: '街巷', en: 'Street or lane' }], value: 3 }, '未填')).toBe('街巷')
  expect(label_of({ key: ['244197733208064', 'street'], title: ['武昌区', { zh: '街路巷', en: 'Street' }], value: 3 }, '未填')).toBe('武昌区、街路巷')
  expect(label_of({ key: ['A', null], title: [null, null], value: 3 }, '未填')).toBe('A、未填')
  await load_language('en')
  expect(label_of({ key: ['23510', ''], title: [{ zh: '街巷', en: 'Street or lane' }, null], value: 3 }, 'not given')).toBe('Street or lane, not given')
})
