// What is added to addresses and how they are damaged.
import { readFileSync } from 'node:fs'
import {
  alike,
  byAccent,
  byCore,
  chance,
  context,
  coreOf,
  fits,
  int,
  nearest,
  pick,
  sameSound,
  sound,
  traditional,
} from './tree.mjs'
import { estates, given, short, surnames, townPlaces, townRoads } from './words.mjs'

// tails
const person = () => pick(surnames) + pick(given)
const phone = () => '1' + pick(['38', '39', '50', '58', '77', '86', '89']) + String(int(1e8)).padStart(8, '0')
const wuhanNames = readFileSync(new URL('../../../systems/place_names/demo/place_names.csv', import.meta.url), 'utf8')
  .split('\n')
  .slice(1)
  .map((line) => line.split(',')[1])
  .filter(Boolean)
const wuhanRoads = wuhanNames.filter((name) => /(路|街|大道|巷)$/.test(name))
const landmarks = wuhanNames.filter((name) => !/(路|街|大道|巷)$/.test(name) && name.length <= 8)
const isWuhan = (parts) =>
  parts[0]?.d.code.slice(0, 4) === '4201' || parts.some((p) => p.d.code.startsWith('4201') && p.d.level >= 1)
const road = (parts) => (isWuhan(parts) && chance(0.8) ? pick(wuhanRoads) : pick(townRoads))
export const house = (parts) => {
  const leaf = parts.at(-1).d,
    n = 1 + int(380)
  if (leaf.level === 4 && /村民?委|村$|嘎查|牧/.test(leaf.name))
    return pick([
      `${1 + int(12)}组${n}号`,
      `${n}号`,
      `${pick([...'一二三四五六七八九'])}组`,
      `第${pick([...'一二三四五六'])}村民小组${n % 60}号`,
      `${1 + int(12)}组`,
      `${1 + int(9)}队${n % 90}号`,
    ])
  return pick([
    () => `${road(parts)}${n}号`,
    () => `${road(parts)}${n}号附${1 + int(9)}号`,
    () => `${road(parts)}${n}-${1 + int(30)}号`,
    () => `${road(parts)}与${pick(['光明路', '迎春街', '青年路'])}交叉口`,
    () => `${road(parts)}${n}弄${1 + int(60)}号`,
  ])()
}
const room = () =>
  pick([
    () => `${pick(estates)}${1 + int(30)}栋${1 + int(4)}单元${1 + int(30)}0${1 + int(4)}室`,
    () => `${pick(estates)}${1 + int(20)}号楼${1 + int(33)}0${1 + int(4)}`,
    () => `${1 + int(20)}栋${1 + int(6)}单元${1 + int(9)}0${1 + int(3)}`,
    () => `${pick(estates)}${pick([...'ABCD'])}座${100 + int(2800)}室`,
    () => `${pick(estates)}${1 + int(12)}幢`,
  ])()
export const place = (parts) =>
  isWuhan(parts) ? `${pick(landmarks)}${pick(['附近', '旁', '对面', '东侧'])}` : pick(townPlaces)

