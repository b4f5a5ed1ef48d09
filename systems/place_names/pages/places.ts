import { api } from '@/shared/api'
import { literal } from '@/shared/cql2'
import type { Geometry, Page } from '@/shared/types'

const known = new Map<string, Promise<Geometry | null>>()

/** Where the standard name with this code lies; answers of matching need not carry it. */
export function place_of_code(code: string): Promise<Geometry | null> {
  let found = known.get(code)
  if (!found) {
    found = api.get<Page>('/api/v1/place_names/place_name', { filter: `code = ${literal(code)}`, fields: 'code,name,place', limit: 1 }).then((page) => (page.items[0]?.place as Geometry | undefined) ?? null, () => null)
    known.set(code, found)
  }
  return found
}
