// Makes the data of the demonstration city from its sources, named in SOURCES.md:
//   node build_demo.mjs DATA
// the folder of the wuhan-*.csv tables and of wuhan-districts.geojson.
// Nothing is invented: what no source says stays empty, and what is no place in Wuhan, or no name, is left out.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { apart, covers, makeValid, positionsOf, readTable, readWkt, samples, writeTable, writeWkt } from '../../registers/demo/tables.mjs'
import { annotations, former, noName, noPlace, standard } from './names_by_hand.mjs'

const dataFolder = process.argv[2]
const here = dirname(fileURLToPath(import.meta.url))
const table = (name) => readTable(join(dataFolder, `wuhan-${name}.csv`))
const districts = JSON.parse(readFileSync(join(dataFolder, 'wuhan-districts.geojson'), 'utf8')).features
const leftOut = new Map()
const leave = (why) => {
  leftOut.set(why, (leftOut.get(why) ?? 0) + 1)
  return null
}

/** The district that holds most of a shape; null outside of the city. */
function districtOf(shape) {
  const held = new Map()
  for (const point of samples(shape)) {
    const district = districts.find((one) => covers(one.geometry, point))
    if (district) held.set(district.properties.code, (held.get(district.properties.code) ?? 0) + 1)
  }
  const [most] = [...held].sort((a, b) => b[1] - a[1])
  return most ? most[0] + '000000' : null
}

// Every character of a standard name (通用规范汉字表) that occurs here is in GB 2312, but for these.
const gb2312 = new Set()
const decoder = new TextDecoder('gb2312')
for (let row = 0xb0; row <= 0xf7; row++) for (let at = 0xa1; at <= 0xfe; at++) gb2312.add(decoder.decode(Uint8Array.of(row, at)))
for (const c of '硚澥·〇') gb2312.add(c)
const isHan = (c) => /\p{Script=Han}/u.test(c)
/** Names in traditional characters are converted one by one, by hand; what is not in that list is left out. */
function standardName(written) {
  const name = (standard[written] ?? annotations[written]?.name ?? written).trim()
  if (noName.has(name) || name === '') return leave('no name of a place')
  if ([...name].some((c) => isHan(c) && !gb2312.has(c)) || /後|穀|裡/.test(name)) return leave('traditional characters, not converted')
  if (![...name].some(isHan)) return leave('no Chinese name')
  return name
}

// Classes: GB/T 18521 widened to five digits, by the source's kind, then by the generic term of the name.
const byEnding = [[/旧址$|遗址/, '25100'], [/湖$|海$/, '12200'], [/水库$/, '24230'], [/(江|河)$/, '12100'], [/堤$/, '24400'], [/隧道$/, '23620'], [/桥$/, '23610'], [/(立交|转盘)$/, '23650'],
  [/国道$|省道$|高速$|环线$|高速公路$/, '23210'], [/广场$/, '26310'], [/(公园|江滩|风景区|游园|景区)$/, '25200'], [/公园|景区/, '25200'], [/山$/, '13400']]
const ending = (name, fallback) => byEnding.find(([pattern]) => pattern.test(name))?.[1] ?? fallback
const landmarkKinds = { 桥梁: '23610', 隧道: '23620', 湖泊: '12200', 河流: '12100', 公园游乐: '25200', 文物古迹: '25100', 宗教建筑: '26100', 塔: '26240', 自然地形: '13400',
  机场: '23410', 高校: '27300', 文化场馆: '27300', 体育: '26310', 建筑: '26100', 历史街区: '22100' }
const landmarkEndings = [[/医院|大学|学院|学校|中学|小学|研究所|研究院|实验室|中心$|植物园/, '27300'], [/大楼|大厦|宾馆|广场$/, '26100'], [/路$|街$|大道$/, '23510'], [/站$/, '23320'],
  [/机场/, '23410'], [/港$/, '23120'], [/遗址|古迹/, '25100'], [/湖$/, '12200'], [/市场$/, '26500'], [/公司$/, '27400'], [/厅$|局$|委员会$|总领事馆/, '27100']]
