/** What belongs to one system and no declaration can say lives in its folder's `pages/pages.ts` and is found by the build. */
import type { Component } from 'vue'
import { take_choices_from } from './session'
import type { TermOption, Title } from './types'

export interface SystemPage {
  name: string
  title: Title
  component: () => Promise<{ default: Component }>
  entrance: 'console' | 'portal'
  /** Takes the place of this entity's generic list, or of a record of it (console). */
  list_of?: string
  record_of?: string
  /** Stands under the facts of a record of this entity, which it is given as `record` (console). */
  part_of?: string
  /** The address of a page of the portal, with its parameters: `/apply`, `/names/:id`. */
  path?: string
}

/** An address that the portal had before, and where it leads now: `{from: '/names/:id', to: '/list/parks/park/:id'}`. */
export interface FormerAddress { from: string; to: string }

/** Records that every map shows under its own layers: borders, names. `only`: those with these values in their list's columns. */
export interface Ground { entity: string; look: 'boundary' | 'name'; title: Title; max_resolution?: number; only?: Record<string, string> }

/** By `entity.field` or `entity.field.column`: what a list of codes is chosen from, where the declaration cannot say it. */
export type Choices = Record<string, () => Promise<TermOption[]>>

interface SystemModule {
  pages?: SystemPage[]
  former?: FormerAddress[]
  ground?: Ground[]
  choices?: Choices
  /** What this system's actions are called where a history or the audit trail tells of them: by verb, or by the English reason; one that ends with `*` begins what is asked for. */
  acts?: Record<string, Title>
}

const found = import.meta.glob<SystemModule>('../../../systems/*/pages/pages.ts', { eager: true })
const modules = new Map<string, SystemModule>()
for (const [path, module] of Object.entries(found)) {
  const system = /systems\/([^/]+)\/pages/.exec(path)?.[1]
  if (system) modules.set(system, module)
}
take_choices_from((system, entity, field) => modules.get(system)?.choices?.[`${entity}.${field}`]?.())

const every = <T>(part: (system: string, module: SystemModule) => T[] | undefined): T[] => [...modules].flatMap(([system, module]) => part(system, module) ?? [])

export const pages_at = (entrance: SystemPage['entrance'], system: string): SystemPage[] => (modules.get(system)?.pages ?? []).filter((page) => page.entrance === entrance)
export const portal_pages: { system: string; page: SystemPage }[] = every((system, module) => module.pages?.filter((page) => page.entrance === 'portal').map((page) => ({ system, page })))
export const former_addresses: FormerAddress[] = every((_system, module) => module.former)
export const grounds: (Ground & { system: string })[] = every((system, module) => module.ground?.map((one) => ({ ...one, system })))
const acts = new Map<string, Title>(every((_system, module) => Object.entries(module.acts ?? {})))
export function act_title(name: string): Title | undefined {
  const whole = acts.get(name)
  if (whole) return whole
  for (const [key, title] of acts) {
    const rest = key.endsWith('*') && name.startsWith(key.slice(0, -1)) ? name.slice(key.length - 1) : ''
    if (rest) return { zh: `${title.zh} ${rest}`, en: `${title.en} ${rest}` }
  }
  return undefined
}
