import { is_geometry } from '../../shared/fields'
import type { MapLayer } from '../../shared/map/drawing'
import type { EntityMeta, Entry, Geometry } from '../../shared/types'

/** Where a record lies, for its map; nothing when it lies nowhere. */
export function record_layers(meta: EntityMeta, record: Entry, title: string): MapLayer[] {
  const field = meta.fields.find((one) => is_geometry(one) && record[one.name])
  return field ? [{ id: 'place', title, look: 'candidate', features: [{ id: record.id, title, place: record[field.name] as Geometry }] }] : []
}
