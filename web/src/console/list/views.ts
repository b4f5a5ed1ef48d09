/** Saved views of a list: filters, order and columns under a name, one's own or shared; columns last shown, kept in this browser. */
import { api } from '../../shared/api'
import type { Values } from '../../shared/types'

export type Shared = 'none' | 'department' | 'all'
export interface SavedView {
  id: string
  name: string
  shared: Shared
  own: boolean
  by: string
  /** The declared view that it was made in. */
  view?: string
  /** The condition, as CQL2; `values` is what stands in the filters. */
  filter?: string
  values?: Values
  text?: string
  sort?: string
  columns?: string[]
}

export const read_views = async (system: string, entity: string): Promise<SavedView[]> =>
  (await api.get<{ items: SavedView[] }>('/api/v1/views', { system, entity })).items
export const save_view = (system: string, entity: string, view: Omit<SavedView, 'id' | 'own' | 'by'>): Promise<SavedView> =>
  api.post<SavedView>('/api/v1/views', { system, entity, ...view })
export const delete_view = (id: string): Promise<void> => api.delete(`/api/v1/views/${encodeURIComponent(id)}`)

interface Former { name: string; filters: Values; text: string; sort: string; columns: string[] }
function read<T>(key: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null') as T | null
  } catch {
    return null
  }
}
/** Views of before 2026-11-28 stood in the browser: they are saved once and taken out of it. */
export async function bring_former(system: string, entity: string): Promise<void> {
  const key = `civitas.views.${system}/${entity}`
  const former = read<Former[]>(key)
  if (!former?.length) return
  for (const view of former)
    await save_view(system, entity, { name: view.name, shared: 'none', values: view.filters, text: view.text, sort: view.sort, columns: view.columns }).catch(() => undefined)
  localStorage.removeItem(key)
}

export const read_columns = (key: string): string[] | null => read<string[]>(`civitas.columns.${key}`)
export function save_columns(key: string, columns: string[]): void {
  try {
    localStorage.setItem(`civitas.columns.${key}`, JSON.stringify(columns))
  } catch {
    // Without storage the choice lasts until the page is left.
  }
}
