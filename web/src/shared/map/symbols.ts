/**
 * The symbols that declarations may name (`symbol:` of a code): how large a scale must be before one is drawn and named, what
 * comes first where two collide, and a glyph. Resolutions are metres a point: zoom 10 is 153, 12 is 38, 14 is 9.6, 16 is 2.4.
 */
export type Family = 'road' | 'rail' | 'water' | 'green' | 'transit' | 'culture' | 'public' | 'trade' | 'land' | 'works'

export interface Symbol { family: Family; seen: number; named: number; rank: number; glyph?: string }

const disc = 'M8 4.6a3.4 3.4 0 1 0 0 6.8 3.4 3.4 0 0 0 0-6.8z'
const columns = 'M8 2.6 2.8 5.8v1h10.4v-1zM4 7.6h1.4v3.8H4zM7.3 7.6h1.4v3.8H7.3zM10.6 7.6H12v3.8h-1.4zM2.8 12.2h10.4v1.4H2.8z'
const house = 'M4 13.4V3.4h5.4v3h2.6v7zM5.4 5h1.2v1.3H5.4zM5.4 7.6h1.2v1.3H5.4zM5.4 10.2h1.2v1.3H5.4zM7.6 5h1v1.3h-1zM7.6 7.6h1v1.3h-1zM9.9 8h1v1.3h-1zM9.9 10.4h1v1.3h-1z'
const tree = 'M8 2.4 4.6 7h1.6L3.8 10.6h3.5v3h1.4v-3h3.5L9.8 7h1.6z'
const train = 'M4.6 3.2h6.8c.7 0 1.2.5 1.2 1.2v5.4c0 .8-.6 1.4-1.3 1.4l1 1.9h-1.5l-.8-1.6H6l-.8 1.6H3.7l1-1.9c-.7 0-1.3-.6-1.3-1.4V4.4c0-.7.5-1.2 1.2-1.2zM5 4.8v2.4h6V4.8zM5.7 8.5a.8.8 0 1 0 0 1.6.8.8 0 0 0 0-1.6zM10.3 8.5a.8.8 0 1 0 0 1.6.8.8 0 0 0 0-1.6z'
const wave = 'M2.4 6.2c1.5-1.6 2.9-1.6 4.3-.3 1.3 1.2 2.6 1.2 4-.2l1.7-1.2 1.2 1.3c-2.3 2.5-4.6 3-7 .9-1-.9-1.8-.9-3 .5zM2.4 10.6c1.5-1.6 2.9-1.6 4.3-.3 1.3 1.2 2.6 1.2 4-.2l1.7-1.2 1.2 1.3c-2.3 2.5-4.6 3-7 .9-1-.9-1.8-.9-3 .5z'
const spire = 'M8 1.8 6.7 5.4H5.2v1.5h.6l-.7 5.2H3.8v1.5h8.4v-1.5h-1.3l-.7-5.2h.6V5.4H9.3z'
const gate = 'M2.2 4.2C6 4.9 10 4.9 13.8 4.2l.4 1.7-1.4.2v1.2h-1v6.3h-1.5V7.3H5.7v6.3H4.2V7.3h-1V6.1l-1.4-.2z'

