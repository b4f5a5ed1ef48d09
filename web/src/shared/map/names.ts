/**
 * Records by the symbol that their code declares: areas and lines below the roads of the ground, so that what is not in its files is
 * drawn too; names and glyphs above everything.
 */
import type { FeatureLike } from 'ol/Feature'
import CircleStyle from 'ol/style/Circle'
import Fill from 'ol/style/Fill'
import Icon from 'ol/style/Icon'
import Stroke from 'ol/style/Stroke'
import Style from 'ol/style/Style'
import { road_styles } from './ground'
import { write } from './labels'
import { family_colour, symbols, type Symbol } from './symbols'
import { faded, token } from './tokens'

export const symbol_of = (feature: FeatureLike): Symbol | undefined => symbols[String(feature.get('symbol') ?? '')]
const badge = 18

/** A white glyph on a disc of the family's colour, drawn once. */
export function glyph_canvas(symbol: Symbol, pixel_ratio = 2, size = badge): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = size * pixel_ratio
  const pen = canvas.getContext('2d')
  if (!pen) return canvas
  pen.scale((size * pixel_ratio) / badge, (size * pixel_ratio) / badge)
  pen.beginPath()
  pen.arc(9, 9, 8.6, 0, 7)
  pen.fillStyle = token('--map-halo')
  pen.fill()
  pen.beginPath()
  pen.arc(9, 9, 7.6, 0, 7)
  pen.fillStyle = token(family_colour[symbol.family])
  pen.fill()
  if (symbol.glyph) {
    pen.translate(3.2, 3.2)
    pen.scale(0.725, 0.725)
    pen.fillStyle = token('--map-glyph')
    pen.fill(new Path2D(symbol.glyph), 'evenodd')
  }
  return canvas
}

/** Areas of the records, below the ground's own (a park may hold a lake), or their lines, above; without a symbol nothing is drawn here. */
export function shapes_style(of: 'areas' | 'lines', with_ground: boolean): (feature: FeatureLike, resolution: number) => Style | Style[] | undefined {
  const area = (fill: string, share: number, line?: string) => new Style({ fill: new Fill({ color: faded(token(fill), share) }), stroke: line ? new Stroke({ color: faded(token(line), 0.5), width: 1 }) : undefined })
  const areas: Partial<Record<string, Style>> = { water: area('--map-water', 1), green: area('--map-green', 1), public: area('--map-campus', 0.8), land: area('--map-wood', 0.6), culture: area('--map-campus', 0.9, '--map-culture') }
  const any = area('--map-campus', 0.6, '--map-label')
  const rail = new Style({ stroke: new Stroke({ color: faded(token('--map-rail'), 0.5), width: 1.4 }) })
  const water = new Style({ stroke: new Stroke({ color: token('--map-water'), width: 2 }) })
  const roads = new Map<string, Style[]>()
  return (feature, resolution) => {
    const symbol = symbol_of(feature)
    if (!symbol || resolution > symbol.seen) return undefined
    const kind = feature.getGeometry()?.getType() ?? 'Point'
    if (kind.includes('Polygon')) return of === 'areas' ? (areas[symbol.family] ?? any) : undefined
    if (!kind.includes('Line') || of === 'areas') return undefined
    if (symbol.family === 'rail') return with_ground ? undefined : rail
    if (symbol.family === 'water') return water
    const sort = feature.get('symbol') === 'tunnel' ? 'tunnel' : 'minor'
    const key = `${sort}/${Math.round(resolution * 20)}`
    let found = roads.get(key)
    if (!found) roads.set(key, (found = road_styles(sort, resolution)))
    return found
  }
}

/** How much of the map a record takes, in points: a name is not longer than what it names. */
const points = (feature: FeatureLike, resolution: number) => Number(feature.get('size') ?? 0) / resolution

/** Names and glyphs. `tone`: the colour of all of them, as of historical names. */
export function names_style(tone?: string): (feature: FeatureLike, resolution: number) => Style | Style[] | undefined {
  const icons = new Map<string, Icon>()
  const icon_of = (name: string, symbol: Symbol, small: boolean) => {
    const key = `${name}/${small}`
    let found = icons.get(key)
    if (!found) icons.set(key, (found = new Icon({ img: glyph_canvas(symbol), scale: small ? 0.36 : 0.5 })))
    return found
  }
  const dot = new CircleStyle({ radius: 3, fill: new Fill({ color: token(tone ?? '--map-label') }), stroke: new Stroke({ color: token('--map-halo'), width: 1.2 }) })
  return (feature, resolution) => {
    const name = String(feature.get('symbol') ?? '')
    const symbol = symbols[name]
    const text = String(feature.get('title') ?? '')
    if (!symbol || resolution > symbol.seen) return undefined
    const kind = feature.getGeometry()?.getType() ?? 'Point'
    const colour = tone ?? family_colour[symbol.family]
    const large = points(feature, resolution)
    const zIndex = symbol.rank + Math.min(9, large / 200)
    if (kind.includes('Line')) {
      const major = large > 260 && symbol.family === 'road'
      if (resolution > (major ? Math.max(symbol.named, 42) : symbol.named) || large < text.length * 9) return undefined
      const size = resolution < 3 ? 13 : resolution < 8 ? 12 : 11
      return new Style({ text: write(text, symbol.family === 'water' ? '--map-water-label' : colour, { along: true, size, italic: symbol.family === 'water' }), zIndex })
    }
    if (kind.includes('Polygon')) {
      // In its own tile once; of what is far larger than the view, a river, in each tile.
      const in_sight = feature.get('labelled') || large > 3000
      if (!in_sight || resolution > symbol.named * 2 || large < 26 + text.length * (symbol.family === 'water' ? 5 : 9)) return undefined
      const size = symbol.family === 'water' ? Math.min(17, 11 + large / 160) : 12
      return new Style({ text: write(text, colour, { size, italic: symbol.family === 'water', wrap: 8, weight: symbol.family === 'water' && large > 500 ? 600 : 'normal' }), zIndex })
    }
    if (symbol.family === 'road' || symbol.family === 'rail') return resolution > symbol.named ? undefined : new Style({ image: dot, text: write(text, colour, { size: 11, below: 6 }), zIndex })
    if (symbol.family === 'water') return resolution > symbol.named ? undefined : new Style({ text: write(text, colour, { size: 12, italic: true }), zIndex })
    const image = symbol.glyph ? (tone ? dot : icon_of(name, symbol, resolution > symbol.named)) : undefined
    const named = resolution <= symbol.named
    if (!image && !named) return undefined
    return new Style({ image, text: named ? write(text, colour, { size: symbol.rank > 55 ? 13 : 12, weight: symbol.rank > 80 ? 600 : 'normal', below: image ? 11 : 0 }) : undefined, zIndex })
  }
}