const railway = /^(武汉|汉口|武昌|武汉东|流芳|红安西)站$/
const landmarkCategory = ({ kind }, name) =>
  /站$/.test(name) ? (railway.test(name) ? '23320' : '23530') : landmarkKinds[kind] ?? landmarkEndings.find(([pattern]) => pattern.test(name))?.[1] ?? '27900'
const placeKinds = { hospital: '27300', clinic: '27300', university: '27300', park: '25200', garden: '25200', wood: '25200', hill: '13400', ruins: '25100', cemetery: '25100', water: '12200', other: '26100' }
const placeCategory = ({ kind }, name) => (kind === 'park' || kind === 'wood' ? ending(name, '25200') : placeKinds[kind])
const roadCategory = ({ kind }, name) => ({ bridge: '23610', tunnel: '23620', motorway: '23210' })[kind] ?? ending(name, '23510')
const historicKinds = { 'street name (label point)': '23510', road: '23510', building: '26100', 'historic building': '26100', water: '12200', concession: '21700', railway: '23300', 'built-up area': '22100' }
const legal = (category) =>
  category.startsWith('1') ? 'natural_feature' : category === '23510' ? 'street' : /^23|^24/.test(category) ? 'facility' : category.startsWith('252') ? 'park' : category.startsWith('261') || category.startsWith('262') ? 'building' : 'other'

const head = ['source_key', 'name', 'aliases', 'former_names', 'english_name', 'category', 'legal_kind', 'usage', 'division', 'position_text', 'place', 'source']
const osm = '© OpenStreetMap contributors，ODbL 1.0'
const names = []
const near = 2000 // metres: the same thing in two sources

/** What is known by that name and class nearby already; a river is one thing however far apart its pieces are. */
const knownNearby = (name, category, shape) => names.find((one) => one.name === name && one.category.slice(0, 2) === category.slice(0, 2) && (category === '12100' || apart(one.shape, shape) < near))
const words = (...lists) => [...new Set(lists.flatMap((list) => (list ?? '').split(/[;、]/)).map((one) => one.trim()).filter((one) => one && [...one].every((c) => !isHan(c) || gb2312.has(c))))].join('、')
const more = { Point: 0, LineString: 1, Polygon: 2 }
function add(row) {
  const known = knownNearby(row.name, row.category, row.shape)
  if (known) {
    // The first source names it, the second draws it: a line or an area says more than a point.
    if (more[row.shape.type] > more[known.shape.type]) known.shape = row.shape
    else if (known.shape.type === row.shape.type && row.shape.type !== 'Point') known.shape = { type: known.shape.type, parts: [...known.shape.parts, ...row.shape.parts] }
    known.aliases = words(known.aliases, row.aliases)
    known.former_names = words(known.former_names, row.former_names)
    known.english_name ||= row.english_name
    known.position_text ||= row.position_text
    if (!known.source.includes(row.source)) known.source += '；' + row.source
    return leave('the same name in two rows, put together')
  }
  if (!districtOf(row.shape)) return leave('outside of the districts')
  names.push({ ...row, legal_kind: legal(row.category), usage: former.has(row.name) ? 'historical' : 'current' })
}
const taken = new Map()
/** `osm:江汉路`; a second place of that name is `osm:江汉路:2`. */
function keyed(begin, name) {
  const count = (taken.get(begin + name) ?? 0) + 1
  taken.set(begin + name, count)
  return `${begin}:${name}${count > 1 ? ':' + count : ''}`.slice(0, 60)
}

