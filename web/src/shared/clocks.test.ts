import { beforeAll, expect, test } from 'vitest'
import { due_text, left_text, nearest_clock, span_text } from './clocks'
import { load_language } from './i18n'
import type { CaseInfo, Clock } from './types'

beforeAll(() => load_language('zh'))
const clock = (more: Partial<Clock>): Clock => ({ name: 'limit', title: { zh: '全部办理', en: 'The whole case' }, unit: 'working_days', limit: 20, used: 3, stopped: 0, left: 17, level: 'ok', due_at: '2026-12-18T16:00:00Z', due_on: '2026-12-18', provisional: false, extensions: [], ...more })

test('amounts of time are said in hours and minutes, days whole', () => {
  expect(span_text(5, 'working_days')).toBe('5 个工作日')
  expect(span_text(2, 'days')).toBe('2 天')
  expect(span_text(1.5, 'hours')).toBe('1 小时 30 分钟')
  expect(span_text(4, 'working_hours')).toBe('4 个工作小时')
  expect(span_text(90, 'minutes')).toBe('1 小时 30 分钟')
  expect(span_text(0.25, 'hours')).toBe('15 分钟')
})
test('what is left, late, stopped or done', () => {
  expect(left_text(clock({}))).toBe('剩 17 个工作日')
  expect(left_text(clock({ level: 'late', left: -2 }))).toBe('超期 2 个工作日')
  expect(left_text(clock({ level: 'late', left: 0 }))).toBe('已超期')
  expect(left_text(clock({ level: 'stopped' }))).toBe('计时暂停')
})
test('the end is a day or a minute, provisional or unknown', () => {
  expect(due_text(clock({}))).toBe('2026-12-18')
  expect(due_text(clock({ provisional: true }))).toBe('2026-12-18（暂定）')
  expect(due_text(clock({ unit: 'minutes' }))).toMatch(/^2026-12-1[89] \d\d:\d\d$/)
  expect(due_text(clock({ level: 'stopped' }))).toBe('')
  expect(due_text(null)).toBe('')
})
test('the nearest end of what runs comes first', () => {
  const info = (clocks: Clock[]) => ({ clocks }) as unknown as CaseInfo
  const step = clock({ name: 'step', due_at: '2026-11-27T16:00:00Z' })
  expect(nearest_clock(info([clock({}), step]))?.name).toBe('step')
  expect(nearest_clock(info([clock({}), { ...step, level: 'stopped' }]))?.name).toBe('limit')
  expect(nearest_clock(info([{ ...step, level: 'stopped' }]))?.name).toBe('step')
  expect(nearest_clock(null)).toBe(null)
})
