/** Pages that belong to one system live in its folder and are found by the build. */
import type { Component } from 'vue'
import { take_choices_from } from '../shared/session'
import type { SystemMeta, TermOption, Title } from '../shared/types'

export interface SystemPage {
  name: string
  title: Title
  component: () => Promise<{ default: Component }>
  entrance: 'console' | 'portal'
  /** Takes the place of this entity's generic list, or of a record of it. */
  list_of?: string
  record_of?: string
  /** Stands under the facts of a record of this entity, which it is given as `record`. */
  part_of?: string
}

/** By `entity.field` or `entity.field.column`: what a list of codes is chosen from, where the declaration cannot say it. */
export type Choices = Record<string, () => Promise<TermOption[]>>

const found = import.meta.glob<{ pages: SystemPage[]; choices?: Choices }>('../../../systems/*/pages/pages.ts', { eager: true })
const by_system = new Map<string, SystemPage[]>()
const choices = new Map<string, Choices>()
for (const [path, module] of Object.entries(found)) {
  const system = /systems\/([^/]+)\/pages/.exec(path)?.[1]
  if (!system) continue
  by_system.set(system, module.pages.filter((page) => page.entrance === 'console'))
  if (module.choices) choices.set(system, module.choices)
}
take_choices_from((system, entity, field) => choices.get(system)?.[`${entity}.${field}`]?.())

/** The platform's own page for the audit trail, which the declaration of the system `identity` puts into its menu. */
by_system.set('identity', [
  ...(by_system.get('identity') ?? []),
  { name: 'audit', title: { zh: '审计日志', en: 'Audit trail' }, component: () => import('./pages/AuditPage.vue'), entrance: 'console' },
])

export const pages_of = (system: string): SystemPage[] => by_system.get(system) ?? []
export const page_of = (system: string, name: string): SystemPage | undefined => pages_of(system).find((page) => page.name === name)
/** Pages that the server's menu offers this person. */
export const pages_in_menu = (systems: SystemMeta[]): { system: string; page: SystemPage }[] =>
  systems.flatMap((system) => system.menu.flatMap((part) => part.items.flatMap((item) => {
    const page = item.page ? page_of(system.name, item.page) : undefined
    return page ? [{ system: system.name, page }] : []
  })))