for (const r of table('landmarks')) {
  if (noPlace.test(r.name_zh) || r.kind === '行政区划' || r.kind === '轨道交通') { leave('no place, or a unit that the register of divisions has'); continue }
  const name = standardName(r.name_zh)
  if (name) add({ source_key: r.qid, name, english_name: /^Category:/.test(r.name_en) ? '' : r.name_en, category: landmarkCategory(r, name), shape: { type: 'Point', parts: [[Number(r.lon), Number(r.lat)]] }, source: 'Wikidata，CC0' })
}
for (const r of table('water')) {
  const lake = r.name.replace(/^东湖 /, '')
  const name = r.name && standardName(lake)
  if (!name) continue
  const shape = readWkt(r.wkt), category = ending(name, r.kind === 'river' ? '12100' : r.kind === 'reservoir' ? '24230' : '12200')
  add({ source_key: keyed('osm', name), name, former_names: words(r.old_name), english_name: r.name_en.replace(/ - .*/, ''), category, shape, source: osm })
  // OSM draws the lake in three parts and names each of them after it.
  if (lake !== r.name) add({ source_key: keyed('osm', '东湖'), name: '东湖', category, shape, source: osm })
}
for (const r of table('roads')) {
  const name = standardName(r.name)
  if (!name) continue
  const shape = readWkt(r.wkt), category = roadCategory(r, name)
  const whole = category === '23210' && names.find((one) => one.name === name && one.category === category)
  if (whole) whole.shape = { type: 'LineString', parts: [...whole.shape.parts, ...shape.parts] }
  else add({ source_key: keyed('osm', name), name, aliases: annotations[r.name]?.alias, english_name: r.name_en, category, shape, source: osm })
}
for (const r of table('roads-sample')) {
  const name = standardName(r.name_zh)
  if (!name) continue
  if (names.some((one) => one.name === name && /^23|^244/.test(one.category))) { leave('a point of a road that is there as a line'); continue }
  add({ source_key: keyed('osm', name), name, category: roadCategory({}, name), shape: { type: 'Point', parts: [[Number(r.lon), Number(r.lat)]] }, source: osm })
}
// Stations bear the names of roads; the generic term, which the source mostly leaves out, tells them apart.
for (const r of table('metro')) {
  const written = standardName(r.name)
  if (!written) continue
  const shape = r.wkt ? readWkt(r.wkt) : { type: 'Point', parts: [[Number(r.lon), Number(r.lat)]] }
  const line = r.kind === 'metro_line', name = line || /站$/.test(written) ? written : written + '站'
  add({ source_key: keyed(line ? 'osm:line' : 'osm:station', name), name, english_name: r.name_en, category: line ? '23300' : '23530', shape, source: osm })
}
for (const r of table('places')) {
  const name = placeKinds[r.kind] && standardName(r.name)
  if (!name) { if (!placeKinds[r.kind]) leave('a shop, a lawn or a playing field'); continue }
  const shape = r.wkt ? readWkt(r.wkt) : { type: 'Point', parts: [[Number(r.lon), Number(r.lat)]] }
  add({ source_key: keyed('osm:place', name), name, aliases: words(r.alt_name), former_names: words(r.old_name), english_name: r.name_en, category: placeCategory(r, name), position_text: r.address, shape, source: osm })
}
makeValid(names.map((one) => one.shape)).forEach((shape, i) => (names[i].shape = shape))
writeTable(join(here, 'place_names.csv'), head, names.map((one) => ({ ...one, division: districtOf(one.shape), place: writeWkt(one.shape, one.shape.type === 'Point' ? 6 : 5) })))

// Names of old maps: as they stand there; since when they were in use is not known, so the year is that of the map.
const historic = []
for (const r of table('historic-names')) {
  const name = r.name_zh || r.name.trim()
  const [shape] = makeValid([readWkt(r.wkt)]), division = districtOf(shape)
  if (!division || positionsOf(shape).length === 0) { leave('outside of the districts'); continue }
  const category = r.kind === 'historic building' ? landmarkEndings.find(([pattern]) => pattern.test(name))?.[1] ?? '26100' : historicKinds[r.kind]
  historic.push({ source_key: keyed(`hist:${r.year || 'list'}`, name), name, pinyin: r.name_zh ? '' : name, english_name: r.name_zh ? r.name : '', category, legal_kind: legal(category), usage: 'historical', division, position_text: r.address,
    place: writeWkt(shape, shape.type === 'Point' ? 6 : 5), valid_from: r.year, source: `${r.map}；K. M. Lawson, wuhan-gis (MIT)` })
}
writeTable(join(here, 'historic_names.csv'), ['source_key', 'name', 'pinyin', 'english_name', 'category', 'legal_kind', 'usage', 'division', 'position_text', 'place', 'valid_from', 'source'], historic)

console.log(`${names.length} names, ${historic.length} of old maps; left out:`)
for (const [why, count] of leftOut) console.log(`  ${count} ${why}`)
