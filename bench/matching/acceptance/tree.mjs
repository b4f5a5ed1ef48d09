// The published divisions, what people say of them, and how many a written chain of names fits.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { alikePairs } from './words.mjs'

const require = createRequire(resolve('package.json'))
const { pinyin } = require('pinyin-pro')
export const traditional = require('opencc-js').Converter({ from: 'cn', to: 'hk' })
export const [dist, out, seed = '1'] = process.argv.slice(2)
if (!out) throw new Error('usage: node acceptance.mjs DIST OUT [SEED]')

let state = Number(seed) >>> 0
export const rnd = () => {
  state = (state + 0x6d2b79f5) >>> 0
  let t = state
  t = Math.imul(t ^ (t >>> 15), t | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}
export const int = (n) => Math.floor(rnd() * n)
export const pick = (a) => a[int(a.length)]
export const chance = (p) => rnd() < p

// the divisions
export const pseudo = /^(市辖区|县|省直辖县级行政区划|自治区直辖县级行政区划|直辖县|市区)$/
const byCode = new Map()
const csv = (name) =>
  readFileSync(`${dist}/${name}.csv`, 'utf8')
    .split('\n')
    .slice(1)
    .filter(Boolean)
    .map((l) => l.split(',').map((f) => f.replaceAll('"', '')))
const add = (level, [code, name], parent) => {
  const d = { level, code: code.padEnd(12, '0'), name, parent: byCode.get(parent) ?? null, children: [] }
  byCode.set(code, d)
  d.parent?.children.push(d)
  return d
}
const provinces = csv('provinces').map((r) => add(0, r, null))
export const cities = csv('cities').map((r) => add(1, r, r[0].slice(0, 2)))
export const counties = csv('areas').map((r) => add(2, r, r[0].slice(0, 4)))
export const streets = csv('streets').map((r) => add(3, r, r[0].slice(0, 6)))
export const villages = csv('villages').map((r) => add(4, r, r[0].slice(0, 9)))
export const path = (d) => {
  const p = []
  for (; d; d = d.parent) if (!pseudo.test(d.name) && !(d.parent && d.parent.name === d.name)) p.unshift(d)
  return p
}

// What people say: the proper part of a name and how they call the kind.
const peoples =
  '(?:汉族|蒙古族|回族|藏族|维吾尔族?|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|哈' +
  '尼族|哈萨克族?|傣族|黎族|傈僳族|佤族|畲族|高山族|拉祜族|水族|东乡族|纳西族|景颇族|柯尔克孜族?|土' +
  '族|达斡尔族?|仫佬族|羌族|布朗族|撒拉族|毛南族|仡佬族|锡伯族?|阿昌族|普米族|塔吉克族?|怒族|乌孜别' +
  '克族|俄罗斯族|鄂温克族?|德昂族|保安族|裕固族|京族|塔塔尔族|独龙族|鄂伦春族?|赫哲族|门巴族|珞巴族|' +
  '基诺族|蒙古|各族)'
const kinds = [
  /(特别行政区|壮族自治区|回族自治区|维吾尔自治区|自治区|省|市)$/,
  new RegExp(`(${peoples}*自治州|地区|盟|市)$`),
  new RegExp(`(${peoples}*自治县|${peoples}*自治旗|林区|特区|新区|矿区|县|区|市|旗)$`),
  new RegExp(`(街道办事处|街道|${peoples}*民族乡|${peoples}+乡|地区办事处|民族苏木|苏木|镇|乡)$`),
  /(社区居民委员会|社区居委会|社区村委会|村民委员会|村委会|居民委员会|居委会|嘎查村委会|嘎查委员会|牧委会|委员会|社区|嘎查|村)$/,
]
const core = (d) => {
  let c = d.name.replace(kinds[d.level], '')
  if (d.level === 4) c = c.replace(/(社区|村)$/, (m, _, at) => (at >= 2 || (at >= 1 && m === '社区') ? '' : m))
  return c || d.name
}
const cores = new Map()
export const coreOf = (d) => {
  let c = cores.get(d)
  if (c === undefined) cores.set(d, (c = core(d)))
  return c
}
const readings = new Map()
export const sound = (text) => {
  let s = readings.get(text)
  if (s === undefined)
    readings.set(text, (s = pinyin(text, { toneType: 'none', type: 'array', v: true }).map((x) => x.toLowerCase())))
  return s
}

export const byCore = [new Map(), new Map(), new Map(), new Map(), new Map()]
for (const d of [...provinces, ...cities, ...counties, ...streets, ...villages]) {
  const m = byCore[d.level],
    c = coreOf(d)
  m.has(c) ? m.get(c).push(d) : m.set(c, [d])
}
const frequency = new Map()
for (const d of villages) for (const c of coreOf(d)) frequency.set(c, (frequency.get(c) ?? 0) + 1)
export const common = [...frequency].filter(([c, n]) => n >= 150 && /\p{Script=Han}/u.test(c)).map(([c]) => c)
export const sameSound = new Map()
for (const c of common) {
  const s = sound(c)[0]
  sameSound.has(s) ? sameSound.get(s).push(c) : sameSound.set(s, [c])
}
export const alike = new Map()
for (const [a, b] of alikePairs) if (a !== b) alike.has(a) ? alike.get(a).push(b) : alike.set(a, [b])
const accents = [
  ['n', 'l'],
  ['l', 'n'],
  ['zh', 'z'],
  ['ch', 'c'],
  ['sh', 's'],
  ['z', 'zh'],
  ['c', 'ch'],
  ['s', 'sh'],
  ['h', 'f'],
  ['f', 'h'],
]
export const byAccent = (c) => {
  const s = sound(c)[0],
    list = []
  for (const [a, b] of accents)
    if (s.startsWith(a) && !(a.length === 1 && s[1] === 'h' && 'zcs'.includes(a))) list.push(b + s.slice(a.length))
  if (/[aei]ng$/.test(s)) list.push(s.slice(0, -1))
  else if (/[aei]n$/.test(s)) list.push(s + 'g')
  return list.flatMap((x) => sameSound.get(x) ?? [])
}

// what is written: parts, each a division and its words
const spoken = (d) => {
  const c = coreOf(d)
  if (d.level === 4) {
    if (/嘎查/.test(d.name)) return chance(0.8) ? c + '嘎查' : d.name
    if (/牧委会/.test(d.name)) return d.name
    if (/社区|居民?委/.test(d.name)) return c + (/社区$/.test(c) ? '' : '社区')
    if (/村民?委|村$/.test(d.name)) return c + (/村$/.test(c) ? '' : '村')
  }
  return d.name
}
export const partsOf = (d) => path(d).map((x) => ({ d: x, text: x.level === 4 && chance(0.7) ? spoken(x) : x.name }))

// how many divisions a written chain fits
/** Divisions that the kept parts fit as well as the true one (itself among them); names of ancestors may be those of others too. */
export const fits = (parts, leafCore = coreOf(parts.at(-1).d)) => {
  const leaf = parts.at(-1).d,
    found = []
  for (const level of [0, 1, 2, 3, 4])
    for (const x of byCore[level].get(leafCore) ?? []) {
      const chain = path(x).slice(0, -1)
      if (parts.slice(0, -1).every((p) => chain.some((y) => coreOf(y) === coreOf(p.d))))
        if (x === leaf || level === leaf.level || parts.length === 1) found.push(x)
    }
  return found
}
export const context = (parts) => {
  // villages or streets that may be meant when the leaf is damaged
  const leaf = parts.at(-1).d,
    up = parts.length > 1 ? parts.at(-2).d : null
  if (!up) return null
  const list = [],
    walk = (d) => {
      for (const c of d.children) {
        if (c.level === leaf.level) list.push(c)
        walk(c)
      }
    }
  walk(up)
  return list
}
export const distance = (a, b) => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; ++i) {
    const next = [i]
    for (let j = 1; j <= b.length; ++j)
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1))
    row = next
  }
  return row[b.length]
}
/** Whether the damaged leaf is nearer to the true one than to every other in its context, by letters or by sound. */
export const nearest = (parts, damaged) => {
  const leaf = parts.at(-1).d,
    list = context(parts)
  if (!list) return false
  const strip = (t) => t.replace(kinds[leaf.level], '').replace(leaf.level === 4 ? /(社区|村)$/ : /$^/, '') || t
  const d0 = distance(strip(damaged), strip(leaf.name)),
    said = sound(strip(damaged)).join(' '),
    right = sound(strip(leaf.name)).join(' ') === said
  return list.every(
    (x) =>
      x === leaf ||
      ((right || distance(strip(damaged), strip(x.name)) > d0) && !(right && sound(strip(x.name)).join(' ') === said)),
  )
}
