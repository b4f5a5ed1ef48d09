// Problems are told in Chinese and in English: the English has no Chinese outside of quotation marks, neither written nor
// out of a `.zh`, and both end as sentences do.   node tests/architecture/check_sentences.mjs [--count FILE]
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const chinese = /[㐀-鿿　-〿＀-￯]/

async function sources(folder) {
  const out = []
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) out.push(...(await sources(path)))
    else if (/\.(cpp|hpp)$/.test(entry.name) && !/_(test|fuzz|bench)\.cpp$|(^|\/)test_\w+\.hpp$/.test(entry.name)) out.push(path)
  }
  return out.sort()
}

/** Literals, words and signs of C++, each with its line. */
function tokens(text) {
  const out = []
  const pattern = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|R"(\w*)\(([\s\S]*?)\)\1"|"((?:[^"\\\n]|\\.)*)"|'(?:[^'\\\n]|\\.)+'|[A-Za-z_]\w*|\d[\w.']*|\s+|./g
  let line = 1
  for (const m of text.matchAll(pattern)) {
    const kind = m[2] !== undefined || m[3] !== undefined ? 'text' : /^[A-Za-z_]/.test(m[0]) ? 'word' : /^\s|^\/[/*]/.test(m[0]) ? 'blank' : 'sign'
    if (kind !== 'blank') out.push({ kind, text: kind === 'text' ? (m[2] ?? m[3].replace(/\\(.)/g, '$1')) : m[0], line })
    line += m[0].split('\n').length - 1
  }
  return out
}

/** The arguments of every call and list: {name, args: [[token…]…]}. */
function calls(all) {
  const out = [], open = []
  let before
  for (const token of all) {
    if (token.kind === 'sign' && '([{'.includes(token.text)) open.push({ name: before?.kind === 'word' ? before.text : '', args: [[]], by: token.text })
    else if (token.kind === 'sign' && ')]}'.includes(token.text)) {
      const done = open.pop()
      if (done) out.push(done)
      open.at(-1)?.args.at(-1).push({ ...token, inner: done })
    } else if (token.kind === 'sign' && token.text === ',' && open.length > 0) open.at(-1).args.push([])
    else if (token.kind === 'sign' && token.text === ';') open.at(-1)?.args.splice(0, Infinity, [])
    else open.at(-1)?.args.at(-1).push(token)
    before = token
  }
  return out
}

/** Not those of a list or of a pair within: they are judged by themselves. */
const literals = (arg) =>
  arg.flatMap((t) => {
    if (!t.inner) return t.kind === 'text' ? [t] : []
    const within = t.inner.args.map(literals)
    return t.inner.by === '{' || (within.length > 1 && within.flat().some((one) => chinese.test(one.text))) ? [] : within.flat()
  })
const words = (arg) => arg.flatMap((t) => (t.inner ? t.inner.args.flatMap(words) : t.kind === 'word' ? [t] : []))
/** The literals with which a sentence can end; none where it ends with a value. */
function ends(arg) {
  const last = arg.at(-1)
  if (!last) return []
  if (last.inner) return last.inner.by === '(' && (arg.length === 1 || arg.at(-2).kind === 'sign') ? ends(last.inner.args.at(-1)) : []
  if (last.kind !== 'text') return []
  // a ? "one." : "other."
  const colon = arg.findLastIndex((t) => t.kind === 'sign' && t.text === ':')
  return colon > 0 && arg.slice(colon).every((t) => t.kind !== 'sign' || t.text === ':') ? [...ends(arg.slice(0, colon)), last] : [last]
}

const mistakes = []
let checked = 0
// A text in quotation marks is shown as it is written: “明”, "明".
const bare = (text) => text.replace(/“[^”]*”|"[^"]*"/g, '')
for (const path of (await Promise.all(['platform', 'systems'].map((f) => sources(join(root, f))))).flat()) {
  const file = relative(root, path)
  for (const { name, args } of calls(tokens(await readFile(path, 'utf8')))) {
    for (let i = 0; i + 1 < args.length; ++i) {
      const zh = literals(args[i]), en = literals(args[i + 1])
      if (!zh.some((t) => chinese.test(t.text)) || en.length === 0) continue
      const english = en.map((t) => t.text).join('\u0000')
      // Two Chinese texts side by side are a list, no pair of languages.
      if (!/[A-Za-z]{2}/.test(english) || !/ |^[A-Z][a-z]+$/.test(english) || !/[a-z]{2,} |[a-z]{2,}$/.test(bare(english))) continue
      ++checked
      const wrong = (why) => mistakes.push(`${file}:${en[0].line}: ${why}: ${english.replace(/\u0000/g, '…')}`)
      if (chinese.test(bare(english))) wrong('Chinese in the English sentence')
      if (words(args[i + 1]).some((t) => t.text === 'zh')) wrong('a Chinese value in the English sentence')
      if (i !== args.length - 2) continue
      // Problems are sentences, but for those of declarations, which are lines of a list; of other pairs both are, or neither is.
      const stops = { en: ends(args[i + 1]).map((t) => /(^|[^.])[.?!]["”]?$/.test(t.text)), zh: ends(args[i]).map((t) => /[。？！][”"）]?$/.test(t.text)) }
      const sentence = ['problem', 'invalid'].includes(name) && !args.some((arg) => arg[0]?.text === 'entities.declaration')
      if (sentence ? [...stops.en, ...stops.zh].includes(false) : stops.en.length > 0 && stops.zh.length > 0 && stops.en.some((stop) => stop !== stops.zh[0])) wrong('no full stop')
    }
  }
}

for (const m of mistakes) console.log(m)
console.log(`${checked} sentences checked, ${mistakes.length} wrong`)
const at = process.argv.indexOf('--count')
if (at > 0) await writeFile(process.argv[at + 1], mistakes.length > 0 ? `0 ${mistakes.length}\n` : '1 0\n')
process.exit(mistakes.length > 0 ? 1 : 0)
