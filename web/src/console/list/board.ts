/** Which columns a board has, and how a card gets from one to another. */
import { column_field } from '../../shared/fields'
import type { Action, EntityMeta, Entry, Title } from '../../shared/types'

export interface Lane { code: string; title: Title; kind?: string }

/** Columns in the declared order; those of the ends of a course come last, as they are declared. */
export function lanes_of(meta: EntityMeta): Lane[] {
  const name = meta.list.board ?? ''
  if (name === 'state') return (meta.process?.states ?? []).map((state) => ({ code: state.name, title: state.title, kind: state.kind }))
  const field = column_field(meta, name)
  if (field?.type === 'boolean') return [{ code: 'false', title: { zh: '否', en: 'No' } }, { code: 'true', title: { zh: '是', en: 'Yes' } }]
  return (field?.options ?? []).map((option) => ({ code: option.code, title: option.title }))
}

export function lane_condition(meta: EntityMeta, code: string): string {
  const name = meta.list.board ?? ''
  if (name !== 'state' && column_field(meta, name)?.type === 'boolean') return `${name} = ${code.toUpperCase()}`
  return `${name} = '${code.replaceAll("'", "''")}'`
}

/** Where a card may perhaps go: by a declared step, or anywhere by an edit. The server decides. */
export function reachable(meta: EntityMeta, from: string): string[] {
  const all = lanes_of(meta).map((lane) => lane.code).filter((code) => code !== from)
  if (meta.list.board !== 'state') return all
  const steps = (meta.process?.transitions ?? []).filter((step) => step.from.includes(from) && !step.auto)
  return all.filter((code) => steps.some((step) => step.to === code))
}

/** The steps open to this person that lead there. */
export function steps_to(meta: EntityMeta, record: Entry, to: string): Action[] {
  const names = new Set((meta.process?.transitions ?? []).filter((step) => step.to === to).map((step) => step.name))
  return (record.actions ?? []).filter((action) => names.has(action.name))
}
