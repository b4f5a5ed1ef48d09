/** What forms, lists and differences need to know about fields, apart from how they look. */
import { holds, literal, type Context } from './cql2'
import { language, t, tt } from './i18n'
import type { CheckResult, EntityMeta, Field, FileRef, Finding, Geometry, MatchResult, Reference, Values } from './types'

export const is_geometry = (field: Field): boolean => ['point', 'line', 'polygon', 'geometry'].includes(field.type)

export function is_empty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true
  return Array.isArray(value) && value.length === 0
}

export function field_of(meta: EntityMeta, name: string): Field | undefined {
  return meta.fields.find((field) => field.name === name)
}

/** `state` is not declared as a field, but lists show and filter it. */
export function column_field(meta: EntityMeta, name: string): Field | undefined {
  const declared = field_of(meta, name)
  if (declared) return declared
  if (name === 'state' && meta.process) {
    return {
      name: 'state', type: 'term', title: { zh: '状态', en: 'State' }, read_only: true,
      options: meta.process.states.map((state) => ({ code: state.name, title: state.title })),
    }
  }
  if (name === 'created_at') return { name, type: 'instant', title: { zh: '建立时间', en: 'Created' }, read_only: true }
  if (name === 'updated_at') return { name, type: 'instant', title: { zh: '更新时间', en: 'Updated' }, read_only: true }
  return undefined
}

export const is_visible = (field: Field, context: Context): boolean => holds(field.visible, context, true)
export const is_required = (field: Field, context: Context): boolean => (!field.defaulted && Boolean(field.required)) || holds(field.required_if, context, false)
export const is_editable = (field: Field): boolean => !field.read_only && field.type !== 'code' && field.type !== 'computed'

const id_weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
/** GB 11643-1999: 17 digits and a check character. */
export function is_citizen_id(text: string): boolean {
  if (!/^\d{17}[\dX]$/.test(text)) return false
  const sum = id_weights.reduce((total, weight, at) => total + weight * Number(text[at]), 0)
  return '10X98765432'[sum % 11] === text[17]
}

/** Chinese mobile numbers, fixed lines with area code, service numbers. */
export const is_phone = (text: string): boolean => /^(1[3-9]\d{9}|0\d{2,3}-?\d{7,8}(-\d{1,6})?|[49]\d{2}-?\d{3,7}-?\d{0,4})$/.test(text)

/** "8:30" as "08:30"; null for what is no time of a day. */
export function time_of_day(text: string): string | null {
  const found = /^(\d{1,2})[:：点](\d{2})分?$/.exec(text.trim())
  return found && Number(found[1]) < 24 && Number(found[2]) < 60 ? `${found[1].padStart(2, '0')}:${found[2]}` : null
}

