import { format_duration } from '../../shared/fields'
import { language, tt } from '../../shared/i18n'
import type { Point, Statistic } from '../../shared/types'

export type { Point }

export function label_of(point: Point, nothing: string): string {
  return point.key.map((_, at) => part_of(point, at, nothing)).join(language() === 'zh' ? '、' : ', ')
}
const part_of = (point: Point, at: number, nothing: string): string => tt(point.title[at]) || point.key[at] || nothing

/** A number as people read it. */
export function number_text(value: number | null | undefined, unit?: Statistic['unit']): string {
  if (value === null || value === undefined) return '–'
  if (unit === 'share') return `${Math.round(value * 1000) / 10}%`
  if (unit === 'seconds') return format_duration(Math.round(value))
  const digits = Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 100 ? 1 : 2
  return new Intl.NumberFormat(language() === 'zh' ? 'zh-CN' : 'en', { maximumFractionDigits: digits }).format(value)
}

/** What a chart draws: a category for each value of the first group, a row of numbers for each value of the second. */
export interface Table {
  categories: { key: string | null; label: string }[]
  rows: { label: string; points: (Point | null)[] }[]
}
export function table_of(statistic: Statistic, nothing: string): Table {
  const two = (statistic.groups?.length ?? statistic.series[0]?.key.length ?? 0) > 1
  const places = new Map<string | null, number>()
  const categories: Table['categories'] = []
  for (const point of statistic.series) {
    const key = point.key[0] ?? null
    if (places.has(key)) continue
    places.set(key, categories.length)
    categories.push({ key, label: part_of(point, 0, nothing) })
  }
  const rows = new Map<string | null, Table['rows'][number]>()
  for (const point of statistic.series) {
    const key = two ? (point.key[1] ?? null) : null
    if (!rows.has(key)) rows.set(key, { label: two ? part_of(point, 1, nothing) : '', points: categories.map(() => null) })
    rows.get(key)!.points[places.get(point.key[0] ?? null)!] = point
  }
  return { categories, rows: [...rows.values()] }
}

/** Days of one year are called by month and day alone. */
export function short_days(labels: string[]): string[] {
  const years = new Set(labels.map((label) => label.slice(0, 4)))
  return years.size === 1 && labels.every((label) => /^\d{4}-\d{2}-\d{2}$/.test(label)) ? labels.map((label) => label.slice(5)) : labels
}
