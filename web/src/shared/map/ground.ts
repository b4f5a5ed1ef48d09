/** The ground of the city (meta.map.ground): water, green, roads with their casing, an outline. Drawn under everything else. */
import MVT from 'ol/format/MVT'
import VectorTileLayer from 'ol/layer/VectorTile'
import VectorTileSource from 'ol/source/VectorTile'
import type { FeatureLike } from 'ol/Feature'
import Fill from 'ol/style/Fill'
import Stroke from 'ol/style/Stroke'
import Style from 'ol/style/Style'
import type { GroundMeta } from '../types'
import { write } from './labels'
import { faded, token } from './tokens'

/** Widths in points at zoom 8, 10, 12, 14, 16, 18; between them they grow evenly. 0 is not drawn. */
const widths: Record<string, number[]> = {
  motorway: [0.9, 1.5, 2.8, 5.5, 10, 19], trunk: [0.7, 1.3, 2.4, 5, 9.5, 18], primary: [0, 0.9, 2.1, 4.4, 9, 17], secondary: [0, 0.7, 1.5, 3.6, 8, 15.5],
  road: [0, 0.5, 1.2, 3, 6.5, 13], tertiary: [0, 0, 1, 2.8, 6.5, 13], tunnel: [0, 0, 1.6, 3.2, 7, 14], minor: [0, 0, 0, 1.6, 5, 11], path: [0, 0, 0, 0.8, 1.6, 3],
}
const order = ['path', 'minor', 'road', 'tertiary', 'secondary', 'tunnel', 'primary', 'trunk', 'motorway']
export const zoom_of = (resolution: number): number => Math.log2(156543.034 / resolution)

export function road_width(sort: string, resolution: number): number {
  const steps = widths[sort] ?? widths.tertiary
  const at = Math.min(Math.max((zoom_of(resolution) - 8) / 2, 0), steps.length - 1.0001)
  const low = Math.floor(at)
  return steps[low] + (steps[low + 1] - steps[low]) * (at - low)
}

/** Casing below all fillings, so that roads of one class run into each other. */
export function road_styles(sort: string, resolution: number): Style[] {
  const width = road_width(sort, resolution)
  if (width < 0.3) return []
  const level = Math.max(0, order.indexOf(sort))
  const filling = token(`--map-road-${['motorway', 'trunk', 'primary'].includes(sort) ? sort : 'other'}`)
  const casing = token(`--map-case-${['motorway', 'trunk', 'primary'].includes(sort) ? sort : 'other'}`)
  if (sort === 'path') return [new Style({ stroke: new Stroke({ color: token('--map-path'), width, lineDash: [width * 2.5, width * 2] }), zIndex: 1 })]
  if (sort === 'tunnel') return [new Style({ stroke: new Stroke({ color: faded(casing, 0.8), width: width + 1.6, lineDash: [5, 4], lineCap: 'butt' }), zIndex: 2 }), new Style({ stroke: new Stroke({ color: faded(filling, 0.4), width, lineCap: 'butt' }), zIndex: 3 })]
  // From afar there is no room for a casing: a thin road is a line of its casing's colour.
  if (width < 1.4) return [new Style({ stroke: new Stroke({ color: casing, width: Math.max(width, 0.6) }), zIndex: 4 + level })]
  return [
    new Style({ stroke: new Stroke({ color: casing, width: width + (width > 5 ? 2 : 1.4) }), zIndex: 4 + level }),
    new Style({ stroke: new Stroke({ color: filling, width }), zIndex: 20 + level }),
  ]
}

/** At a past day only water is left, pale: rivers and lakes of today, to find one's way by. */
export interface GroundLook { past: boolean }

