// Makes characters.tsv, words.tsv and shapes.tsv from the npm package pinyin-pro and the Unihan files of the Debian
// package unicode-data. Only needed when one of the two is renewed; the product builds from the committed results.
//
//   npm install pinyin-pro@3.29.4 && apt-get download unicode-data && dpkg-deb -x unicode-data_*.deb unicode
//   node build_dictionary.mjs node_modules/pinyin-pro unicode/usr/share/unicode .
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [packageFolder, unihanFolder, target] = process.argv.slice(2).map((p) => resolve(p));
const load = (file) => import(pathToFileURL(join(packageFolder, 'dist/esm/data', file)));
const dict1 = (await load('dict1.mjs')).default;
const wordLists = [];
for (const file of ['dict2.mjs', 'dict3.mjs', 'dict4.mjs', 'dict5.mjs', 'surname.mjs'])
  wordLists.push((await load(file)).default);

const unihan = new Map();  // character -> {field: value}
for (const part of ['Readings', 'OtherMappings', 'DictionaryLikeData', 'IRGSources']) {
  const text = execFileSync('bzcat', [join(unihanFolder, `Unihan_${part}.txt.bz2`)], { maxBuffer: 1 << 30 }).toString();
  for (const line of text.split('\n')) {
    if (!line.startsWith('U+')) continue;
    const [code, field, value] = line.split('\t');
    const character = String.fromCodePoint(parseInt(code.slice(2), 16));
    let fields = unihan.get(character);
    if (!fields) unihan.set(character, (fields = {}));
    fields[field] = value;
  }
}

const bare = (syllable) => syllable.normalize('NFD').replace(/[\u0300\u0301\u0304\u030c]/g, '').normalize('NFC');
const isNeutral = (syllable) => bare(syllable) === syllable.normalize('NFC');
// A syllable of Mandarin as place names use it: no interjections without a vowel (ń, hm), no ê.
const isSyllable = (s) =>
  /^(zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(a|ai|an|ang|ao|e|ei|en|eng|er|i|ia|ian|iang|iao|ie|in|ing|iong|iu|o|ong|ou|u|ua|uai|uan|uang|ue|ui|un|uo|ü|üe)$/
    .test(bare(s));
const unique = (list) => [...new Set(list)];
const dictionaryReadings = (value) =>
  value ? value.split(' ').flatMap((entry) => (entry.split(':')[1] ?? '').split(',')) : [];

const readings = new Map();
for (const [character, fields] of unihan) {
  const fromPackage = (dict1.get(character) ?? '').split(' ').filter(Boolean);
  const standard = dictionaryReadings(fields.kTGHZ2013);
  const mandarin = (fields.kMandarin ?? '').split(' ').filter(Boolean);
  const all = unique([...fromPackage, ...standard, ...mandarin].map((s) => s.normalize('NFC'))).filter(isSyllable);
  // The neutral tone is a way of speaking a word, not a reading of its own, when the full tone is listed too.
  const full = all.filter((s) => !isNeutral(s) || !all.some((other) => other !== s && bare(other) === s));
  if (full.length || fields.kTGH) readings.set(character, full);  // 嗯 is listed without a syllable of its own
}

const level = (fields) => {
  if (!fields.kTGH) return 0;
  const rank = Number(fields.kTGH.split(':')[1]);
  return rank <= 3500 ? 1 : rank <= 6500 ? 2 : 3;
};
const byCodePoint = (a, b) => a.codePointAt(0) - b.codePointAt(0);
const characterLines = [...readings.keys()].sort(byCodePoint)
  .map((c) => `${c}\t${readings.get(c).join(' ')}\t${level(unihan.get(c))}`);

const words = new Map();
const dropped = [];
for (const list of wordLists) {
  for (const [word, text] of Object.entries(list)) {
    const characters = [...word];
    const syllables = text.split(' ').map((s) => s.normalize('NFC'));
    if (characters.length < 2) continue;
    if (characters.length !== syllables.length || !characters.every((c) => readings.has(c))) {
      dropped.push(word);
      continue;
    }
    const fixed = syllables.map((syllable, i) => {
      const c = characters[i];
      if (c === '一') return 'yī';  // names keep the tone of the dictionary, without sandhi
      if (c === '不') return 'bù';
      if (isNeutral(syllable) && c !== '子') {
        const known = readings.get(c).find((r) => bare(r) === syllable);
        if (known) return known;
      }
      return syllable;
    });
    const plausible = fixed.every((s, i) => {
      const fields = unihan.get(characters[i]);
      return isSyllable(s) && (readings.get(characters[i]).includes(s) || isNeutral(s) ||
        dictionaryReadings(fields.kXHC1983).includes(s) || dictionaryReadings(fields.kHanyuPinyin).includes(s));
    });
    if (plausible) words.set(word, fixed.join(' '));
    else dropped.push(`${word} ${fixed.join(' ')}`);
  }
}
const wordLines = [...words.keys()].sort().map((w) => `${w}\t${words.get(w)}`);

// Input codes that describe the form of a character: Cangjie letters, four-corner digits, strokes.
const shapeLines = [];
for (const character of [...unihan.keys()].sort(byCodePoint)) {
  const fields = unihan.get(character);
  if (!fields.kCangjie || character.codePointAt(0) > 0xffff) continue;
  const corners = (fields.kFourCornerCode ?? '').split(' ')[0].replace('.', '');
  shapeLines.push(`${character}\t${fields.kCangjie}\t${corners}\t${(fields.kTotalStrokes ?? '0').split(' ')[0]}`);
}

writeFileSync(join(target, 'characters.tsv'), characterLines.join('\n') + '\n');
writeFileSync(join(target, 'words.tsv'), wordLines.join('\n') + '\n');
writeFileSync(join(target, 'shapes.tsv'), shapeLines.join('\n') + '\n');
console.log(`${characterLines.length} characters, ${wordLines.length} words, ${shapeLines.length} shapes`);
console.log(`${dropped.length} words left out: ${dropped.slice(0, 20).join('; ')}`);