const spans: [RegExp, number][] = [[/^(周|weeks?)/, 604800], [/^(天|日|days?)/, 86400], [/^(小时|时|hours?|h)/, 3600], [/^(分钟|分|minutes?|min)/, 60], [/^(秒|seconds?|s)/, 1]]
/** "2 hours", "1小时30分", "1:30", seconds: how many seconds; null when it is not understood. */
export function seconds_of(value: unknown): number | null {
  let text = String(value ?? '').trim().replaceAll('：', ':')
  if (/^\d{1,10}$/.test(text)) return Number(text)
  const clock = /^(\d{1,7}):(\d{2})(?::(\d{2}))?$/.exec(text)
  if (clock) return Number(clock[2]) < 60 && Number(clock[3] ?? 0) < 60 ? Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3] ?? 0) : null
  let total = 0
  while (text) {
    const count = /^(\d{1,9})\s*/.exec(text)
    if (!count) return null
    text = text.slice(count[0].length)
    const unit = spans.find(([word]) => word.test(text))
    if (!unit) return null
    total += Number(count[1]) * unit[1]
    text = text.replace(unit[0], '').replace(/^[\s,]+/, '')
  }
  return total || null
}
/** Hours and minutes, as the server reads them again. */
export function format_duration(seconds: number): string {
  const two = (number: number) => String(number).padStart(2, '0')
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}${seconds % 60 ? `:${two(seconds % 60)}` : ''}`
}

/** Opening hours of a week, and days that differ. */
export interface Schedule { week?: Record<string, string[]>; except?: { on: string; hours: string[] }[] }
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export function format_schedule(value: unknown): string {
  const { week = {}, except = [] } = (value ?? {}) as Schedule
  const between = language() === 'zh' ? '；' : '; '
  return [
    ...weekdays.filter((day) => week[day]?.length).map((day) => `${t(`field.${day}`)} ${week[day].join(', ')}`),
    ...except.map((one) => `${one.on} ${one.hours.length ? one.hours.join(', ') : t('field.closed')}`),
  ].join(between)
}

/** What to do about a field that must not stay empty: draw, choose, add or write. */
export function needed(field: Field): string {
  const what = is_geometry(field) ? 'field.required_place' : field.type === 'files' ? 'field.required_files' : field.options || ['term', 'ref', 'refs'].includes(field.type) ? 'field.required_choice' : 'field.required'
  return t(what, { title: tt(field.title) })
}

/** A sentence when the value cannot be right, else null. The server checks again. */
export function check_value(field: Field, value: unknown, context: Context): string | null {
  if (!is_visible(field, context) || !is_editable(field)) return null
  if (is_empty(value)) return is_required(field, context) ? needed(field) : null
  if (field.masked && typeof value === 'string' && value.includes('*')) return null
  switch (field.type) {
    case 'integer':
    case 'decimal': {
      const number = Number(value)
      if (Number.isNaN(number)) return t('field.number')
      if (field.type === 'integer' && !Number.isInteger(number)) return t('field.integer')
      if (field.min != null && number < field.min) return t('field.min', { min: field.min })
      if (field.max != null && number > field.max) return t('field.max', { max: field.max })
      return null
    }
    case 'text':
    case 'long_text': {
      const text = String(value)
      const length = [...text].length
      if (field.max != null && length > field.max) return t('field.too_long', { max: field.max, now: length })
      if (field.min != null && length < field.min) return t('field.too_short', { min: field.min })
      if (field.pattern) {
        try {
          if (!new RegExp(`^(?:${field.pattern})$`, 'u').test(text)) return t('field.pattern')
        } catch {
          return null
        }
      }
      return null
    }
    case 'time': return time_of_day(String(value)) ? null : t('field.time')
    case 'duration': return seconds_of(value) === null ? t('field.duration') : field.max != null && seconds_of(value)! > field.max ? t('field.max', { max: format_duration(field.max) }) : null
    case 'labels': return field.max != null && (value as string[]).length > field.max ? t('field.max_labels', { max: field.max }) : null
    case 'citizen_id': return is_citizen_id(String(value)) ? null : t('field.citizen_id')
    case 'phone': return is_phone(String(value)) ? null : t('field.phone')
    case 'files': {
      const files = value as FileRef[]
      return field.max_files != null && files.length > field.max_files ? t('field.max_files', { max: field.max_files }) : null
    }
    case 'rows': {
      const rows = value as Values[]
      if (field.max != null && rows.length > field.max) return t('field.too_many_rows', { max: field.max, now: rows.length })
      for (const [index, row] of rows.entries()) {
        for (const inner of field.fields ?? []) {
          const problem = check_value(inner, row[inner.name], { ...context, values: row })
          if (problem) return t('field.in_row', { row: index + 1, problem })
        }
      }
      return null
    }
    default: return null
  }
}

export function check_all(fields: Field[], context: Context): Record<string, string> {
  const found: Record<string, string> = {}
  for (const field of fields) {
    const problem = check_value(field, context.values[field.name], context)
    if (problem) found[field.name] = problem
  }
  return found
}

/** How a value is written: references as ids, files as ids, emptiness as null. */
export function written(field: Field, value: unknown): unknown {
  if (is_empty(value)) return null
  switch (field.type) {
    case 'ref': return typeof value === 'object' ? (value as Reference).id : value
    case 'refs': return (value as (Reference | string)[]).map((one) => (typeof one === 'object' ? one.id : one))
    case 'files': return (value as (FileRef | string)[]).map((one) => (typeof one === 'object' ? one.id : one))
    case 'integer': return Number(value)
    case 'duration': return seconds_of(value) ?? value
    case 'rows': return (value as Values[]).map((row) => written_values(field.fields ?? [], row))
    default: return value
  }
}

export function written_values(fields: Field[], values: Values): Values {
  const body: Values = {}
  for (const field of fields) if (is_editable(field) && field.name in values) body[field.name] = written(field, values[field.name])
  return body
}

export const same = (left: unknown, right: unknown): boolean =>
  (is_empty(left) && is_empty(right)) || JSON.stringify(left ?? null) === JSON.stringify(right ?? null)

/** Only what changed is sent, so that two people who edit different fields do not undo one another. */
export function changes(fields: Field[], before: Values, after: Values): Values {
  const body: Values = {}
  for (const field of fields) {
    if (!is_editable(field)) continue
    const now = written(field, after[field.name])
    if (!same(written(field, before[field.name]), now)) body[field.name] = now
  }
  return body
}

/** Fields in the order of the form; what the form forgets follows at the end. */
export function form_sections(meta: EntityMeta): { title: string; fields: Field[] }[] {
  const used = new Set<string>()
  const sections = (meta.form ?? []).map((section) => ({
    title: tt(section.title),
    fields: section.fields.map((name) => {
      used.add(name)
      return field_of(meta, name)
    }).filter((field): field is Field => Boolean(field)),
  }))
  const rest = meta.fields.filter((field) => !used.has(field.name))
  if (rest.length) sections.push({ title: sections.length ? t('form.more') : '', fields: rest })
  return sections.filter((section) => section.fields.length)
}

export function term_path(field: Field, code: string): string[] {
  const path: string[] = []
  let at = field.options?.find((option) => option.code === code)
  while (at && path.length < 12) {
    path.unshift(at.code)
    const parent = at.parent
    at = parent ? field.options?.find((option) => option.code === parent) : undefined
  }
  return path
}

export const term_title = (field: Field, code: unknown): string => {
  const option = field.options?.find((one) => one.code === String(code))
  return option ? tt(option.title) : String(code ?? '')
}

export interface TermNode { value: string; label: string; children?: TermNode[] }
export function term_tree(field: Field): TermNode[] {
  const nodes = new Map<string, TermNode>()
  for (const option of field.options ?? []) nodes.set(option.code, { value: option.code, label: tt(option.title) })
  const roots: TermNode[] = []
  for (const option of field.options ?? []) {
    const node = nodes.get(option.code)!
    const parent = option.parent ? nodes.get(option.parent) : undefined
    if (parent) (parent.children ??= []).push(node)
    else roots.push(node)
  }
  return roots
}
export const has_tree = (field: Field): boolean => Boolean(field.options?.some((option) => option.parent && field.options!.some((one) => one.code === option.parent)))

/** A day as it stands; of an instant the day on which it was here. */
export function format_date(value: unknown): string {
  if (!value) return ''
  const text = String(value)
  return (text.includes('T') ? format_instant(text) : text).slice(0, 10)
}
/** A deadline, marked when the calendar it was counted by is not published yet. */
export const format_deadline = (value: unknown, provisional?: boolean): string => (value && provisional ? t('provisional', { date: format_date(value) }) : format_date(value))
export function format_instant(value: unknown): string {
  if (!value) return ''
  const date = new Date(String(value))
  if (Number.isNaN(date.getTime())) return String(value)
  const two = (number: number) => String(number).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`
}
/** Whether a file that somebody chose is of a declared kind; of a kind that the browser does not know the server judges. */
export const is_accepted = (accept: string[] | undefined, type: string): boolean => !accept?.length || !type || accept.some((one) => (one.endsWith('/*') ? type.startsWith(one.slice(0, -1)) : one === type))
export const accepted_kinds = (accept: string[] | undefined): string => (accept ?? []).map((one) => (one === 'image/*' ? t('file.pictures') : one === 'application/pdf' ? 'PDF' : one)).join(language() === 'zh' ? '、' : ', ')
export function format_size(bytes: number | null | undefined): string {
  if (bytes == null || !Number.isFinite(bytes)) return ''
  if (bytes < 1024) return `${bytes} B`
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(0)} KB`
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`
}