export const symbols: Record<string, Symbol> = {
  airport: { family: 'transit', seen: 320, named: 160, rank: 90, glyph: 'M7.2 2.6c0-.9 1.6-.9 1.6 0v3.2l4.8 3.2v1.5L8.8 9v2.7l1.5 1.1v1.1L8 13.2l-2.3.7v-1.1l1.5-1.1V9l-4.8 1.5V9l4.8-3.2z' },
  train: { family: 'transit', seen: 160, named: 110, rank: 88, glyph: train },
  port: { family: 'transit', seen: 60, named: 40, rank: 60, glyph: 'M8 1.9a1.7 1.7 0 0 0-.8 3.2v1.3H5v1.5h2.2v4.4c-1.7-.3-2.9-1.3-3.3-2.9l1 .3-1.7-3-1.3 3.1.8-.1c.5 2.8 2.4 4.4 5.3 4.4s4.8-1.6 5.3-4.400l.8.1-1.3-3.1-1.7 3 1-.3c-.4 1.6-1.6 2.6-3.3 2.900V7.900H11V6.400H8.800V5.100A1.7 1.7 0 0 0 8 1.900z' },
  bus: { family: 'transit', seen: 24, named: 12, rank: 50, glyph: train },
  station: { family: 'transit', seen: 22, named: 10, rank: 40, glyph: train },
  highway: { family: 'road', seen: 400, named: 80, rank: 70 },
  road: { family: 'road', seen: 400, named: 22, rank: 30 },
  bridge: { family: 'road', seen: 400, named: 42, rank: 66 },
  tunnel: { family: 'road', seen: 400, named: 24, rank: 44 },
  junction: { family: 'road', seen: 20, named: 10, rank: 28 },
  railway: { family: 'rail', seen: 400, named: 11, rank: 26 },
  river: { family: 'water', seen: 2000, named: 800, rank: 96, glyph: wave },
  lake: { family: 'water', seen: 2000, named: 400, rank: 80, glyph: wave },
  reservoir: { family: 'water', seen: 2000, named: 160, rank: 60, glyph: wave },
  well: { family: 'water', seen: 10, named: 5, rank: 8, glyph: disc },
  dike: { family: 'works', seen: 60, named: 14, rank: 22 },
  power: { family: 'works', seen: 20, named: 8, rank: 12, glyph: 'M9.6 1.8 3.8 9h3.400l-.8 5.200L12.2 7H8.800z' },
  telecom: { family: 'works', seen: 20, named: 8, rank: 12, glyph: spire },
  park: { family: 'green', seen: 80, named: 30, rank: 52, glyph: tree },
  scenic: { family: 'green', seen: 80, named: 60, rank: 64, glyph: tree },
  mountain: { family: 'land', seen: 80, named: 60, rank: 58, glyph: 'M8.9 3.2 1.8 13h12.400zM6 11.400l2.9-4.5 2.6 4.500z' },
  island: { family: 'land', seen: 160, named: 80, rank: 60, glyph: disc },
  district: { family: 'land', seen: 200, named: 120, rank: 84 },
  settlement: { family: 'land', seen: 80, named: 40, rank: 50, glyph: disc },
  village: { family: 'land', seen: 40, named: 20, rank: 40, glyph: disc },
  monument: { family: 'culture', seen: 15, named: 8, rank: 46, glyph: gate },
  temple: { family: 'culture', seen: 15, named: 8, rank: 45, glyph: gate },
  tower: { family: 'culture', seen: 42, named: 22, rank: 56, glyph: spire },
  square: { family: 'public', seen: 15, named: 10, rank: 42, glyph: 'M3 3h10v10H3zM5 5v6h6V5z' },
  building: { family: 'public', seen: 10, named: 5.5, rank: 24, glyph: house },
  office: { family: 'public', seen: 13, named: 7, rank: 32, glyph: columns },
  school: { family: 'public', seen: 13, named: 7, rank: 34, glyph: columns },
  hospital: { family: 'public', seen: 13, named: 7, rank: 36, glyph: 'M6.4 2.600h3.200v3.800h3.800v3.200H9.600v3.800H6.400V9.600H2.600V6.400h3.800z' },
  market: { family: 'trade', seen: 14, named: 8, rank: 26, glyph: 'M3 3h10l1 3.400c0 1-.7 1.6-1.5 1.600v5.400h-9V8C2.7 8 2 7.4 2 6.400zM5 8.800v3h6v-3z' },
  company: { family: 'trade', seen: 10, named: 5.5, rank: 20, glyph: house },
}

/** The colour token of each family: of glyphs, and of what is written. */
export const family_colour: Record<Family, string> = {
  road: '--map-label', rail: '--map-rail', water: '--map-water-label', green: '--map-green-label', transit: '--map-transit', culture: '--map-culture', public: '--map-public', trade: '--map-trade', land: '--map-label', works: '--map-works',
}

/** Of several dots in a legend only one of each family is worth a line. */
export const legend_symbols = ['road', 'station', 'train', 'airport', 'lake', 'park', 'mountain', 'monument', 'tower', 'office', 'building', 'square', 'settlement'] as const
