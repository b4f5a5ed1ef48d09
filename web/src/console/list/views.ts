/** Saved views of a list: filters, order and columns under a name, kept in this browser. */
import type { Values } from '../../shared/types'

export interface View { name: string; filters: Values; text: string; sort: string; columns: string[] }

function read<T>(key: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null') as T | null
  } catch {
    return null
  }
}
function write(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value))
  } catch {
    // Without storage the choice lasts until the page is left.
  }
}
export const read_views = (key: string): View[] => read<View[]>(`civitas.views.${key}`) ?? []
export function save_view(key: string, view: View): View[] {
  const all = [...read_views(key).filter((one) => one.name !== view.name), view]
  write(`civitas.views.${key}`, all)
  return all
}
export function delete_view(key: string, name: string): View[] {
  const all = read_views(key).filter((one) => one.name !== name)
  write(`civitas.views.${key}`, all)
  return all
}
export const read_columns = (key: string): string[] | null => read<string[]>(`civitas.columns.${key}`)
export const save_columns = (key: string, columns: string[]): void => write(`civitas.columns.${key}`, columns)
