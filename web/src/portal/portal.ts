/** What the server's declarations put into the portal: services, public lists, notices, one's cases. */
import { shallowRef } from 'vue'
import { api, entity_path } from '../shared/api'
import { t, tt } from '../shared/i18n'
import { portal_pages } from '../shared/system_pages'
import type { Entry, Field, Page, Title } from '../shared/types'

/** Without an entity it is a page of the system's own. */
export interface Service { system: string; entity: string | null; title: Title; text?: Title | null; glyph?: string | null; sign_in?: SignIn; page?: string | null }
export type SignIn = 'phone' | 'account' | 'none'
/** `when` is the condition (CQL2) of the rows that are shown; `open` of a notice, of those that may still be commented on. */
export interface PublicList { system: string; entity: string; title: Title; columns: string[]; when?: string | null; search?: boolean }
export interface NoticeList extends PublicList { open?: string | null; comment?: { system: string; entity: string; field: string } | null }
export interface Portal { title: Title; groups: { title: Title | null; services: Service[] }[]; lists: PublicList[]; notices: NoticeList[]; verify: boolean }

export interface Step { title?: Title | null; help?: Title | null; fields: Field[] }
/** `submit`: the owner's step that sends what has been made, as long as it stands in the state `initial`. `about`: a record that the form is opened for, not asked for. */
export interface ServiceForm {
  title: Title
  text?: Title | null
  sign_in: SignIn
  steps: Step[]
  follow?: { title: Title; text?: Title | null }[]
  puzzle?: boolean
  about?: Field | null
  submit?: string | null
  initial?: string | null
  after?: Title | null
  limit?: Title | null
}

export type Tone = 'ok' | 'warn' | 'bad' | 'stop' | ''
export interface CaseItem {
  system: string
  entity: string
  id: string
  number?: string | null
  title?: string | null
  service: Title
  step?: { at: number; of: number; title: Title } | null
  tone?: Tone
  updated_at: string
  waits_for_me?: boolean
  /** Sent back to the applicant: why, in the office's words. Not of drafts. */
  waits?: { title: Title; text?: string } | null
  can_rate?: boolean
}
export interface FollowStep { title: Title; text?: Title | null; at?: string | null; is: 'past' | 'now' | 'ahead' | 'cut' }
export interface PortalCase {
  service: Title
  number?: string | null
  title?: string | null
  tone?: Tone
  state?: { name: string; title: Title } | null
  follow: FollowStep[]
  limit?: Title | null
  notice?: boolean
  record: Entry
  facts: string[]
  answer: string[]
  editable?: string[]
  rate?: { field: string; transition: string | null } | null
  /** It has been made and not been sent yet. */
  initial?: boolean
}
export interface FollowedCase {
  service: Title
  number?: string | null
  title?: string | null
  tone?: Tone
  state?: { title: Title } | null
  follow: FollowStep[]
  limit?: Title | null
  facts: { title: Title; value: string | Title }[]
  answer: { title: Title; value: string | Title }[]
  created_at?: string
}

export const portal = shallowRef<Portal | null>(null)
let asked: Promise<Portal> | null = null
export function load_portal(): Promise<Portal> {
  asked ??= api.get<Portal>('/api/v1/portal').then((found) => (portal.value = found), (problem) => {
    asked = null
    throw problem
  })
  return asked
}

export const city_title = (): string => tt(portal.value?.title) || t('portal.title')
/** What a citizen calls the case: its title, unless that is nothing but its number. */
export const case_title = (one: { title?: string | null; number?: string | null; service: Title }): string => (one.title && one.title !== one.number ? one.title : tt(one.service))
export const portal_path = (...parts: string[]): string => `/api/v1/portal/${parts.map(encodeURIComponent).join('/')}`
export const service_form = (system: string, entity: string): Promise<ServiceForm> => api.get<ServiceForm>(portal_path(system, entity))
export const services = (): Service[] => portal.value?.groups.flatMap((group) => group.services) ?? []
export const service_of = (system: string, entity: string): Service | undefined => services().find((one) => one.system === system && one.entity === entity)

/** A page of the system's own instead of the generic form, where the declaration names one. */
export const own_page = (service: Service): string | undefined => (service.page ? portal_pages.find(({ system, page }) => system === service.system && page.name === service.page)?.page.path : undefined)
export const service_address = (service: Service): string => own_page(service) ?? `/service/${service.system}/${service.entity}`
export const case_address = (one: { system: string; entity: string; id: string }): string => `/cases/${one.system}/${one.entity}/${encodeURIComponent(one.id)}`

export const joined = (...conditions: (string | null | undefined)[]): string | undefined => {
  const all = conditions.filter((one): one is string => Boolean(one))
  return all.length > 1 ? all.map((one) => `(${one})`).join(' AND ') : all[0]
}
export const rows_of = (list: PublicList, query: { q?: string; filter?: string; limit?: number; after?: string | null; sort?: string } = {}): Promise<Page> =>
  api.get<Page>(entity_path(list.system, list.entity), { ...query, filter: joined(list.when, query.filter) })

/** In-app messages name a record as `/system/entity/id`. */
export const message_address = (link: string | null | undefined): string | null => {
  const [, system, entity, id] = (link ?? '').split('/')
  return id ? case_address({ system, entity, id: decodeURIComponent(id) }) : null
}