export function format_geometry(value: unknown): string {
  const geometry = value as Geometry | null
  if (!geometry?.type) return ''
  if (geometry.type === 'Point') {
    const [x, y] = geometry.coordinates as number[]
    return `${x.toFixed(6)}, ${y.toFixed(6)}`
  }
  let count = 0
  const walk = (part: unknown): void => {
    if (!Array.isArray(part)) return
    if (typeof part[0] === 'number') count++
    else part.forEach(walk)
  }
  walk(geometry.coordinates)
  // A ring ends where it begins.
  if (geometry.type.endsWith('Polygon')) count -= (geometry.type === 'Polygon' ? [geometry.coordinates] : (geometry.coordinates as unknown[])).reduce((sum: number, rings) => sum + (rings as unknown[]).length, 0)
  return t(`geometry.${geometry.type.replace('Multi', '').toLowerCase()}`, { count })
}

const findings_text = (findings: Finding[]): string => (findings.length ? [...new Set(findings.map((one) => tt(one.title)))].join(language() === 'zh' ? '、' : ', ') : t('field.no_findings'))
const terms_text = (field: Field, value: unknown): string => (Array.isArray(value) ? value : [value]).map((one) => term_title(field, one)).join(language() === 'zh' ? '、' : ', ')

export const row_text = (field: Field, row: Values): string =>
  (field.fields ?? []).filter((cell) => !is_empty(row[cell.name])).map((cell) => `${tt(cell.title)} ${as_text(cell, row[cell.name])}`).join(' · ')

