/** The declared entities the portal speaks to by name. */
import { api, entity_path } from '../shared/api'
import type { Entry, Page } from '../shared/types'
import type { Query } from '../shared/api'

export const system = 'place_names'
export const path = (entity: string, ...more: string[]): string => entity_path(system, entity, ...more)
export const list = (entity: string, query: Query = {}): Promise<Page> => api.get<Page>(path(entity), query)
export const one = (entity: string, id: string): Promise<Entry> => api.get<Entry>(path(entity, id))

/** The steps a citizen sees; several states of the office are one step to them. */
export const steps = ['submitted', 'checked', 'reviewed', 'noticed', 'done'] as const
const step_of_state: Record<string, number> = {
  draft: -1, checking: 0, correcting: 0, district_review: 1, expert_review: 2, city_decision: 2, noticed: 3, filing: 4, completed: 5,
}
/** How many steps are behind; the next one is being done. */
export const step_at = (state: string | undefined): number => step_of_state[state ?? ''] ?? -1

export function state_tone(state: string | undefined): string {
  if (state === 'completed' || state === 'solved') return 'ok'
  if (state === 'correcting') return 'warn'
  if (state === 'rejected' || state === 'withdrawn' || state === 'declined') return 'bad'
  return ''
}