// damages: each changes { parts, text?, before, after } or says null when it cannot
/** w: { parts, joined?: their words when not simply one behind the other, before, after, tail, finish } */
const leafOf = (w) => w.parts.at(-1)
const keep = (w, wanted) => {
  const kept = w.parts.filter((p, i) => i === w.parts.length - 1 || wanted.includes(p.d.level))
  if (kept.length === w.parts.length) return null
  w.parts = kept
  return w
}
/** Damages one part by `change(characters, at)`, where its proper name allows. */
const inName = (change, least) => (w) => {
  const order = chance(0.65) ? [w.parts.length - 1] : [int(w.parts.length)]
  for (const i of order) {
    const part = w.parts[i],
      c = coreOf(part.d),
      from = part.text.indexOf(c)
    if (from < 0 || [...c].length < least || part.hurt || (part.d.level === 0 && [...c].length < 2)) return null
    const damaged = change([...c], part)
    if (!damaged || damaged === c) return null
    const text = part.text.slice(0, from) + damaged + part.text.slice(from + c.length)
    const chain = w.parts.slice(0, i + 1)
    if (
      i === w.parts.length - 1
        ? !nearest(chain, text)
        : byCore[part.d.level].get(damaged)?.length || !upperClear(w, i, damaged)
    )
      return null
    part.text = text
    part.hurt = true
    return w
  }
}
/** A damaged name above the leaf must leave the leaf findable: what remains of the chain fits it alone. */
const upperClear = (w, i) => fits(w.parts.filter((_, j) => j !== i)).length === 1
const replaceBy = (options) => (cs) => {
  const at = int(cs.length),
    list = options(cs[at]).filter((x) => x !== cs[at])
  if (!list.length) return null
  cs[at] = pick(list)
  return cs.join('')
}
export const numerals = '〇一二三四五六七八九'
const toChinese = (n) => {
  n = Number(n)
  if (n < 10) return numerals[n]
  if (n < 20) return '十' + (n % 10 ? numerals[n % 10] : '')
  if (n < 100) return numerals[Math.floor(n / 10)] + '十' + (n % 10 ? numerals[n % 10] : '')
  if (n < 1000)
    return (
      numerals[Math.floor(n / 100)] +
      '百' +
      (n % 100 ? (n % 100 < 10 ? '零' : '') + (n % 100 >= 10 && n % 100 < 20 ? '一' : '') + toChinese(n % 100) : '')
    )
  return [...String(n)].map((d) => numerals[d]).join('')
}
const fromChinese = (t) => {
  if (/^[一二三四五六七八九]?十[一二三四五六七八九]?$/.test(t)) {
    const [a, b] = t.split('十')
    return String((a ? numerals.indexOf(a) : 1) * 10 + (b ? numerals.indexOf(b) : 0))
  }
  return t.length === 1 && numerals.indexOf(t) > 0 ? String(numerals.indexOf(t)) : null
}
const ensureHouse = (w) => {
  if (!w.after) w.after = house(w.parts) + (chance(0.4) ? room() : '')
  return w
}
const spell = (text, glue = '') => sound(text).join(glue)
const uniqueBySound = (parts, initials) => {
  const leaf = parts.at(-1).d,
    list = context(parts)
  if (!list) return false
  const key = (d) => {
    const s = sound(coreOf(d))
    return initials ? s.map((x) => x[0]).join('') : s.join('')
  }
  return list.filter((x) => key(x) === key(leaf)).length === 1
}