/** What `as_text` says, and every row on a line of its own. */
export const full_text = (field: Field, value: unknown): string =>
  field.type === 'rows' && Array.isArray(value) ? (value as Values[]).map((row) => row_text(field, row)).join('\n') : as_text(field, value)

/** Two lists of rows beside each other: what stayed stands on one line, so does a row that kept some of its cells; what was removed or added has nothing beside it. */
export function row_pairs(field: Field, left: unknown, right: unknown): { a: string; b: string }[] {
  const [x, y] = [left, right].map((value) => (Array.isArray(value) ? (value as Values[]) : []))
  const [a, b] = [x, y].map((rows) => rows.map((row) => row_text(field, row)))
  const kept = (i: number, j: number) => (field.fields ?? []).filter((cell) => !is_empty(x[i][cell.name]) && as_text(cell, x[i][cell.name]) === as_text(cell, y[j][cell.name])).length
  // The longest common run of rows; lists are short.
  const length = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0))
  for (let i = a.length - 1; i >= 0; i--) for (let j = b.length - 1; j >= 0; j--) length[i][j] = a[i] === b[j] ? length[i + 1][j + 1] + 1 : Math.max(length[i + 1][j], length[i][j + 1])
  const pairs: { a: string; b: string }[] = []
  let gone: number[] = []
  let come: number[] = []
  const settle = () => {
    for (const i of gone) {
      const like = come.reduce((best, j) => (kept(i, j) > (best < 0 ? 0 : kept(i, best)) ? j : best), -1)
      pairs.push({ a: a[i], b: like < 0 ? '' : b[like] })
      come = come.filter((j) => j !== like)
    }
    for (const j of come) pairs.push({ a: '', b: b[j] })
    gone = []
    come = []
  }
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      settle()
      pairs.push({ a: a[i++], b: b[j++] })
    } else if (j >= b.length || (i < a.length && length[i + 1][j] >= length[i][j + 1])) gone.push(i++)
    else come.push(j++)
  }
  settle()
  return pairs
}

/** One line of text for any value: lists, differences, titles. */
export function as_text(field: Field, value: unknown): string {
  if (is_empty(value)) return ''
  switch (field.type) {
    case 'boolean': return value ? t('yes') : t('no')
    case 'date': return format_deadline(value, field.provisional_after !== undefined && format_date(value) > field.provisional_after)
    case 'instant': return format_instant(value)
    case 'term': return terms_text(field, value)
    case 'ref': return typeof value === 'object' ? (value as Reference).title : String(value)
    case 'refs': return (value as (Reference | string)[]).map((one) => (typeof one === 'object' ? one.title : one)).join(language() === 'zh' ? '、' : ', ')
    case 'files': return (value as FileRef[]).map((file) => file.name).join(', ')
    case 'duration': return typeof value === 'number' ? format_duration(value) : String(value)
    case 'labels': return (value as string[]).map((one) => (field.options ? terms_text(field, one) : one)).join(language() === 'zh' ? '、' : ', ')
    case 'schedule': return format_schedule(value)
    case 'rows': return t('field.rows_count', { count: (value as unknown[]).length })
    case 'point':
    case 'line':
    case 'polygon':
    case 'geometry': return format_geometry(value)
    default: {
      if (field.options) return terms_text(field, value)
      if (typeof value !== 'object') return String(value)
      if (typeof (value as Reference).title === 'string') return (value as Reference).title
      if (Array.isArray((value as CheckResult).findings)) return findings_text((value as CheckResult).findings)
      if (Array.isArray((value as MatchResult).matches)) return (value as MatchResult).matches.map((one) => one.full_name || one.name).join(language() === 'zh' ? '、' : ', ') || t('nothing_found')
      return format_geometry(value) || JSON.stringify(value)
    }
  }
}

