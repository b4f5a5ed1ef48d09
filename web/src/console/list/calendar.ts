/** Days of a calendar's page, the condition for what lies in it, and on which days a record stands. */
import { field_of } from '../../shared/fields'
import type { EntityMeta, Entry } from '../../shared/types'

export type Span = 'month' | 'week'
const pad = (n: number) => String(n).padStart(2, '0')
export const day_text = (day: Date): string => `${day.getFullYear()}-${pad(day.getMonth() + 1)}-${pad(day.getDate())}`
export const day_of = (text: string): Date => {
  const [year, month, day] = text.split('-').map(Number)
  return new Date(year, month - 1, day)
}
export const plus = (day: Date, days: number): Date => new Date(day.getFullYear(), day.getMonth(), day.getDate() + days)
const monday = (day: Date): Date => plus(day, -((day.getDay() + 6) % 7))

/** Whole weeks, from a Monday. */
export function days_shown(span: Span, around: string): string[] {
  const day = day_of(around)
  const first = monday(span === 'week' ? day : new Date(day.getFullYear(), day.getMonth(), 1))
  const last = span === 'week' ? plus(first, 6) : plus(monday(new Date(day.getFullYear(), day.getMonth() + 1, 0)), 6)
  const out: string[] = []
  for (let one = first; one <= last; one = plus(one, 1)) out.push(day_text(one))
  return out
}

export function turned(span: Span, around: string, by: 1 | -1): string {
  const day = day_of(around)
  return day_text(span === 'week' ? plus(day, 7 * by) : new Date(day.getFullYear(), day.getMonth() + by, 1))
}

const is_day = (meta: EntityMeta, name: string) => field_of(meta, name)?.type === 'date'
function edge(meta: EntityMeta, name: string, day: string): string {
  return is_day(meta, name) ? `DATE('${day}')` : `TIMESTAMP('${day_of(day).toISOString()}')`
}
/** What begins by the last day and ends, or begins, from the first on. */
export function calendar_condition(meta: EntityMeta, days: string[]): string {
  const { from, to } = meta.list.calendar!
  const before = day_text(plus(day_of(days[days.length - 1]), 1))
  const begins = `${from} < ${edge(meta, from, before)}`
  const later = `${from} >= ${edge(meta, from, days[0])}`
  return to ? `${begins} AND (${later} OR ${to} >= ${edge(meta, to, days[0])})` : `${begins} AND ${later}`
}

const civil = (meta: EntityMeta, name: string, value: unknown): string => (is_day(meta, name) ? String(value) : day_text(new Date(String(value))))
/** On each day shown: its records, those that began first at the top. */
export function by_day(meta: EntityMeta, days: string[], items: Entry[]): Record<string, Entry[]> {
  const { from, to } = meta.list.calendar!
  const out: Record<string, Entry[]> = Object.fromEntries(days.map((day) => [day, []]))
  for (const item of [...items].sort((a, b) => String(a[from]).localeCompare(String(b[from])))) {
    if (!item[from]) continue
    const first = civil(meta, from, item[from])
    const last = to && item[to] ? civil(meta, to, item[to]) : first
    for (const day of days) if (day >= first && day <= (last < first ? first : last)) out[day].push(item)
  }
  return out
}
export function time_text(meta: EntityMeta, item: Entry, day: string): string {
  const { from } = meta.list.calendar!
  if (is_day(meta, from)) return ''
  const at = new Date(String(item[from]))
  return day_text(at) === day ? `${pad(at.getHours())}:${pad(at.getMinutes())}` : ''
}
