// Makes data/equivalents.tsv: characters that are written for an ordinary ideograph, and that ideograph.
//   node build_equivalents.mjs UNICODE_FOLDER > equivalents.tsv
// UNICODE_FOLDER holds UnicodeData.txt and EquivalentUnifiedIdeograph.txt of the Unicode Character Database (Debian package
// unicode-data: /usr/share/unicode). Radicals and strokes: the property Equivalent_Unified_Ideograph. Compatibility
// ideographs: their canonical decomposition. Private use: what GBK had there before Unicode encoded it (GB 18030-2022,
// rows A6 and FE), as old fonts and input methods still give it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv[2], equivalents = new Map()
const hex = (text) => parseInt(text, 16)
for (const line of readFileSync(join(folder, 'EquivalentUnifiedIdeograph.txt'), 'utf8').split('\n')) {
  const found = /^([0-9A-F]+)(?:\.\.([0-9A-F]+))?\s*;\s*([0-9A-F]+)/.exec(line)
  if (found) for (let c = hex(found[1]); c <= hex(found[2] ?? found[1]); ++c) equivalents.set(c, hex(found[3]))
}
for (const line of readFileSync(join(folder, 'UnicodeData.txt'), 'utf8').split('\n')) {
  const [code, , , , , decomposition] = line.split(';'), c = hex(code)
  if (!((c >= 0xf900 && c <= 0xfaff) || (c >= 0x2f800 && c <= 0x2fa1f))) continue
  if (/^[0-9A-F]+$/.test(decomposition)) equivalents.set(c, hex(decomposition))
}
// FE50 to FEA0 of GBK stood at E815 to E864.
const rowFE = `2E81 20087 20089 200CC 2E84 3473 3447 2E88 2E8B 9FB4 359E 361A 360E 2E8C 2E97 396E 3918 9FB5 39CF 39DF 3A73 39D0
9FB6 9FB7 3B4E 3C6E 3CE0 2EA7 215D7 9FB8 2EAA 4056 415F 2EAE 4337 2EB3 2EB6 2EB7 2298F 43B1 43AC 2EBB 43DD 44D6 4661 464C 9FB9
4723 4729 477C 478D 2ECA 4947 497A 497D 4982 4983 4985 4986 499F 499B 49B7 49B6 9FBA 241FE 4CA3 4C9F 4CA0 4CA1 4C77 4CA2
4D13 4D14 4D15 4D16 4D17 4D18 4D19 4DAE 9FBB`.split(/\s+/).map(hex)
rowFE.forEach((c, i) => equivalents.set(0xe815 + i, c))
console.log('# character, the ordinary ideograph it stands for (made by build_equivalents.mjs)')
for (let [c, to] of [...equivalents].sort((a, b) => a[0] - b[0])) {
  while (equivalents.has(to)) to = equivalents.get(to)
  console.log(`${c.toString(16).toUpperCase()}\t${to.toString(16).toUpperCase()}`)
}
