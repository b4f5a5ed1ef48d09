// Makes the ground of the map from its sources, named in SOURCES.md:
//   node build_ground.mjs DATA
// the folder of harbin-base.csv and harbin-districts.geojson.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readTable, readWkt, writeTable, writeWkt } from '../../../systems/registers/demo/tables.mjs'

const dataFolder = process.argv[2]
const here = dirname(fileURLToPath(import.meta.url))
const base = readTable(join(dataFolder, 'harbin-base.csv')).map((r) => ({ ...r, shape: readWkt(r.wkt) }))
const save = (name, head, rows) => writeTable(join(here, `${name}.csv`), head, rows)

save('districts', ['wkt'], JSON.parse(readFileSync(join(dataFolder, 'harbin-districts.geojson'), 'utf8')).features
  .map(({ geometry }) => ({ wkt: writeWkt({ type: 'Polygon', parts: geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates }) })))
save('water', ['class', 'name', 'wkt'], base.filter((r) => r.shape.type === 'Polygon').map((r) => ({ class: r.kind === 'river' ? 'river' : 'lake', name: r.name, wkt: writeWkt(r.shape) })))
// Where the polygon of the river ends, outside of the nine districts, the line of another source goes on: CC0.
save('rivers', ['class', 'name', 'wkt'], base.filter((r) => r.kind === 'river_line').map((r) => ({ class: 'river', name: r.name, wkt: writeWkt(r.shape) })))
save('roads', ['class', 'name', 'wkt'], base.filter((r) => ['motorway', 'trunk', 'primary'].includes(r.kind)).map((r) => ({ class: r.kind, name: r.name, wkt: writeWkt(r.shape) })))