export const damages = {
  no_province: (w) => keep(w, [1, 2, 3]),
  no_city: (w) => keep(w, [0, 2, 3]),
  no_county: (w) => keep(w, [0, 1, 3]),
  no_street: (w) => keep(w, [0, 1, 2]),
  no_province_city: (w) => keep(w, [2, 3]),
  no_province_county: (w) => keep(w, [1, 3]),
  county_and_leaf: (w) => (leafOf(w).d.level === 4 ? keep(w, [2]) : null),
  city_and_leaf: (w) => (leafOf(w).d.level >= 3 ? keep(w, [1]) : null),
  province_and_leaf: (w) => (leafOf(w).d.level >= 3 ? keep(w, [0]) : null),
  street_and_leaf: (w) => (leafOf(w).d.level === 4 ? keep(w, [3]) : null),
  leaf_only: (w) => keep(w, []),
  short_upper: (w) => {
    let n = 0
    for (const p of w.parts) {
      const c = coreOf(p.d)
      if (p.d.level === 0) {
        p.text = chance(0.45) && short[p.d.name] ? short[p.d.name] : c
        ++n
      } else if (p.d.level === 1) {
        p.text = /自治州$/.test(p.d.name) && chance(0.6) ? c + '州' : c
        ++n
      } else if (p.d.level === 2 && w.parts.at(-1) !== p && [...c].length >= 2 && chance(0.6)) {
        p.text = /自治县$/.test(p.d.name) && chance(0.5) ? c + '县' : c
        ++n
      }
    }
    return n ? w : null
  },
  short_street: (w) => {
    const p = w.parts.find((x) => x.d.level === 3),
      c = p && coreOf(p.d)
    if (!p) return null
    if (/街道/.test(p.d.name)) p.text = c + pick(['街办', '街', '街道办事处', '办事处', '街道办'])
    else if (/族.*乡$/.test(p.d.name)) p.text = c + '乡'
    else if (/(镇|乡)$/.test(p.d.name) && p !== w.parts.at(-1) && [...c].length >= 2) p.text = c
    else if (/镇$/.test(p.d.name)) p.text = c + '镇政府'
    else return null
    return p.text === p.d.name ? null : w
  },
  committee: (w) => {
    const p = leafOf(w),
      c = coreOf(p.d)
    if (p.d.level !== 4 || !/(委会|委员会|社区|村)$/.test(p.d.name) || /嘎查|牧/.test(p.d.name)) return null
    const rural = /村/.test(p.d.name.slice(c.length)),
      was = p.text
    p.text =
      c +
      pick(
        rural
          ? ['村', '村委会', '村民委员会', '村村委会', '大队', '行政村']
          : ['社区', '居委会', '居民委员会', '社区居委会', '社区居民委员会', '社区服务中心'],
      )
    return p.text === was || p.text === p.d.name ? null : w
  },
  village_to_community: (w) => {
    const p = leafOf(w),
      c = coreOf(p.d)
    if (p.d.level !== 4 || !/(委会|委员会|社区|村)$/.test(p.d.name) || /嘎查|牧/.test(p.d.name) || [...c].length < 2)
      return null
    const rural = /村/.test(p.d.name.slice(c.length))
    p.text = c + (rural ? pick(['社区', '社区居委会', '居委会']) : pick(['村', '村委会', '大队']))
    return w
  },
  old_kind: (w) => {
    // 乡 that became 镇, 镇 that became 街道, 县 that became 市 or 区
    const able = w.parts.filter(
      (p) =>
        (p.d.level === 3 && /(镇|街道)$/.test(p.d.name) && [...coreOf(p.d)].length >= 2) ||
        (p.d.level === 2 &&
          /(市|区)$/.test(p.d.name) &&
          !/(新区|开发区|矿区|林区)$/.test(p.d.name) &&
          [...coreOf(p.d)].length === 2 &&
          !/^[东西南北中城郊]|市中/.test(p.d.name)),
    )
    if (!able.length) return null
    const p = pick(able),
      c = coreOf(p.d)
    p.text = p.d.level === 2 ? c + '县' : /街道$/.test(p.d.name) ? c + pick(['镇', '乡', '镇']) : c + '乡'
    return byCore[p.d.level].get(c).some((x) => x !== p.d && x.name === p.text) ? null : w
  },
  same_sound: inName(
    replaceBy((c) => sameSound.get(sound(c)[0]) ?? []),
    2,
  ),
  accent_sound: inName(replaceBy(byAccent), 2),
  similar_shape: inName(
    replaceBy((c) => alike.get(c) ?? []),
    2,
  ),
  missing_character: inName((cs) => {
    cs.splice(int(cs.length), 1)
    return cs.join('')
  }, 3),
  extra_character: inName((cs) => {
    cs.splice(1 + int(cs.length), 0, pick([...'家新大子湾庄头山的上']))
    return cs.join('')
  }, 2),
  doubled_character: inName((cs) => {
    const at = int(cs.length)
    cs.splice(at, 0, cs[at])
    return cs.join('')
  }, 2),
  swapped_characters: inName((cs) => {
    const at = int(cs.length - 1)
    ;[cs[at], cs[at + 1]] = [cs[at + 1], cs[at]]
    return cs.join('')
  }, 2),
  pinyin_whole: (w) => {
    if (!uniqueBySound(w.parts) || w.parts.length < 3) return null
    const glue = pick(['', ' ', 'level', 'level', 'Level'])
    if (glue === 'Level')
      w.joined = w.parts
        .map((p) => {
          const s = spell(p.text)
          return s[0].toUpperCase() + s.slice(1)
        })
        .join(' ')
    else
      w.joined =
        glue === 'level'
          ? w.parts.map((p) => spell(p.text)).join(' ')
          : w.parts.map((p) => spell(p.text, glue)).join(glue)
    return w
  },
  pinyin_leaf: (w) => {
    const p = leafOf(w)
    if (w.parts.length < 2 || p.d.level < 3 || !uniqueBySound(w.parts)) return null
    const c = coreOf(p.d),
      at = p.text.indexOf(c)
    p.text =
      chance(0.5) && at >= 0
        ? p.text.slice(0, at) + spell(c, pick(['', ' '])) + p.text.slice(at + c.length)
        : spell(p.text, pick(['', ' ']))
    p.hurt = true
    return w
  },
  pinyin_upper: (w) => {
    if (w.parts.length < 3) return null
    const p = w.parts[int(w.parts.length - 1)]
    p.text = spell(p.text, pick(['', '', ' ']))
    p.hurt = true
    return upperClear(w, w.parts.indexOf(p)) ? w : null
  },
  initials: (w) => {
    if (w.parts.length < 3) return null
    if (chance(0.5)) {
      for (const p of w.parts.slice(0, 2)) {
        const s = sound(p.text.length > 4 ? coreOf(p.d) : p.text)
          .map((x) => x[0])
          .join('')
        p.text = chance(0.5) ? s.toUpperCase() : s
        p.hurt = true
      }
      return fits(w.parts.slice(2)).length === 1 ? w : null
    }
    const p = leafOf(w)
    if (!uniqueBySound(w.parts, true) || [...coreOf(p.d)].length < 2 || p.d.level < 3) return null
    const c = coreOf(p.d),
      at = p.text.indexOf(c),
      s = sound(c)
        .map((x) => x[0])
        .join('')
    p.text = at < 0 ? s : p.text.slice(0, at) + s + p.text.slice(at + c.length)
    p.hurt = true
    return w
  },
  house_number: (w) => {
    if (w.after || leafOf(w).d.level < 3) return null
    w.after = house(w.parts)
    return w
  },
  building_room: (w) => {
    if (w.after || leafOf(w).d.level < 3) return null
    w.after = (chance(0.6) ? house(w.parts) : '') + room()
    return w
  },
  landmark: (w) => {
    if (w.after || leafOf(w).d.level < 3) return null
    w.after = (chance(0.4) ? house(w.parts) : '') + place(w.parts)
    return w
  },
  person_phone: (w) => {
    if (w.before) return null
    const p = person(),
      t = phone()
    if (chance(0.5))
      w.before = pick([
        `收货人：${p} 电话：${t} 地址：`,
        `${p}，${t}，`,
        `${p} ${t} `,
        `收件人:${p} ${t} 收货地址:`,
        `户主${p} 现住`,
        `联系人 ${p}（${t}）`,
      ])
    else w.tail = pick([` ${p} ${t}`, `，${p}收，${t}`, `（${p}收 ${t}）`, ` 联系人：${p} 手机：${t}`])
    if (chance(0.5)) ensureHouse(w)
    return w
  },
  form_words: (w) => {
    if (w.before) return null
    w.before = pick([
      '地址：',
      '住址:',
      '户籍所在地 ',
      '家住',
      '现居住地：',
      '我住在',
      '中国',
      '中华人民共和国',
      '送到',
      '位于',
      '籍贯：',
      '通讯地址：',
    ])
    if (chance(0.5)) w.tail = pick(['', '。', '（请电话联系）', ' 邮编430000', ' 谢谢', '附近', '人', ' 放门卫处'])
    return w
  },
  order_reversed: (w) => {
    if (w.parts.length < 3) return null
    const glue = pick(['，', ' ', ',', ''])
    w.joined = [...w.parts]
      .reverse()
      .map((p) => p.text)
      .join(glue)
    return w
  },
  order_swapped: (w) => {
    if (w.parts.length < 3) return null
    const i = int(w.parts.length - 1),
      t = w.parts.map((p) => p.text)
    ;[t[i], t[i + 1]] = [t[i + 1], t[i]]
    w.joined = t.join(chance(0.3) ? ' ' : '')
    return w
  },
  level_twice: (w) => {
    const p = w.parts[int(w.parts.length)],
      i = w.parts.indexOf(p)
    const t = w.parts.map((x) => x.text)
    t.splice(i, 0, p.text)
    w.joined = t.join('')
    return w
  },
  full_width: (w) => {
    ensureHouse(w)
    w.finish = (t) => t.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)).replace(/ /g, '\u3000')
    return w
  },
  traditional: (w) => {
    if (chance(0.4)) ensureHouse(w)
    w.finish = (t) => {
      const u = traditional(t)
      return u === t ? null : u
    }
    return w
  },
  punctuation: (w) => {
    const glue = pick(['，', ',', '、', '·', '-', '/', ' - ', '|', '；', '——', '>', '_'])
    w.joined = w.parts.map((p) => p.text).join(glue)
    return w.parts.length > 1 ? w : null
  },
  brackets: (w) => {
    if (w.parts.length < 2) return null
    const t = w.parts.map((p) => p.text),
      i = int(t.length),
      [a, b] = pick(['（）', '()', '【】', '[]', '“”', '「」'])
    t[i] = a + t[i] + b
    w.joined = t.join('')
    return w
  },
  spaces: (w) => {
    if (chance(0.5)) {
      w.joined = w.parts.map((p) => p.text).join(pick([' ', '  ', '\u3000']))
      return w
    }
    w.finish = (t) =>
      [...t]
        .map((c) => (chance(0.25) ? c + ' ' : c))
        .join('')
        .trim()
    return w
  },
  numerals: (w) => {
    const p = leafOf(w),
      c = coreOf(p.d)
    const digits = c.replace(
      /[一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九]/,
      (m) => fromChinese(m) ?? m,
    )
    if (digits !== c && p.text.includes(c) && p.d.level === 4) {
      p.text = p.text.replace(c, digits)
      return context(w.parts)?.some((x) => coreOf(x) === digits) ? null : w
    }
    if (chance(0.7)) return null
    ensureHouse(w)
    w.after = w.after.replace(/\d+/g, (m) => (m.length < 4 ? toChinese(m) : m))
    return w
  },
}
export const render = (w) => {
  let t =
    (w.before ?? '') +
    (w.joined ?? w.parts.map((p) => p.text).join('')) +
    (w.after ? (w.joined && / /.test(w.joined) ? ' ' : '') + w.after : '') +
    (w.tail ?? '')
  return w.finish ? w.finish(t) : t
}
