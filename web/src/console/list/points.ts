import { language, tt } from '../../shared/i18n'
import type { Title } from '../../shared/types'

/** One number of a statistic; it may be grouped by several fields, each with its value and, where there is one, its title. */
export interface Point { key: (string | null)[]; title: (string | Title | null)[]; value: number }

export function label_of(point: Point, nothing: string): string {
  return point.key.map((key, at) => tt(point.title[at]) || key || nothing).join(language() === 'zh' ? '、' : ', ')
}