function areas(look: GroundLook): (feature: FeatureLike) => Style | undefined {
  const fill = (name: string, zIndex: number, share = 1) => new Style({ fill: new Fill({ color: share < 1 ? faded(token(name), share) : token(name) }), zIndex })
  const styles: Record<string, Style> = { green: fill('--map-green', 1), wood: fill('--map-wood', 1), campus: fill('--map-campus', 2), hospital: fill('--map-hospital', 3), water: fill('--map-water', 4, look.past ? 0.45 : 1) }
  const river = new Style({ stroke: new Stroke({ color: faded(token('--map-water'), look.past ? 0.45 : 1), width: 2.4 }), zIndex: 4 })
  return (feature) => {
    const kind = feature.get('layer') as string
    if (look.past && kind !== 'water') return undefined
    const sort = feature.get('class') as string | undefined
    if (kind === 'water') return feature.getGeometry()?.getType().includes('Line') ? river : styles.water
    return kind === 'green' ? styles[sort === 'wood' ? 'wood' : 'green'] : kind === 'campus' ? styles[sort === 'hospital' ? 'hospital' : 'campus'] : undefined
  }
}

function lines(): (feature: FeatureLike, resolution: number) => Style | Style[] | undefined {
  const kept = new Map<string, Style[]>()
  const outline = [new Style({ stroke: new Stroke({ color: faded(token('--map-boundary'), 0.22), width: 6 }), zIndex: 60 }), new Style({ stroke: new Stroke({ color: token('--map-boundary'), width: 1.6, lineDash: [10, 4, 2, 4] }), zIndex: 61 })]
  const boundary = new Style({ stroke: new Stroke({ color: token('--map-boundary'), width: 1.2, lineDash: [8, 3, 2, 3] }), zIndex: 60 })
  return (feature, resolution) => {
    const kind = feature.get('layer') as string
    if (kind === 'outline') return outline
    if (kind === 'boundary') return boundary
    const sort = (feature.get('class') as string | undefined) ?? (kind === 'road' ? 'road' : '')
    const colour = (feature.get('colour') as string | undefined) ?? ''
    const key = `${kind}/${sort}/${colour}/${Math.round(zoom_of(resolution) * 8)}`
    let found = kept.get(key)
    if (found) return found
    if (kept.size > 400) kept.clear()
    if (kind === 'road') found = road_styles(sort, resolution)
    else if (kind === 'rail') {
      const width = resolution > 40 ? 1 : resolution > 10 ? 1.6 : 2.4
      found = resolution > 160 ? [] : [new Style({ stroke: new Stroke({ color: faded(colour || token('--map-rail'), 0.75), width }), zIndex: 50 })]
    } else found = []
    kept.set(key, found)
    return found
  }
}

/** Names that the files of the ground give: of what no record bears. */
function names(): (feature: FeatureLike, resolution: number) => Style | undefined {
  return (feature, resolution) => {
    const text = String(feature.get('name') ?? '')
    const water = feature.get('on') === 'water'
    if (!text || resolution > (water ? 620 : 160)) return undefined
    const line = feature.getGeometry()?.getType().includes('Line')
    return new Style({ text: write(text, water ? '--map-water-label' : '--map-label', { size: water ? 14 : 11, italic: water, along: line }), zIndex: water ? 90 : 40 })
  }
}

export function ground_layers(ground: GroundMeta, look: GroundLook): VectorTileLayer[] {
  const source = new VectorTileSource({ format: new MVT(), url: `/api/v1/ground/${ground.version}/{z}/{x}/{y}.mvt`, maxZoom: ground.deepest, tileSize: 512 })
  const wanted = (layer: VectorTileLayer, zIndex: number) => {
    layer.setZIndex(zIndex)
    layer.set('ground', true)
    return layer
  }
  const made = [wanted(new VectorTileLayer({ source, style: areas(look), renderMode: 'hybrid' }), 1)]
  if (!look.past) made.push(wanted(new VectorTileLayer({ source, style: lines(), renderMode: 'hybrid' }), 3), wanted(new VectorTileLayer({ source, style: names(), declutter: 'names' }), 19))
  return made
}