/** One filter of the list as CQL2 text. A range is a pair, a text is looked for inside. */
export function filter_condition(field: Field, value: unknown): string | null {
  if (is_empty(value)) return null
  // What is encrypted is found by its whole value only.
  if (field.find) return `${field.name} = ${literal(String(value).trim())}`
  switch (field.type) {
    case 'integer':
    case 'decimal':
    case 'date':
    case 'instant': {
      const [low, high] = value as [unknown, unknown]
      const shown = (one: unknown) => (field.type === 'date' ? `DATE('${one}')` : String(Number(one)))
      // A day begins where the times in the list are read, and it ends with its last fraction of a second.
      const midnight = (one: unknown, later: number) => {
        const [year, month, day] = String(one).split('-').map(Number)
        return `TIMESTAMP('${new Date(year, month - 1, day + later).toISOString()}')`
      }
      const instant = field.type === 'instant'
      const parts: string[] = []
      if (!is_empty(low)) parts.push(`${field.name} >= ${instant ? midnight(low, 0) : shown(low)}`)
      if (!is_empty(high)) parts.push(instant ? `${field.name} < ${midnight(high, 1)}` : `${field.name} <= ${shown(high)}`)
      return parts.length ? parts.join(' AND ') : null
    }
    case 'boolean': return `${field.name} = ${value ? 'TRUE' : 'FALSE'}`
    case 'term':
    case 'ref':
    case 'refs': {
      const codes = (Array.isArray(value) ? value : [value]).map((one) => literal(String(typeof one === 'object' ? (one as Reference).id : one)))
      if (field.type === 'refs') return `A_OVERLAPS(${field.name}, (${codes.join(', ')}))`
      return codes.length === 1 ? `${field.name} = ${codes[0]}` : `${field.name} IN (${codes.join(', ')})`
    }
    case 'labels': return `A_CONTAINS(${field.name}, (${literal(String(value))}))`
    case 'time': return `${field.name} = ${literal(time_of_day(String(value)) ?? String(value))}`
    case 'duration': return `${field.name} = ${seconds_of(value) ?? 0}`
    case 'code': return `${field.name} LIKE ${literal(`${String(value)}%`)}`
    default: return `${field.name} LIKE ${literal(`%${String(value)}%`)}`
  }
}

export function filter_text(meta: EntityMeta, values: Values): string | undefined {
  const parts: string[] = []
  for (const name of Object.keys(values)) {
    const field = column_field(meta, name)
    const part = field && filter_condition(field, values[name])
    if (part) parts.push(part)
  }
  return parts.length ? parts.join(' AND ') : undefined
}

export const days_text = (days: number | null | undefined): string => (days == null ? '–' : Number.isInteger(days) ? String(days) : days.toFixed(1))

const browsers: [RegExp, string][] = [[/MicroMessenger/, 'WeChat'], [/Edg\//, 'Edge'], [/OPR\//, 'Opera'], [/QQBrowser/, 'QQ'], [/360SE|360EE|QihooBrowser/, '360'], [/Firefox\//, 'Firefox'], [/Chrome\//, 'Chrome'], [/Safari\//, 'Safari']]
const machines: [RegExp, string][] = [[/OpenHarmony|HarmonyOS/, 'HarmonyOS'], [/Android/, 'Android'], [/iPhone/, 'iPhone'], [/iPad/, 'iPad'], [/Windows/, 'Windows'], [/Mac OS X/, 'macOS'], [/UOS/, 'UOS'], [/Kylin/i, 'Kylin'], [/Linux/, 'Linux']]
/** What a person recognises in a User-Agent: "Chrome · Windows"; the text itself when neither is known. */
export function device_name(agent: string | null | undefined): string {
  const text = agent ?? ''
  const known = [browsers, machines].map((list) => list.find(([pattern]) => pattern.test(text))?.[1]).filter(Boolean)
  return known.join(' · ') || text || t('account.unknown_agent')
}
