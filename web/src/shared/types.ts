/** The shapes of the REST contract (docs/api.md). */
import type { Scope } from './cql2'

export type Language = 'zh' | 'en'
export interface Title { zh: string; en: string }

export type FieldType =
  | 'text' | 'long_text' | 'integer' | 'decimal' | 'boolean' | 'date' | 'instant' | 'uncertain_date' | 'term' | 'ref' | 'refs'
  | 'rows' | 'code' | 'files' | 'point' | 'line' | 'polygon' | 'geometry' | 'json' | 'secret' | 'citizen_id' | 'phone' | 'time' | 'duration' | 'labels' | 'schedule' | 'computed'

export interface TermOption { code: string; title: Title; parent?: string | null }

export interface Field {
  name: string
  type: FieldType
  title: Title
  help?: Title | null
  required?: boolean
  read_only?: boolean
  min?: number | null
  max?: number | null
  pattern?: string | null
  default?: unknown
  /** The product finds the value where it is left empty. */
  defaulted?: boolean
  /** Only some records may be chosen, by what else is filled in: asked of this record type. */
  choices?: { system: string; entity: string; by: string[] }
  unique?: string | string[] | boolean | null
  search?: boolean
  masked?: boolean
  visible?: string | null
  required_if?: string | null
  options?: TermOption[]
  to?: { system: string; entity: string }
  /** A reference to one of several types; its value says which. */
  to_any?: { system: string; entity: string; title: Title }[]
  /** Rows are only added. */
  append?: boolean
  /** Encrypted at rest: how it can be looked for. */
  find?: 'none' | 'exact' | 'words'
  fields?: Field[]
  accept?: string[]
  max_files?: number | null
  /** The last day of a period: what is later is provisional, since the holidays of its year are not loaded. */
  provisional_after?: string
}

export type StateKind = 'normal' | 'stopped' | 'final' | 'rejected'
export interface ProcessState { name: string; title: Title; kind: StateKind; editable?: string[] }
export interface Transition {
  name: string
  title: Title
  from: string[]
  to: string
  role?: string | string[]
  form?: string[]
  within?: string | null
  danger?: boolean
  auto?: boolean
  side?: boolean
}
export interface Process { initial: string; states: ProcessState[]; transitions: Transition[] }

export interface Flag { name: string; title: Title; tone: 'bad' | 'warn' | 'info' }

export interface EntityMeta {
  system: string
  name: string
  title: Title
  title_field?: string
  fields: Field[]
  list: { columns: string[]; filters: string[]; sort: string[]; map?: string | null; symbol?: string; board?: string; calendar?: { from: string; to?: string }; tree?: string }
  views?: ViewMeta[]
  related?: RelatedMeta[]
  form: { title?: Title | null; fields: string[] }[]
  process?: Process | null
  statistics?: { name: string; title: Title; chart: string }[]
  documents?: { name: string; title: Title }[]
  flags?: Flag[]
  history?: boolean
  can: { create?: boolean; import?: boolean; export?: boolean }
}

export type Layout = 'list' | 'board' | 'calendar' | 'tree' | 'map'
/** A declared way to look at the records of one type. */
export interface ViewMeta { name: string; title: Title; layout: Layout; badge: boolean; columns: string[]; filters: string[]; sort: string[] }
/** Records of another type that refer to one of this type by the field `by`. */
export interface RelatedMeta { system: string; entity: string; by: string; create: boolean; title: Title }
export interface Badge { system: string; entity: string; view: string; count: number; more: boolean }

export interface MenuItem { entity?: string; page?: string; view?: string; badge?: boolean; dashboard?: string; title?: Title }
export interface SystemMeta {
  name: string
  title: Title
  menu: { title: Title; items: MenuItem[] }[]
  entities: string[]
  entity_titles?: Record<string, Title>
  roles?: { name: string; title: Title }[]
}
/** One number of a statistic: what it is grouped by, each with its value and, where there is one, its title; `drill` filters a list to its records. */
export interface Point { key: (string | null)[]; title: (string | Title | null)[]; value: number | null; records?: number; drill?: string }
export interface Statistic {
  chart?: string
  /** What the numbers are besides numbers: shares from 0 to 1, durations in seconds. */
  unit?: 'share' | 'seconds'
  groups?: { field: string; title: Title; every?: 'day' | 'month' | 'hour' | 'weekday' }[]
  series: Point[]
  /** How many groups of the first kind are not shown. */
  left_out?: number
}
export interface Panel {
  system: string
  entity: string
  title: Title
  chart: 'number' | 'bar' | 'line' | 'pie' | 'table' | 'map'
  span: number
  numbers?: Statistic
  records?: Page
  drill?: string
  problem?: Title
}
export interface Dashboard { system: string; name: string; title: Title; ratio: string; at: string; panels: Panel[] }
/** What the city's folder puts under every map: tiles of one version never change. */
export interface GroundMeta { version: string; deepest: number; kinds: string[]; sources: string[] }
export interface MapMeta { center: [number, number]; zoom: number; extent?: [number, number, number, number]; base?: string | null; ground?: GroundMeta | null }
/** `warnings`: what those who decide about deadlines have to know, such as a calendar that is not published yet. */
/** A dimension of data scopes: which records persons are assigned. */
export interface ScopeMeta { name: string; system: string; entity: string; title: Title }
export interface Meta { version: string; language: Language; systems: SystemMeta[]; scopes?: ScopeMeta[]; map: MapMeta; warnings?: Title[]; moved_to?: string }

