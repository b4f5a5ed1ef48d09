/** What is written on the map: one face, a halo of the ground's colour, no more turned than can be read. */
import Fill from 'ol/style/Fill'
import Stroke from 'ol/style/Stroke'
import Text from 'ol/style/Text'
import { faded, token } from './tokens'

export const font = (size: number, weight: string | number = 'normal', italic = false) => `${italic ? 'italic ' : ''}${weight} ${size}px 'Noto Sans CJK SC', 'PingFang SC', 'HarmonyOS Sans SC', 'Microsoft YaHei', system-ui, sans-serif`

export interface Writing { size?: number; weight?: string | number; italic?: boolean; along?: boolean; below?: number; wrap?: number; halo?: number; spaced?: boolean }

/** Long names stand in two lines; Chinese may be broken anywhere, Latin between words. */
export function wrapped(text: string, most: number): string {
  if (text.length <= most) return text
  if (/^[\x20-\x7e]+$/.test(text)) {
    const words = text.split(' ')
    const half = Math.ceil(text.length / 2)
    let first = ''
    while (words.length > 1 && first.length + words[0].length <= half) first += (first ? ' ' : '') + words.shift()
    return first ? `${first}\n${words.join(' ')}` : text
  }
  const half = Math.ceil(text.length / 2)
  return `${text.slice(0, half)}\n${text.slice(half)}`
}

export function write(text: string, colour: string, how: Writing = {}): Text {
  return new Text({
    text: how.along ? text : how.spaced ? [...text].join('\u2009') : wrapped(text, how.wrap ?? 9), font: font(how.size ?? 12, how.weight, how.italic),
    placement: how.along ? 'line' : 'point', maxAngle: Math.PI / 5, repeat: how.along ? 420 : undefined, overflow: !how.along,
    offsetY: how.below ?? 0, textBaseline: how.below ? 'top' : 'middle', padding: [2, 3, 2, 3],
    fill: new Fill({ color: token(colour) }), stroke: new Stroke({ color: faded(token('--map-halo'), 0.92), width: how.halo ?? 3 }),
  })
}
