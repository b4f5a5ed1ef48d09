import type { Ground } from '@/shared/system_pages'

/** Borders are on every map. */
export const ground: Ground[] = [{ entity: 'division', look: 'boundary', title: { zh: '政区界线', en: 'Boundaries' } }]
