import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { road_width, zoom_of } from './ground'
import { wrapped } from './labels'
import { legend_symbols, symbols } from './symbols'

const resolution = (zoom: number) => 156543.034 / 2 ** zoom

describe('roads', () => {
  it('grow with the scale and keep their order', () => {
    expect(zoom_of(resolution(12))).toBeCloseTo(12)
    for (const sort of ['motorway', 'primary', 'road', 'minor', 'path']) {
      for (let zoom = 8; zoom < 18; zoom++) expect(road_width(sort, resolution(zoom + 1)), `${sort} ${zoom}`).toBeGreaterThanOrEqual(road_width(sort, resolution(zoom)))
    }
    const order = ['motorway', 'trunk', 'primary', 'secondary', 'minor', 'path']
    for (let zoom = 10; zoom <= 18; zoom++) order.slice(1).forEach((sort, i) => expect(road_width(sort, resolution(zoom))).toBeLessThanOrEqual(road_width(order[i], resolution(zoom))))
  })
  it('of a class that nobody knows are drawn all the same', () => {
    expect(road_width('busway', resolution(14))).toBeGreaterThan(0)
  })
})

describe('symbols', () => {
  it('are those that declarations may name, and no others', () => {
    const source = readFileSync('../platform/entities/declaration.cpp', 'utf8') // tests run in web/
    const declared = [.../symbols\{([^}]*)\}/.exec(source)![1].matchAll(/"(\w+)"/g)].map((one) => one[1])
    expect(Object.keys(symbols).sort()).toEqual(declared.sort())
  })
  it('are drawn before they are named, and the legend shows only what has a glyph or a line', () => {
    for (const [name, one] of Object.entries(symbols)) expect(one.named, name).toBeLessThanOrEqual(one.seen)
    for (const name of legend_symbols) expect(symbols[name]).toBeDefined()
  })
})

describe('names', () => {
  it('that are long stand in two lines', () => {
    expect(wrapped('中山路', 9)).toBe('中山路')
    expect(wrapped('中国共产党第五次全国代表大会旧址', 9).split('\n')).toHaveLength(2)
    expect(wrapped('First Railway River Bridge', 9)).toBe('First Railway\nRiver Bridge')
  })
})
