/** Clocks of a case in words. */
import { format_deadline, format_instant } from './fields'
import { t } from './i18n'
import type { CaseInfo, Clock, ClockUnit } from './types'

/** An amount of time in the unit of its clock: 1.5 hours is 1 hour 30 minutes. */
export function span_text(value: number, unit: ClockUnit): string {
  if (unit === 'working_days' || unit === 'days') return t(`clock.${unit}`, { count: value })
  const minutes = Math.round(value * (unit === 'minutes' ? 1 : 60))
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60]
  const name = unit === 'working_hours' ? 'working_hours' : 'hours'
  if (!hours) return t('clock.minutes', { count: rest })
  return rest ? t('clock.both', { hours: t(`clock.${name}`, { count: hours }), minutes: t('clock.minutes', { count: rest }) }) : t(`clock.${name}`, { count: hours })
}

/** When it ends: a day, or to the minute; 暂定 where the year's holidays are not known. Of what stands nobody can say. */
export function due_text(clock: Clock | null | undefined): string {
  if (!clock || clock.level === 'stopped' || clock.level === 'done') return ''
  if (clock.unit === 'working_days' || clock.unit === 'days') return format_deadline(clock.due_on, clock.provisional)
  return clock.provisional ? t('provisional', { date: format_instant(clock.due_at) }) : format_instant(clock.due_at)
}

/** How much is left, or by how much it is late. */
export function left_text(clock: Clock): string {
  if (clock.level === 'stopped') return t('case.level_stopped')
  if (clock.level === 'done') return t('case.level_done')
  if (clock.level === 'late') return clock.left < 0 ? t('clock.over', { span: span_text(-clock.left, clock.unit) }) : t('clock.run_out')
  return t('clock.left', { span: span_text(clock.left, clock.unit) })
}

/** The clock that ends first of those that run; else the first of all. */
export function nearest_clock(info: CaseInfo | null | undefined): Clock | null {
  const clocks = info?.clocks ?? []
  const running = clocks.filter((clock) => clock.level !== 'stopped' && clock.level !== 'done')
  return running.reduce<Clock | null>((first, clock) => (first && first.due_at <= clock.due_at ? first : clock), null) ?? clocks[0] ?? null
}
