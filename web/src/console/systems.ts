/** The pages of the console that belong to one system. */
import { pages_at, type SystemPage } from '../shared/system_pages'
import type { SystemMeta } from '../shared/types'

/** The platform's own page for the audit trail, which the declaration of the system `identity` puts into its menu. */
const audit: SystemPage = { name: 'audit', title: { zh: '审计日志', en: 'Audit trail' }, component: () => import('./pages/AuditPage.vue'), entrance: 'console' }

export const pages_of = (system: string): SystemPage[] => [...pages_at('console', system), ...(system === 'identity' ? [audit] : [])]
export const page_of = (system: string, name: string): SystemPage | undefined => pages_of(system).find((page) => page.name === name)
/** Pages that the server's menu offers this person. */
export const pages_in_menu = (systems: SystemMeta[]): { system: string; page: SystemPage }[] =>
  systems.flatMap((system) => system.menu.flatMap((part) => part.items.flatMap((item) => {
    const page = item.page ? page_of(system.name, item.page) : undefined
    return page ? [{ system: system.name, page }] : []
  })))
