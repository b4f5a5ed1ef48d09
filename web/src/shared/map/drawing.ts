/** Styles and sources of the map; colours come from the design tokens so that dark mode holds on the canvas too. */
import Feature from 'ol/Feature'
import MVT from 'ol/format/MVT'
import GeoJSON from 'ol/format/GeoJSON'
import { LineString, MultiPoint, Point, Polygon, type Geometry as OlGeometry } from 'ol/geom'
import VectorLayer from 'ol/layer/Vector'
import VectorTileLayer from 'ol/layer/VectorTile'
import TileLayer from 'ol/layer/Tile'
import type BaseLayer from 'ol/layer/Base'
import type { FeatureLike } from 'ol/Feature'
import VectorSource from 'ol/source/Vector'
import VectorTileSource from 'ol/source/VectorTile'
import XYZ from 'ol/source/XYZ'
import CircleStyle from 'ol/style/Circle'
import Fill from 'ol/style/Fill'
import Stroke from 'ol/style/Stroke'
import Style from 'ol/style/Style'
import Text from 'ol/style/Text'
import type { Geometry } from '../types'
import { font, write } from './labels'
import { names_style, shapes_style, symbol_of } from './names'
import { faded, token } from './tokens'

export type LayerLook = 'boundary' | 'name' | 'historic' | 'sign' | 'candidate' | 'conflict' | 'plain' | 'number'

export interface MapFeature { id: string; title?: string; place: Geometry; number?: number; look?: LayerLook }

export interface MapLayer {
  id: string
  title: string
  look?: LayerLook
  /** Vector tiles of a declared entity … */
  tiles?: { system: string; entity: string; stamp?: string | number; query?: string }
  /** … or features at hand. */
  features?: MapFeature[]
  visible?: boolean
  opacity?: number
  /** Clicks are reported for it. */
  active?: boolean
  /** Of the tiles only what has these values: of all names those in use. */
  only?: Record<string, string>
  max_resolution?: number
}

export const format = new GeoJSON({ dataProjection: 'EPSG:4326', featureProjection: 'EPSG:3857' })

export function read_geometry(geometry: Geometry): OlGeometry {
  const read = format.readGeometry(geometry)
  if (!read) throw new Error(`unreadable geometry ${geometry.type}`)
  return read
}

function label(text: string, colour: string, size = 12, weight = 'normal', above = false): Text {
  return new Text({
    text, font: font(size, weight), offsetY: above ? -13 : 0, padding: [1, 2, 1, 2],
    fill: new Fill({ color: colour }), stroke: new Stroke({ color: faded(token('--map-halo'), 0.92), width: 3 }),
  })
}

const palette: Record<string, string> = {
  boundary: '--map-boundary', name: '--c-brand', historic: '--map-historic', sign: '--c-ok',
  candidate: '--c-warn', conflict: '--c-bad', plain: '--c-brand', number: '--c-brand',
}

/**
 * Styles of a look. Dots are drawn once and shared by all features; tokens are read once, for a layer is built anew when the theme changes.
 * The function runs for every feature of every frame's tiles.
 */
