import { describe, expect, it, vi } from 'vitest'
import { Cql2Error, evaluate, holds, literal } from './cql2'

const context = { values: { kind: 'rename', storeys: 12, name: '望江路', empty: '', division: { id: 'd7', title: '武昌区', code: '420106' }, community: { id: 'd8', title: '琴断口街', code: '420105008000' }, chosen: { id: 'd9' }, team: { id: 'p5' }, other: { id: 'p6' }, list: [], done: true, on: '2026-11-21' }, me: 'u1', today: '2026-11-21', department: 'p3', scopes: { division: { codes: ['420106', '4401'] }, department: { ids: ['p3', 'p5'] }, grid: { everything: true } }, old: { kind: 'new' } }
const value = (text: string) => evaluate(text, context)

describe('conditions', () => {
  it('compares text, numbers, dates and booleans', () => {
    expect(value("kind = 'rename'")).toBe(true)
    expect(value("kind <> 'rename'")).toBe(false)
    expect(value('storeys >= 12')).toBe(true)
    expect(value('storeys > 12')).toBe(false)
    expect(value('storeys < 100')).toBe(true)
    expect(value('storeys + 3 = 15')).toBe(true)
    expect(value('storeys > -1')).toBe(true)
    expect(value('done = TRUE')).toBe(true)
    expect(value("on <= DATE('2026-12-01')")).toBe(true)
    expect(value('on < today()')).toBe(false)
  })
  it('takes the day of the place, not of UTC, for today', () => {
    const zone = process.env.TZ
    process.env.TZ = 'Asia/Shanghai'
    vi.useFakeTimers({ now: new Date('2026-11-21T16:30:00Z') })
    try {
      expect(evaluate("today() = '2026-11-22'", { values: {} })).toBe(true)
    } finally {
      vi.useRealTimers()
      process.env.TZ = zone
    }
  })
  it('joins with AND, OR, NOT in the order of SQL', () => {
    expect(value("kind = 'new' OR kind = 'rename' AND storeys = 12")).toBe(true)
    expect(value("(kind = 'new' OR kind = 'rename') AND storeys = 1")).toBe(false)
    expect(value("NOT kind = 'new'")).toBe(true)
    expect(value("not (kind = 'new' or storeys = 12)")).toBe(false)
  })
  it('knows IN, BETWEEN, LIKE and IS NULL', () => {
    expect(value("kind IN ('rename', 'cancel')")).toBe(true)
    expect(value("kind NOT IN ('rename', 'cancel')")).toBe(false)
    expect(value('storeys BETWEEN 10 AND 12')).toBe(true)
    expect(value("name LIKE '望%'")).toBe(true)
    expect(value("name LIKE '望_'")).toBe(false)
    expect(value("name NOT LIKE '%巷'")).toBe(true)
    expect(value('empty IS NULL')).toBe(true)
    expect(value('list IS NULL')).toBe(true)
    expect(value('missing IS NOT NULL')).toBe(false)
    expect(value('name IS NOT NULL')).toBe(true)
  })
  it('treats what is unknown as SQL does', () => {
    expect(value("missing = 'x'")).toBeNull()
    expect(value("NOT missing = 'x'")).toBeNull()
    expect(value("missing = 'x' OR storeys = 12")).toBe(true)
    expect(value("missing = 'x' AND storeys = 1")).toBe(false)
    expect(value("missing IN ('x')")).toBeNull()
  })
  it('takes references by id, one step of reference, and the functions of the platform', () => {
    expect(value("division = 'd7'")).toBe(true)
    expect(value("division.code LIKE '4201%'")).toBe(true)
    expect(value('division IN my_divisions()')).toBe(true)
    expect(value('community IN my_divisions()')).toBe(false)
    expect(value("community NOT IN my_scope('division')")).toBe(true)
    expect(value('missing IN my_divisions()')).toBeNull()
    expect(value('team = my_department()')).toBe(false)
    expect(value("my_department() = 'p3'")).toBe(true)
    expect(value('team IN my_departments()')).toBe(true)
    expect(value("other IN my_scope('department')")).toBe(false)
    expect(value("other IN my_scope('hall')")).toBe(false)
    expect(value("other IN my_scope('grid')")).toBe(true)
    expect(value("me() = 'u1'")).toBe(true)
    expect(value("old(kind) = 'new'")).toBe(true)
  })
  it('reads quotes inside quotes', () => {
    expect(evaluate("a = 'it''s'", { values: { a: "it's" } })).toBe(true)
    expect(literal("it's")).toBe("'it''s'")
  })
  it('refuses what it cannot read, and then lets the server decide', () => {
    expect(() => value('kind =')).toThrow(Cql2Error)
    expect(() => value("kind ~ 'x'")).toThrow(Cql2Error)
    expect(() => value('shout(kind)')).toThrow(Cql2Error)
    expect(() => value('team IN my_scope(hall)')).toThrow(Cql2Error)
    for (const condition of ['chosen IN my_divisions()', "any(list, id = me())", "took_part(me(), 'verify')"])
      expect([holds(condition, context, true), holds(condition, context, false)]).toEqual([true, false])
    expect(holds('team IN my_departments()', { values: context.values }, true)).toBe(true)
    expect(holds('kind =', context, true)).toBe(true)
    expect(holds('kind =', context, false)).toBe(false)
  })
  it('counts unknown as not true', () => {
    expect(holds("missing = 'x'", context)).toBe(false)
    expect(holds(null, context, true)).toBe(true)
    expect(holds('', context, false)).toBe(false)
  })
})
