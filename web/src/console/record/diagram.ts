/**
 * Places the states of a process in columns by how far they are from the beginning, for a drawing without crossings where that is possible. Steps that
 * stay where they are or go back to the state before (`to: same`, `to: previous`) lead to no state of their own and have no arrow.
 */
import type { Process, ProcessState } from '../../shared/types'

export interface Box { state: ProcessState; x: number; y: number }
export interface Arrow { from: Box; to: Box; titles: string[]; back: boolean; auto: boolean; path: string; label_x: number; label_y: number }
export interface Diagram { boxes: Box[]; arrows: Arrow[]; width: number; height: number }

export const box_width = 112
export const box_height = 42
const step_x = 160
const step_y = 80

/** A title in at most two lines that fit into a box: between words, or in the middle where there are none. */
export function lines_of(title: string): string[] {
  const wide = /[\u2e80-\u9fff]/.test(title)
  const most = wide ? 7 : 13
  if (title.length <= most) return [title]
  if (wide && !title.includes(' ')) {
    const half = Math.ceil(title.length / 2)
    return [title.slice(0, half), title.slice(half)]
  }
  const words = title.split(' ')
  let best = 1
  const longest = (at: number) => Math.max(words.slice(0, at).join(' ').length, words.slice(at).join(' ').length)
  for (let at = 2; at < words.length; at++) if (longest(at) < longest(best)) best = at
  return words.length > 1 ? [words.slice(0, best).join(' '), words.slice(best).join(' ')] : [title]
}

export function lay_out(process: Process, title: (value: Process['transitions'][number]['title']) => string): Diagram {
  const level = new Map<string, number>([[process.initial, 0]])
  const main = new Set(process.states.filter((state) => state.kind !== 'rejected').map((state) => state.name))
  // Longest forward path along the declared order, so that a loop back does not push the end away.
  const order = new Map(process.states.map((state, at) => [state.name, at]))
  for (let round = 0; round < process.states.length; round++) {
    for (const one of process.transitions) {
      for (const from of one.from) {
        if (!level.has(from) || !main.has(one.to) || (order.get(one.to) ?? 0) <= (order.get(from) ?? 0)) continue
        level.set(one.to, Math.max(level.get(one.to) ?? 0, level.get(from)! + 1))
      }
    }
  }
  for (const state of process.states) if (main.has(state.name) && !level.has(state.name)) level.set(state.name, 0)
  // States that stop the clock hang below the main line, refusals below them.
  const boxes: Box[] = []
  const taken = new Set<string>()
  const rows = (state: ProcessState) => (state.kind === 'stopped' ? 1 : 0)
  const middle = Math.max(...level.values())
  process.states.filter((state) => main.has(state.name)).forEach((state) => {
    const column = level.get(state.name) ?? 0
    let row = rows(state)
    while (taken.has(`${column}/${row}`)) row++
    taken.add(`${column}/${row}`)
    boxes.push({ state, x: column * step_x, y: row * step_y })
  })
  const lowest = Math.max(0, ...boxes.map((box) => box.y))
  const refused = process.states.filter((state) => !main.has(state.name))
  refused.forEach((state, at) => boxes.push({ state, x: Math.max(0, middle - refused.length + 1 + at) * step_x, y: lowest + step_y + 10 * refused.length }))
  const lanes = new Map(refused.map((state, at) => [state.name, at]))

  const by_name = new Map(boxes.map((box) => [box.state.name, box]))
  const joined = new Map<string, Arrow>()
  for (const one of process.transitions) {
    const to = by_name.get(one.to)
    if (!to) continue
    for (const name of one.from) {
      const from = by_name.get(name)
      if (!from || from === to) continue
      const key = `${name}>${one.to}`
      const known = joined.get(key)
      if (known) {
        known.titles.push(title(one.title))
        known.auto &&= Boolean(one.auto)
      } else joined.set(key, { ...draw(from, to, title(one.title), lanes.get(one.to) ?? 0), auto: Boolean(one.auto) })
    }
  }
  const arrows = [...joined.values()]
  return { boxes, arrows, width: Math.max(...boxes.map((box) => box.x)) + box_width, height: Math.max(...boxes.map((box) => box.y)) + box_height }
}

function draw(from: Box, to: Box, title: string, lane: number): Omit<Arrow, 'auto'> {
  const middle = box_height / 2
  if (to.x > from.x && to.y === from.y && to.x - from.x <= step_x) {
    const [x1, x2, y] = [from.x + box_width, to.x, from.y + middle]
    return { from, to, titles: [title], back: false, path: `M${x1} ${y}H${x2 - 2}`, label_x: (x1 + x2) / 2, label_y: y - 6 }
  }
  if (to.x === from.x) {
    const down = to.y > from.y
    const x = from.x + box_width / 2 + (down ? -12 : 12)
    const [y1, y2] = down ? [from.y + box_height, to.y - 2] : [from.y, to.y + box_height + 2]
    return { from, to, titles: [title], back: !down, path: `M${x} ${y1}V${y2}`, label_x: x + (down ? -6 : 6), label_y: (y1 + y2) / 2 + 4 }
  }
  const back = to.x < from.x
  if (to.state.kind === 'rejected') {
    // Falls to the bus of that refusal, behind whatever stands between, and along it to the refusal.
    const x1 = from.x + box_width - 12 - 7 * lane
    const x2 = to.x + box_width / 2
    const bus = to.y - 14 - 8 * lane
    return { from, to, titles: [title], back: false, path: `M${x1} ${from.y + box_height}V${bus - 5}Q${x1} ${bus} ${x1 + 5 * Math.sign(x2 - x1)} ${bus}H${x2 - 5 * Math.sign(x2 - x1)}Q${x2} ${bus} ${x2} ${bus + 5}V${to.y - 2}`, label_x: (x1 + x2) / 2, label_y: bus - 4 }
  }
  if (to.y === from.y) {
    const lift = 20 + Math.abs(to.x - from.x) / step_x * 7
    const x1 = from.x + box_width / 2 + (back ? -18 : 18)
    const x2 = to.x + box_width / 2 + (back ? 18 : -18)
    return { from, to, titles: [title], back, path: `M${x1} ${from.y}C${x1} ${from.y - lift} ${x2} ${from.y - lift} ${x2} ${from.y - 2}`, label_x: (x1 + x2) / 2, label_y: from.y - lift * 0.8 }
  }
  const x1 = back ? from.x : from.x + box_width
  const x2 = to.x + box_width / 2 + (back ? 24 : -24)
  const y1 = from.y + middle
  const y2 = to.y > from.y ? to.y - 2 : to.y + box_height + 2
  return { from, to, titles: [title], back, path: `M${x1} ${y1}Q${x2} ${y1} ${x2} ${y2}`, label_x: x2 + (back ? 4 : -4), label_y: (y1 + y2) / 2 }
}