export function look_style(look: LayerLook): (feature: FeatureLike, resolution: number) => Style | Style[] {
  const surface = token('--c-surface')
  const map_label = token('--map-label')
  const colours = new Map<LayerLook, string>()
  const dots = new Map<string, CircleStyle>()
  const plain = new Map<string, Style>()
  const colour_of = (own: LayerLook) => {
    let found = colours.get(own)
    if (!found) colours.set(own, (found = token(palette[own] ?? '--c-brand')))
    return found
  }
  const dot_of = (own: LayerLook, radius: number, width: number) => {
    const key = `${own}/${radius}`
    let found = dots.get(key)
    if (!found) dots.set(key, (found = new CircleStyle({ radius, fill: new Fill({ color: colour_of(own) }), stroke: new Stroke({ color: surface, width }) })))
    return found
  }
  /** What has no text is the same for every feature. */
  const same = (key: string, make: () => Style) => {
    let found = plain.get(key)
    if (!found) plain.set(key, (found = make()))
    return found
  }
  return (feature, resolution) => {
    const own = (feature.get('look') as LayerLook | undefined) ?? look
    const kind = feature.getGeometry()?.getType() ?? 'Point'
    const colour = colour_of(own)
    const title = () => String(feature.get('title') ?? feature.get('name') ?? '')
    if (own === 'boundary') {
      // The server marks the one tile of an area that carries its name.
      const text = resolution < 260 && resolution > 24 && kind.includes('Polygon') && feature.get('labelled') ? write(title(), '--map-boundary-label', { size: 14, weight: 600, spaced: true }) : undefined
      const make = () => new Style({ stroke: new Stroke({ color: colour, width: 1.1, lineDash: [8, 3, 2, 3] }), text, zIndex: text ? 85 : 0 })
      return text ? make() : same('boundary', make)
    }
    const named = resolution < 40 || own === 'candidate' || own === 'conflict' || own === 'number'
    if (kind.includes('Point')) {
      const number = feature.get('number') as number | undefined
      if (number !== undefined) return new Style({ image: dot_of(own, 11, 2), text: new Text({ text: String(number), font: font(12, '700'), fill: new Fill({ color: token('--c-on-brand') }) }), zIndex: 100 - number })
      const image = dot_of(own, own === 'conflict' ? 8 : 5.5, 1.5)
      return named ? new Style({ image, text: label(title(), map_label, 12, 'normal', true) }) : same(`dot/${own}`, () => new Style({ image }))
    }
    // From afar a small area is a dot, or nobody would see it.
    const extent = feature.getGeometry()?.getExtent()
    if (kind.includes('Polygon') && extent && Math.max(extent[2] - extent[0], extent[3] - extent[1]) < 9 * resolution) {
      const image = dot_of(own, 5.5, 1.5)
      return new Style({ geometry: new Point([(extent[0] + extent[2]) / 2, (extent[1] + extent[3]) / 2]), image, text: named ? label(title(), map_label, 12, 'normal', true) : undefined })
    }
    const width = kind.includes('Line') ? 3.5 : 2
    const make = (text?: Text) => new Style({ stroke: new Stroke({ color: colour, width }), fill: new Fill({ color: faded(colour, 0.16) }), text })
    return named ? make(label(title(), map_label)) : same(`shape/${own}/${width}`, () => make())
  }
}

function corners(geometry: OlGeometry | undefined): MultiPoint | undefined {
  if (geometry instanceof LineString) return new MultiPoint(geometry.getCoordinates())
  if (geometry instanceof Polygon) return new MultiPoint(geometry.getCoordinates().flat())
  return undefined
}

export function edit_style(): Style[] {
  const colour = token('--c-bad')
  return [
    new Style({
      stroke: new Stroke({ color: token('--c-surface'), width: 6 }),
    }),
    new Style({
      fill: new Fill({ color: faded(colour, 0.15) }),
      stroke: new Stroke({ color: colour, width: 3 }),
      image: new CircleStyle({ radius: 8, fill: new Fill({ color: colour }), stroke: new Stroke({ color: token('--c-surface'), width: 2.5 }) }),
    }),
    new Style({
      geometry: (feature) => corners(feature.getGeometry() as OlGeometry | undefined),
      image: new CircleStyle({ radius: 5, fill: new Fill({ color: token('--c-surface') }), stroke: new Stroke({ color: colour, width: 2 }) }),
    }),
  ]
}

export function highlight_style(): (feature: FeatureLike) => Style {
  const colour = token('--c-warn')
  const image = new CircleStyle({ radius: 16, fill: new Fill({ color: faded(colour, 0.28) }), stroke: new Stroke({ color: colour, width: 3 }) })
  const thin = new Style({ image, stroke: new Stroke({ color: faded(colour, 0.5), width: 11 }) })
  // One looks through an area at what lies in it.
  const area = new Style({ stroke: new Stroke({ color: faded(colour, 0.6), width: 5 }), fill: new Fill({ color: faded(colour, 0.08) }) })
  return (feature) => (feature.getGeometry()?.getType().includes('Polygon') ? area : thin)
}

