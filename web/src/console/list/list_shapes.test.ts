import { describe, expect, it } from 'vitest'
import type { EntityMeta, Entry } from '../../shared/types'
import { lane_condition, lanes_of, reachable, steps_to } from './board'
import { by_day, calendar_condition, days_shown, turned } from './calendar'

const title = { zh: '', en: '' }
const meta: EntityMeta = {
  system: 's', name: 'e', title, title_field: 'name', form: [], can: {},
  fields: [
    { name: 'name', type: 'text', title },
    { name: 'grade', type: 'term', title, options: [{ code: 'a', title }, { code: "b'c", title }] },
    { name: 'lit', type: 'boolean', title }, { name: 'begins', type: 'date', title }, { name: 'ends', type: 'date', title },
  ],
  list: { columns: ['name'], filters: [], sort: [], board: 'state', calendar: { from: 'begins', to: 'ends' } },
  process: {
    initial: 'new',
    states: [{ name: 'new', title, kind: 'normal' }, { name: 'open', title, kind: 'normal' }, { name: 'done', title, kind: 'final' }],
    transitions: [
      { name: 'take', title, from: ['new'], to: 'open' }, { name: 'expire', title, from: ['new'], to: 'done', auto: true },
      { name: 'finish', title, from: ['open'], to: 'done' }, { name: 'stay', title, from: ['open'], to: 'same' },
    ],
  },
}
const of_board = (board: string): EntityMeta => ({ ...meta, list: { ...meta.list, board } })

describe('a board', () => {
  it('has a column for each state, code, or answer', () => {
    expect(lanes_of(meta).map((lane) => lane.code)).toEqual(['new', 'open', 'done'])
    expect(lanes_of(of_board('grade')).map((lane) => lane.code)).toEqual(['a', "b'c"])
    expect(lane_condition(of_board('grade'), "b'c")).toBe("grade = 'b''c'")
    expect(lane_condition(of_board('lit'), 'false')).toBe('lit = FALSE')
  })
  it('moves by steps that people take, or by an edit', () => {
    expect(reachable(meta, 'new')).toEqual(['open'])
    expect(reachable(meta, 'done')).toEqual([])
    expect(reachable(of_board('grade'), 'a')).toEqual(["b'c"])
    const record = { id: '1', version: 1, state: 'open', actions: [{ name: 'finish', title }, { name: 'stay', title }] } as Entry
    expect(steps_to(meta, record, 'done').map((action) => action.name)).toEqual(['finish'])
    expect(steps_to(meta, record, 'new')).toEqual([])
  })
})

describe('a calendar', () => {
  it('shows whole weeks from a Monday', () => {
    const month = days_shown('month', '2026-11-20')
    expect([month[0], month.at(-1), month.length]).toEqual(['2026-10-26', '2026-12-06', 42])
    expect(days_shown('week', '2027-01-02')).toEqual(['2026-12-28', '2026-12-29', '2026-12-30', '2026-12-31', '2027-01-01', '2027-01-02', '2027-01-03'])
    expect(days_shown('month', '2027-02-10').length).toBe(28)
  })
  it('turns by a month or a week', () => {
    expect(turned('month', '2026-12-31', 1)).toBe('2027-01-01')
    expect(turned('month', '2027-03-31', -1)).toBe('2027-02-01')
    expect(turned('week', '2026-12-31', 1)).toBe('2027-01-07')
  })
  it('asks for what lies in it and puts it on each of its days', () => {
    expect(calendar_condition(meta, ['2026-11-02', '2026-11-03'])).toBe("begins < DATE('2026-11-04') AND (begins >= DATE('2026-11-02') OR ends >= DATE('2026-11-02'))")
    const items = [{ id: '1', begins: '2026-11-01', ends: '2026-11-02' }, { id: '2', begins: '2026-11-03' }, { id: '3', begins: '2026-11-03', ends: '2026-11-01' }, { id: '4' }] as unknown as Entry[]
    const placed = by_day(meta, ['2026-11-02', '2026-11-03'], items)
    expect(placed['2026-11-02'].map((item) => item.id)).toEqual(['1'])
    expect(placed['2026-11-03'].map((item) => item.id)).toEqual(['2', '3'])
  })
})
