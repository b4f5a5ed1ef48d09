import { field_of } from './fields'
import type { EntityMeta, Field } from './types'

/** The fields a transition asks for. A name with `!` must be filled in; `comment` is not a field of the record. */
export function action_fields(meta: EntityMeta, names: string[] | undefined, needed: string[] = []): Field[] {
  const all = [...(names ?? [])]
  for (const name of needed) if (!all.some((item) => item.replace(/!$/, '') === name)) all.push(name)
  return all.map((item) => {
    const name = item.replace(/!$/, '')
    const required = item.endsWith('!') || needed.includes(name)
    const declared = field_of(meta, name)
    if (declared) return { ...declared, read_only: false, required: required || Boolean(declared.required), visible: null }
    return { name, type: 'long_text' as const, title: name === 'comment' ? { zh: '意见', en: 'Comment' } : { zh: name, en: name }, required }
  })
}
