import type { Ground } from '@/shared/system_pages'

/** Without a base map the borders are the ground of every map. */
export const ground: Ground[] = [{ entity: 'division', look: 'boundary', title: { zh: '政区界线', en: 'Boundaries' } }]
