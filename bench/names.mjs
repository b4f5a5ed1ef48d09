// Place names for load: made up, the same for the same number, spread over the real divisions of the demonstration city.
import { createWriteStream } from 'node:fs'
import { once } from 'node:events'

const specific = [...'东西南北中春夏秋冬梅兰竹菊松柏杨柳桃李金银铜铁石玉珠江河湖海山川云雨风雪花草树林鸟鱼龙凤虎马长安平和福寿康宁仁义礼智信忠孝廉']
const generic = [['路', '23510', 'street'], ['街', '23510', 'street'], ['巷', '23510', 'street'], ['桥', '23610', 'facility'], ['广场', '26100', 'building']]

/** Row `i` of a city: its name says nothing about a real place. */
export function placeName(i, divisions) {
  const a = specific[i % specific.length], b = specific[Math.floor(i / specific.length) % specific.length], c = specific[Math.floor(i / specific.length ** 2) % specific.length]
  const [ending, category, kind] = generic[i % generic.length]
  const division = divisions[(i * 7919) % divisions.length]
  const longitude = (113.75 + ((i * 104729) % 100003) / 100003 * 1.2).toFixed(6)
  const latitude = (30.05 + ((i * 15485863) % 99991) / 99991 * 1.0).toFixed(6)
  return { name: `${a}${b}${c}${ending}`, category, kind, division, longitude, latitude }
}

export async function writeCsv(file, rows, divisions) {
  const out = createWriteStream(file)
  out.write('name,category,legal_kind,division,lon,lat,source\n')
  let text = ''
  for (let i = 0; i < rows; ++i) {
    const p = placeName(i, divisions)
    text += `${p.name},${p.category},${p.kind},${p.division},${p.longitude},${p.latitude},bench\n`
    if (text.length > 1 << 20) {
      if (!out.write(text)) await once(out, 'drain')
      text = ''
    }
  }
  out.end(text)
  await once(out, 'finish')
}
