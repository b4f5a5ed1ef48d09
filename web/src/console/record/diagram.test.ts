import { describe, expect, it } from 'vitest'
import type { Process } from '../../shared/types'
import { lay_out, lines_of } from './diagram'

const title = (name: string) => ({ zh: name, en: name })
const process: Process = {
  initial: 'draft',
  states: [['draft', 'normal'], ['checking', 'normal'], ['correcting', 'stopped'], ['decision', 'normal'], ['done', 'final'], ['refused', 'rejected']].map(([name, kind]) => ({ name, title: title(name), kind: kind as 'normal' })),
  transitions: [
    { name: 'submit', title: title('submit'), from: ['draft'], to: 'checking' },
    { name: 'ask', title: title('ask'), from: ['checking'], to: 'correcting' },
    { name: 'again', title: title('again'), from: ['correcting'], to: 'checking' },
    { name: 'pass', title: title('pass'), from: ['checking'], to: 'decision' },
    { name: 'agree', title: title('agree'), from: ['decision'], to: 'done' },
    { name: 'refuse', title: title('refuse'), from: ['checking', 'decision'], to: 'refused' },
  ],
}

describe('the drawing of a process', () => {
  const drawn = lay_out(process, (value) => value.zh)
  const box = (name: string) => drawn.boxes.find((one) => one.state.name === name)!
  it('places every state once, none on another', () => {
    expect(drawn.boxes).toHaveLength(process.states.length)
    expect(new Set(drawn.boxes.map((one) => `${one.x}/${one.y}`)).size).toBe(process.states.length)
  })
  it('runs from left to right, with stopped states below and refusals below them', () => {
    expect(box('draft').x).toBeLessThan(box('checking').x)
    expect(box('checking').x).toBeLessThan(box('decision').x)
    expect(box('decision').x).toBeLessThan(box('done').x)
    expect(box('correcting').y).toBeGreaterThan(box('checking').y)
    expect(box('refused').y).toBeGreaterThan(box('correcting').y)
  })
  it('marks what goes back', () => {
    expect(drawn.arrows.find((one) => one.from.state.name === 'correcting' && one.to.state.name === 'checking')?.back).toBe(true)
    expect(drawn.arrows.find((one) => one.from.state.name === 'draft')?.back).toBe(false)
  })
  it('draws how a case is refused, from every state that can', () => {
    expect(drawn.arrows.filter((one) => one.to.state.name === 'refused').map((one) => one.from.state.name).sort()).toEqual(['checking', 'decision'])
  })
  it('draws no arrow for steps that stay or go back to the state before', () => {
    const more = lay_out({ ...process, transitions: [...process.transitions, { name: 'note', title: title('note'), from: ['checking'], to: 'same' }, { name: 'back', title: title('back'), from: ['decision'], to: 'previous' }, { name: 'by_itself', title: title('by_itself'), from: ['correcting'], to: 'decision', auto: true }] }, (value) => value.zh)
    expect(more.boxes).toHaveLength(process.states.length)
    expect(more.arrows).toHaveLength(drawn.arrows.length + 1)
    expect(more.arrows.filter((one) => one.auto).map((one) => one.titles)).toEqual([['by_itself']])
  })
  it('breaks long titles between words and loses nothing', () => {
    expect(lines_of('District review')).toEqual(['District', 'review'])
    expect(lines_of('Being checked')).toEqual(['Being checked'])
    expect(lines_of('Waiting for the correction')).toEqual(['Waiting for', 'the correction'])
    expect(lines_of('待补正')).toEqual(['待补正'])
    expect(lines_of('等待申请人补充材料').join('')).toBe('等待申请人补充材料')
    expect(lines_of('等待申请人补充材料')).toHaveLength(2)
  })
})
