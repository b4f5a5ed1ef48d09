// docs/declarations.md tells every function of conditions, every placeholder of messages and every measure that the code
// knows, and the pictures that a declaration may name are drawn.   node tests/architecture/check_docs.mjs [--count FILE]
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const read = (path) => readFileSync(join(root, path), 'utf8')
const docs = read('docs/declarations.md')
let passed = 0
const failures = []
const holds = (good, what) => (good ? passed++ : failures.push(what))

/** The quoted words of the part of a source between two texts. */
function words(path, from, to, pattern = /"([a-z_]+)"/g) {
  const text = read(path)
  const begin = text.indexOf(from)
  const end = text.indexOf(to, begin + from.length)
  if (begin < 0 || end < 0) throw new Error(`${path} has no longer "${from}" … "${to}": mend tests/architecture/check_docs.mjs`)
  const found = [...text.slice(begin + from.length, end).matchAll(pattern)].map((m) => m[1])
  if (!found.length) throw new Error(`${path}: nothing between "${from}" and "${to}"`)
  return found
}

const functions = [
  ...words('platform/query/check.cpp', 'builtins[] = {', '};'),
  ...words('platform/query/check.cpp', 'scopes[] = {', '};'),
  ...[...read('platform/query/functions.cpp').matchAll(/\.add\(\{"([a-z_]+)"/g)].map((m) => m[1]),
]
for (const name of functions) holds(docs.includes(`${name}(`), `docs/declarations.md does not tell of the function ${name}()`)
for (const name of words('platform/entities/messages_check.cpp', 'common_placeholders() {', '};'))
  holds(docs.includes(`{${name}}`), `docs/declarations.md does not tell of the placeholder {${name}}`)
for (const name of words('platform/entities/loader_statistics.cpp', 'words{', '};'))
  holds(docs.includes(`\`${name}(`) || docs.includes(`\`${name}\``), `docs/declarations.md does not tell of the measure ${name}`)
const drawn = words('web/src/shared/ui/Glyph.vue', 'const paths = {', '} as const', /(?:^|[\s,{])([a-z]+): '/g)
for (const name of words('platform/entities/loader_portal.cpp', 'glyph_names() {', '};'))
  holds(drawn.includes(name), `web/src/shared/ui/Glyph.vue does not draw ${name}`)
for (const name of words('platform/entities/loader_portal.cpp', 'glyph_names() {', '};'))
  holds(new RegExp(`glyph:[^\\n]*\\b${name}\\b`).test(docs), `docs/declarations.md does not tell of the glyph ${name}`)

for (const failure of failures) console.log(`FAILED ${failure}`)
const count = process.argv.indexOf('--count')
if (count > 0) writeFileSync(process.argv[count + 1], `${passed} ${failures.length}\n`)
console.log(`${passed} passed, ${failures.length} failed`)
process.exit(failures.length ? 1 : 0)
