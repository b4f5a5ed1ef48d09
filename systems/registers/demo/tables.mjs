// What the scripts that make demonstration data share: CSV (RFC 4180) in and out, well-known text, measures in metres
// good enough for one city.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const cell = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

export function readTable(file) {
  const text = readFileSync(file, 'utf8')
  const rows = [[]]
  let field = '', quoted = false
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (quoted) {
      if (c === '"' && text[i + 1] === '"') field += text[++i]
      else if (c === '"') quoted = false
      else field += c
    } else if (c === '"') quoted = true
    else if (c === ',') rows.at(-1).push(field), (field = '')
    else if (c === '\n') rows.at(-1).push(field), (field = ''), rows.push([])
    else field += c
  }
  rows.pop()
  const [head, ...body] = rows
  return body.map((row) => Object.fromEntries(head.map((name, i) => [name, row[i]])))
}

export function writeTable(file, head, rows) {
  const line = (cells) => cells.map((one) => cell(String(one ?? ''))).join(',') + '\n'
  writeFileSync(file, line(head) + rows.map((row) => line(head.map((name) => row[name]))).join(''))
}

/** Parts of a shape: `{type: 'Point' | 'LineString' | 'Polygon', parts: [...]}`; a part is a position, a line, or rings. */
export function readWkt(text) {
  const found = /^(MULTI)?(POINT|LINESTRING|POLYGON)\s*(.*)$/s.exec(text)
  if (!found) throw new Error(`unreadable shape ${text.slice(0, 40)}`)
  const lists = JSON.parse(found[3].replaceAll('(', '[').replaceAll(')', ']').replace(/(-?[\d.]+) (-?[\d.]+)/g, '[$1,$2]'))
  const [, many, word] = found
  if (word === 'POINT') return { type: 'Point', parts: many ? lists.map((one) => one[0] ?? one) : [lists[0]] }
  if (word === 'LINESTRING') return { type: 'LineString', parts: many ? lists : [lists] }
  return { type: 'Polygon', parts: many ? lists : [lists] }
}

const at = ([x, y], digits) => `${Number(x.toFixed(digits))} ${Number(y.toFixed(digits))}`
const run = (positions, digits) => `(${positions.map((one) => at(one, digits)).join(',')})`
export function writeWkt({ type, parts }, digits = 5) {
  if (type === 'Point') return `POINT(${at(parts[0], digits)})`
  if (type === 'LineString') return parts.length === 1 ? `LINESTRING${run(parts[0], digits)}` : `MULTILINESTRING(${parts.map((one) => run(one, digits)).join(',')})`
  const polygon = (rings) => `(${rings.map((one) => run(one, digits)).join(',')})`
  return parts.length === 1 ? `POLYGON${polygon(parts[0])}` : `MULTIPOLYGON(${parts.map(polygon).join(',')})`
}

export const positionsOf = ({ type, parts }) => (type === 'Point' ? parts : type === 'LineString' ? parts.flat() : parts.flat(2))

export function boxOf(shape) {
  const all = positionsOf(shape)
  return all.reduce((box, [x, y]) => [Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x), Math.max(box[3], y)], [180, 90, -180, -90])
}

const degree = 111_320
export const metres = (a, b) => Math.hypot((a[0] - b[0]) * degree * Math.cos((a[1] * Math.PI) / 180), (a[1] - b[1]) * degree)
/** Between the boxes of two shapes. */
export function apart(a, b) {
  const [p, q] = [boxOf(a), boxOf(b)]
  const gap = (low1, high1, low2, high2) => Math.max(0, low2 - high1, low1 - high2)
  return metres([p[0], p[1]], [p[0] + gap(p[0], p[2], q[0], q[2]), p[1] + gap(p[1], p[3], q[1], q[3])])
}

export function inRing([x, y], ring) {
  let inside = false
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi, yi] = ring[i], [xj, yj] = ring[j]
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside
  }
  return inside
}
const polygonsOf = (geometry) => (geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates)
export const covers = (geometry, point) => polygonsOf(geometry).some(([shell, ...holes]) => inRing(point, shell) && !holes.some((hole) => inRing(point, hole)))

/** Points of a shape: of a line one in every so many metres, of an area those of a grid that lie inside. */
export function samples(shape, every = 100) {
  if (shape.type === 'Polygon') {
    const [west, south, east, north] = boxOf(shape), side = 40, geometry = { type: 'MultiPolygon', coordinates: shape.parts }
    const grid = Array.from({ length: side * side }, (_, n) => [west + ((east - west) * ((n % side) + 0.5)) / side, south + ((north - south) * (Math.floor(n / side) + 0.5)) / side])
    const inside = grid.filter((point) => covers(geometry, point))
    return inside.length ? inside : positionsOf(shape)
  }
  if (shape.type === 'Point') return shape.parts
  return shape.parts.flatMap((line) => line.flatMap((to, i) => {
    if (i === 0) return [to]
    const from = line[i - 1], steps = Math.max(1, Math.ceil(metres(from, to) / every))
    return Array.from({ length: steps }, (_, n) => [from[0] + ((to[0] - from[0]) * (n + 1)) / steps, from[1] + ((to[1] - from[1]) * (n + 1)) / steps])
  }))
}

/** Simplified areas may cross themselves, and parts put together may touch along a line: GDAL's -makevalid takes them apart without moving a position. */
export function makeValid(shapes) {
  const folder = mkdtempSync(join(tmpdir(), 'civitas-demo-'))
  try {
    const features = shapes.flatMap((shape, n) => (shape.type === 'Polygon' ? [{ type: 'Feature', properties: { n }, geometry: { type: 'MultiPolygon', coordinates: shape.parts } }] : []))
    writeFileSync(join(folder, 'in.json'), JSON.stringify({ type: 'FeatureCollection', features }))
    execFileSync('ogr2ogr', ['-f', 'GeoJSON', '-makevalid', '-lco', 'COORDINATE_PRECISION=5', join(folder, 'out.json'), join(folder, 'in.json')])
    const out = [...shapes]
    for (const { properties, geometry } of JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8')).features) {
      const areas = (geometry.type === 'GeometryCollection' ? geometry.geometries : [geometry]).filter((one) => /Polygon$/.test(one.type))
      out[properties.n] = { type: 'Polygon', parts: areas.flatMap(polygonsOf) }
    }
    return out
  } finally {
    rmSync(folder, { recursive: true })
  }
}
