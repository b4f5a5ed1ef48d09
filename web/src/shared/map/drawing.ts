/** Styles and sources of the map; colours come from the design tokens so that dark mode holds on the canvas too. */
import Feature from 'ol/Feature'
import MVT from 'ol/format/MVT'
import GeoJSON from 'ol/format/GeoJSON'
import { LineString, MultiPoint, Polygon, type Geometry as OlGeometry } from 'ol/geom'
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
import { token } from './tokens'

export type LayerLook = 'boundary' | 'road' | 'name' | 'sign' | 'candidate' | 'conflict' | 'plain' | 'number'

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
  max_resolution?: number
}

export const format = new GeoJSON({ dataProjection: 'EPSG:4326', featureProjection: 'EPSG:3857' })

export function read_geometry(geometry: Geometry): OlGeometry {
  const read = format.readGeometry(geometry)
  if (!read) throw new Error(`unreadable geometry ${geometry.type}`)
  return read
}

export function faded(colour: string, share: number): string {
  const hex = /^#([0-9a-f]{6})$/i.exec(colour)
  if (!hex) return colour
  const value = parseInt(hex[1], 16)
  return `rgb(${(value >> 16) & 255} ${(value >> 8) & 255} ${value & 255} / ${share})`
}

const font = (size: number, weight = 'normal') => `${weight} ${size}px system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif`

function label(text: string, colour: string, size = 12, weight = 'normal', above = false, overflow = false): Text {
  return new Text({
    text, font: font(size, weight), overflow, offsetY: above ? -13 : 0,
    fill: new Fill({ color: colour }), stroke: new Stroke({ color: faded(token('--c-surface'), 0.9), width: 3 }),
  })
}

const palette: Record<string, string> = {
  boundary: '--map-boundary', road: '--map-road-case', name: '--c-brand', sign: '--c-ok',
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
  const land = faded(token('--map-land'), 0.55)
  const road = [new Style({ stroke: new Stroke({ color: colour_of('road'), width: 5 }) }), new Style({ stroke: new Stroke({ color: token('--map-road'), width: 3 }) })]
  return (feature, resolution) => {
    const own = (feature.get('look') as LayerLook | undefined) ?? look
    const kind = feature.getGeometry()?.getType() ?? 'Point'
    if (own === 'road') return kind.includes('Line') ? road : []
    const colour = colour_of(own)
    const title = () => String(feature.get('title') ?? feature.get('name') ?? '')
    if (own === 'boundary') {
      // The server marks the one tile of an area that carries its name.
      const text = resolution < 260 && kind.includes('Polygon') && feature.get('labelled') ? label(title(), token('--c-text-3'), 13, '600', false, true) : undefined
      const make = () => new Style({ fill: new Fill({ color: land }), stroke: new Stroke({ color: colour, width: 1.6, lineDash: [8, 3, 2, 3] }), text })
      return text ? make() : same('boundary', make)
    }
    const named = resolution < 40 || own === 'candidate' || own === 'conflict' || own === 'number'
    if (kind.includes('Point')) {
      const number = feature.get('number') as number | undefined
      if (number !== undefined) return new Style({ image: dot_of(own, 11, 2), text: new Text({ text: String(number), font: font(12, '700'), fill: new Fill({ color: token('--c-on-brand') }) }), zIndex: 100 - number })
      const image = dot_of(own, own === 'conflict' ? 8 : 5.5, 1.5)
      return named ? new Style({ image, text: label(title(), map_label, 12, 'normal', true) }) : same(`dot/${own}`, () => new Style({ image }))
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

export function build_layer(layer: MapLayer): BaseLayer {
  const look = layer.look ?? 'plain'
  const common = { visible: layer.visible ?? true, opacity: layer.opacity ?? 1, properties: { id: layer.id } }
  if (layer.tiles) {
    return new VectorTileLayer({
      ...common, declutter: true, style: look_style(look), maxResolution: layer.max_resolution,
      source: new VectorTileSource({ format: new MVT({ idProperty: 'id' }), url: tile_url(layer.tiles), maxZoom: 18 }),
    })
  }
  return new VectorLayer({ ...common, declutter: look !== 'number', style: look_style(look), source: new VectorSource({ features: to_features(layer.features ?? []) }) })
}

/** The city's own tiles through our proxy; an address of another site would be a request that leaves the city. */
export function base_layer(address: string): BaseLayer | null {
  if (!address.startsWith('/')) return null
  return new TileLayer({ source: new XYZ({ url: address, maxZoom: 19 }), properties: { id: 'base' } })
}