export interface Person { id: string; name: string }
/** `type`: system/entity, where one of several types is referred to. */
export interface Reference { id: string; title: string; type?: string }
export interface FileRef { id: string; name: string; size: number; type: string }

export type ClockUnit = 'working_days' | 'days' | 'hours' | 'minutes' | 'working_hours'
/** `used`, `stopped`, `left` and `limit` are in `unit`. */
export interface Clock {
  name: string
  title: Title
  unit: ClockUnit
  limit: number
  used: number
  stopped: number
  left: number
  level: 'ok' | 'warn' | 'late' | 'stopped' | 'done'
  due_at: string
  due_on: string
  provisional: boolean
  extensions: { at: string; by: string; amount: number; step: Title; comment: string }[]
}
export interface CaseInfo {
  state: string
  entered_at: string
  clocks?: Clock[]
  /** The last day of the clock that ends first. */
  due_on?: string | null
  /** Counted over a year whose holidays are not loaded: 暂定. */
  provisional?: boolean
  limit_days?: number | null
  used_days?: number | null
  stopped_days?: number | null
  left_days?: number | null
  level: 'ok' | 'warn' | 'late' | 'stopped' | 'done'
  claimed_by?: Person | null
  urged?: number
  /** Whom a step gave it to. */
  assigned?: { person?: Person; department?: Person } | null
  /** What each party signs in a joint state. */
  parts?: CasePart[]
  /** Whether signing asks for an opinion. */
  opinion?: boolean
  /** Who acts in whose name. */
  delegated?: { from: Person; to: Person; until?: string | null }[]
  can?: { sign?: boolean; parties?: boolean; delegate?: boolean; recall?: boolean }
}
export interface CasePart {
  id: string
  person?: Person
  department?: Person
  due_at?: string | null
  /** The last day. */
  due_on?: string | null
  late?: boolean
  added_by?: string | null
  agree: boolean | null
  signed_at?: string | null
  signed_by?: string | null
  /** In whose name. */
  for?: string | null
  comment?: string | null
}

export interface Action { name: string; title: Title | string; form?: string[]; required?: string[]; danger?: boolean; side?: boolean; /** Why it cannot be taken now. */ blocked?: Title }

export type Values = Record<string, unknown>
export interface Entry extends Values {
  id: string
  version: number | string
  created_at?: string
  updated_at?: string
  state?: string
  can?: { update?: boolean; delete?: boolean }
  actions?: Action[]
  case?: CaseInfo | null
  flags?: Flag[]
  /** Names of the papers that exist now. */
  documents?: string[]
}
export interface Page<T = Entry> { items: T[]; next?: string | null; total?: number }

export interface HistoryVersion {
  version: number | string
  valid_from?: string | null
  valid_to?: string | null
  recorded_from?: string | null
  recorded_to?: string | null
  action: string
  by?: Person | null
  changed?: string[]
  record: Values
}
export interface TraceEntry {
  at: string
  by?: Person | null
  /** In whose name. */
  for?: string | null
  transition: string
  title?: Title | string | null
  from?: string | null
  to?: string | null
  comment?: string | null
  fields?: Values | null
  /** The record that a call between systems led to, or came from; its title is that of its type. `open`: one may read it. */
  record?: { system: string; entity: string; id: string; title: Title; open: boolean } | null
}

export interface Job {
  id: string
  kind: string
  title?: Title | string
  state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled'
  done: number
  total: number
  message?: Title | string | null
  result?: Record<string, unknown> | null
}
export interface ImportResult {
  good: number
  bad: number
  mode: string
  errors: { row: number; column?: string; field?: string; reason?: string; detail: string }[]
  errors_file?: string
}

export interface SessionUser {
  id: string
  account: string
  name: string
  kind: 'citizen' | 'staff'
  department?: Reference | null
  roles: string[]
  scopes?: Record<string, Scope>
  must_change_password?: boolean
  totp?: boolean
}
export interface Task {
  system: string
  entity: string
  id: string
  title: string
  number?: string | null
  state?: string
  state_title?: Title | string
  case?: CaseInfo | null
  at?: string
  flags?: Flag[]
  /** Of a copy (抄送): who sent it, and whether it was opened. */
  copied_by?: string
  read?: boolean
}
export interface SearchHit { system: string; entity: string; id: string; title: string; subtitle?: string; kind: 'record' | 'page' | 'person' }
export interface Notice { id: string; at: string; title: Title | string; text: string; link?: string | null; read: boolean }

export interface Geometry { type: 'Point' | 'LineString' | 'Polygon' | 'MultiPoint' | 'MultiLineString' | 'MultiPolygon'; coordinates: unknown }

export interface Finding {
  rule: string
  title: string | Title
  source?: string | Title
  severity: 'warn' | 'block'
  message: string | Title
  word?: string | null
  conflict?: { id?: string; code?: string; name: string; division?: string | Reference; place?: Geometry | null } | null
}
export interface CheckResult { verdict: 'pass' | 'warn' | 'block'; findings: Finding[] }
export interface MatchCandidate { code: string; name: string; full_name?: string; score: number; because?: (string | Title)[]; id?: string; place?: Geometry | null }
export interface MatchResult { verdict: 'match' | 'review' | 'none'; matches: MatchCandidate[] }