/** `prefix` keeps the ids of several layers apart when they are put together. */
export function to_features(features: MapFeature[], prefix?: string): Feature<OlGeometry>[] {
  return features.filter((one) => one.place).map((one) => {
    const feature = new Feature<OlGeometry>({ geometry: read_geometry(one.place), title: one.title, number: one.number, look: one.look })
    feature.setId(prefix ? `${prefix}/${one.id}` : one.id)
    return feature
  })
}

export function tile_url(tiles: NonNullable<MapLayer['tiles']>): string {
  const parts = [tiles.query, tiles.stamp !== undefined ? `stamp=${encodeURIComponent(String(tiles.stamp))}` : ''].filter(Boolean)
  return `/api/v1/${tiles.system}/${tiles.entity}/tiles/{z}/{x}/{y}.mvt${parts.length ? `?${parts.join('&')}` : ''}`
}

/** Sources are shared: two layers of one address load its tiles once. */
export type Sources = Map<string, VectorTileSource>
function tile_source(url: string, sources: Sources): VectorTileSource {
  let found = sources.get(url)
  if (!found) sources.set(url, (found = new VectorTileSource({ format: new MVT({ idProperty: 'id' }), url, maxZoom: 18 })))
  return found
}

/** What a layer looks like: names have their areas and lines below the roads of the ground, all else is one layer. */
export function build_layers(layer: MapLayer, order: number, with_ground: boolean, sources: Sources): BaseLayer[] {
  const look = layer.look ?? 'plain'
  const common = { visible: layer.visible ?? true, opacity: layer.opacity ?? 1, properties: { id: layer.id } }
  if (layer.tiles) {
    const only = Object.entries(layer.only ?? {})
    const among = <T,>(style: (feature: FeatureLike, resolution: number) => T) => (feature: FeatureLike, resolution: number) => (only.every(([key, value]) => feature.get(key) === value) ? style(feature, resolution) : undefined)
    const source = tile_source(tile_url(layer.tiles), sources)
    const tiled = (style: (feature: FeatureLike, resolution: number) => Style | Style[] | undefined, zIndex: number, declutter: boolean) =>
      new VectorTileLayer({ ...common, declutter, style: among(style), maxResolution: layer.max_resolution, source, zIndex })
    const other = look_style(look)
    if (look === 'boundary') return [tiled(other, 4, true)]
    if (look !== 'name' && look !== 'historic') return [tiled(other, 10 + order, true)]
    // What declares no symbol is drawn as it always was.
    const named = names_style(look === 'historic' ? '--map-historic' : undefined)
    const above = tiled((feature, resolution) => (symbol_of(feature) ? named(feature, resolution) : other(feature, resolution)), 20 + order, true)
    return look === 'historic' ? [tiled(historic_shapes(), 6, false), above] : [tiled(shapes_style('areas', with_ground), 0.5, false), tiled(shapes_style('lines', with_ground), 2, false), above]
  }
  return [new VectorLayer({ ...common, declutter: look !== 'number', style: look_style(look), source: new VectorSource({ features: to_features(layer.features ?? []) }), zIndex: 30 + order })]
}

/** What was: lines and borders in the colour of old paper. */
function historic_shapes(): (feature: FeatureLike, resolution: number) => Style | undefined {
  const colour = token('--map-historic')
  const line = new Style({ stroke: new Stroke({ color: faded(colour, 0.7), width: 2, lineDash: [6, 3] }) })
  const area = new Style({ stroke: new Stroke({ color: faded(colour, 0.6), width: 1.4, lineDash: [6, 3] }), fill: new Fill({ color: faded(colour, 0.1) }) })
  return (feature, resolution) => {
    const kind = feature.getGeometry()?.getType() ?? 'Point'
    return resolution > 40 || kind.includes('Point') ? undefined : kind.includes('Polygon') ? area : line
  }
}

/** The city's own tiles through our proxy; an address of another site would be a request that leaves the city. */
export function base_layer(address: string): BaseLayer | null {
  if (!address.startsWith('/')) return null
  return new TileLayer({ source: new XYZ({ url: address, maxZoom: 19 }), properties: { id: 'base' } })
}
