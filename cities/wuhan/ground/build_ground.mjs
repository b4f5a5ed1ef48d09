// Makes the ground of the map from its sources, named in SOURCES.md:
//   node build_ground.mjs DATA
// the folder of the wuhan-*.csv tables. Names are left out: the records of the register bear them.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeValid, metres, readTable, readWkt, samples, writeTable, writeWkt } from '../../../systems/registers/demo/tables.mjs'

const dataFolder = process.argv[2]
const here = dirname(fileURLToPath(import.meta.url))
const table = (name) => readTable(join(dataFolder, `wuhan-${name}.csv`))
function save(name, rows) {
  const shapes = makeValid(rows.map((one) => one.shape))
  writeTable(join(here, `${name}.csv`), ['class', 'colour', 'wkt'].filter((column) => column === 'wkt' || rows.some((one) => one[column])), rows.map((one, i) => ({ ...one, wkt: writeWkt(shapes[i]) })))
}
const row = (shape, more = {}) => ({ ...more, shape })

const outline = JSON.parse(readFileSync(join(dataFolder, 'wuhan-city-boundary.geojson'), 'utf8')).features
save('outline', outline.map(({ geometry }) => row({ type: 'Polygon', parts: geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates })))

const rivers = /江$|河$/
save('water', table('water').map((r) => row(readWkt(r.wkt), { class: r.kind === 'river' || rivers.test(r.name) ? 'river' : 'lake' })))
save('green', table('places').filter((r) => r.wkt && ['park', 'garden', 'wood', 'hill', 'grass', 'cemetery'].includes(r.kind)).map((r) => row(readWkt(r.wkt), { class: r.kind === 'wood' || r.kind === 'hill' ? 'wood' : 'park' })))
save('campus', table('places').filter((r) => r.wkt && ['university', 'hospital'].includes(r.kind)).map((r) => row(readWkt(r.wkt), { class: r.kind })))
save('rail', table('metro').filter((r) => r.wkt).map((r) => row(readWkt(r.wkt), { class: 'metro', colour: r.colour })))

// Roads with a class are the named ones. The network has neither name nor class; where it only repeats a named road it
// is left out, or the map would draw two lines side by side.
const classes = { motorway: 'motorway', trunk: 'trunk', primary: 'primary', secondary: 'secondary', tertiary: 'tertiary', bridge: 'primary', tunnel: 'tunnel', residential: 'minor', unclassified: 'minor', living_street: 'minor', service: 'minor', pedestrian: 'path', footway: 'path', path: 'path', cycleway: 'path' }
const roads = table('roads').map((r) => ({ class: classes[r.kind] ?? 'minor', shape: readWkt(r.wkt) })).filter((one) => one.shape.type === 'LineString')
const cell = 0.0005, reach = 25 // degrees; metres
const index = new Map()
const key = ([x, y], dx = 0, dy = 0) => `${Math.floor(x / cell) + dx}/${Math.floor(y / cell) + dy}`
for (const one of roads) for (const point of samples(one.shape, 10)) index.set(key(point), [...(index.get(key(point)) ?? []), point])
function repeated(point) {
  for (let dx = -1; dx <= 1; dx++) for (let dy = -1; dy <= 1; dy++) if (index.get(key(point, dx, dy))?.some((one) => metres(one, point) < reach)) return true
  return false
}
const rest = []
for (const r of table('road-network')) {
  for (const line of readWkt(r.wkt).parts) {
    let open = []
    const close = () => {
      if (open.length > 1) rest.push(open)
      open = []
    }
    line.forEach((to, i) => {
      if (i === 0) return
      const from = line[i - 1], piece = samples({ type: 'LineString', parts: [[from, to]] }, 20)
      if (piece.filter(repeated).length > piece.length * 0.7) return close()
      if (!open.length) open.push(from)
      open.push(to)
    })
    close()
  }
}
const long = (line) => line.reduce((sum, to, i) => (i ? sum + metres(line[i - 1], to) : 0), 0)
const kept = rest.filter((line) => long(line) > 60)
save('roads', [...roads.map((one) => row(one.shape, { class: one.class })), ...kept.map((line) => row({ type: 'LineString', parts: [line] }, { class: 'road' }))])
console.log(`${roads.length} roads with a class, ${kept.length} lines without one`)
