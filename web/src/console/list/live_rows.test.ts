import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import type { ListEars } from '../../shared/live'
import type { Entry } from '../../shared/types'
import { use_live_rows, type LiveRows } from './live_rows'

let ears: ListEars
vi.mock('../../shared/live', async (real) => ({
  ...(await real<typeof import('../../shared/live')>()),
  use_live_list: (_: unknown, heard: ListEars) => {
    ears = heard
  },
}))

const row = (id: string, version = 1): Entry => ({ id, version })
const items = ref<Entry[]>([])
const chosen = ref(false)
const scrolled = ref(false)
let later: Entry[] = []
const load = vi.fn(async () => {
  items.value = later
})
let scope = effectScope()
let rows: LiveRows

beforeEach(() => {
  vi.useFakeTimers()
  load.mockClear()
  items.value = [row('1'), row('2')]
  chosen.value = scrolled.value = false
  scope = effectScope()
  rows = scope.run(() => use_live_rows({ wish: () => null, items, chosen: () => chosen.value, scrolled: () => scrolled.value, load }))!
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
})

describe('the rows of a table', () => {
  it('change in their place, with a light that goes out', async () => {
    ears.record(row('2', 2))
    expect(items.value.map((one) => one.version)).toEqual([1, 2])
    expect([...rows.lit.value]).toEqual(['2'])
    await vi.advanceTimersByTimeAsync(3_100)
    expect(rows.lit.value.size).toBe(0)
    expect(load).not.toHaveBeenCalled()
  })
  it('are left alone when nothing is new', async () => {
    ears.snapshot({ items: [row('1'), row('2')] })
    ears.record(row('1'))
    ears.gone('9')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(load).not.toHaveBeenCalled()
    expect(rows.lit.value.size).toBe(0)
  })
  it('are read again for what is new or gone, once for several', async () => {
    later = [row('3'), row('1')]
    ears.record(row('3'))
    ears.gone('2')
    await vi.advanceTimersByTimeAsync(400)
    expect(load).toHaveBeenCalledTimes(1)
    expect(items.value.map((one) => one.id)).toEqual(['3', '1'])
    expect([...rows.lit.value]).toEqual(['3'])
  })
  it('wait while the reader has scrolled, and come when they say so or are back at the top', async () => {
    later = [row('3'), row('1'), row('2')]
    scrolled.value = true
    ears.record(row('3'))
    ears.record(row('3', 2))
    ears.record(row('4'))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(load).not.toHaveBeenCalled()
    expect(rows.waiting.value).toBe(2)
    scrolled.value = false
    await nextTick()
    await vi.advanceTimersByTimeAsync(10)
    expect(load).toHaveBeenCalledTimes(1)
    expect(rows.waiting.value).toBe(0)
  })
  it('do not even change while some are chosen', async () => {
    later = [row('1', 2), row('2')]
    chosen.value = true
    ears.record(row('1', 2))
    expect(items.value[0].version).toBe(1)
    expect(rows.waiting.value).toBe(1)
    await rows.show()
    expect(items.value[0].version).toBe(2)
  })
  it('are compared with a whole list', async () => {
    later = [row('1', 2), row('3')]
    ears.snapshot({ items: later })
    await vi.advanceTimersByTimeAsync(400)
    expect(load).toHaveBeenCalledTimes(1)
    expect([...rows.lit.value].sort()).toEqual(['1', '3'])
  })
})
