import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, ref } from 'vue'
import type { Page } from './types'

class FakeSource extends EventTarget {
  static readonly CLOSED = 2
  static all: FakeSource[] = []
  readyState = 1
  onerror: (() => void) | null = null
  constructor(readonly url: string) {
    super()
    FakeSource.all.push(this)
  }
  close(): void {
    this.readyState = 2
  }
  say(name: string, data: unknown, position = ''): void {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data), lastEventId: position }))
  }
  refuse(): void {
    this.readyState = 2
    this.onerror?.()
  }
}
const open = () => FakeSource.all.filter((one) => one.readyState !== 2)
const asked = (one: FakeSource) => Object.fromEntries(new URL(one.url, 'http://x').searchParams)
let live: typeof import('./live')
let scope = effectScope()
const seen = (state: 'visible' | 'hidden') => {
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(state)
  document.dispatchEvent(new Event('visibilitychange'))
}

beforeEach(async () => {
  vi.useFakeTimers()
  vi.resetModules()
  vi.stubGlobal('EventSource', FakeSource)
  vi.spyOn(Math, 'random').mockReturnValue(0)
  FakeSource.all = []
  scope = effectScope()
  live = await import('./live')
})
afterEach(() => {
  scope.stop()
  vi.advanceTimersByTime(1000)
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

describe('one stream for a tab', () => {
  it('carries all that its pages want, and ends with them', () => {
    const todo = vi.fn(), snapshot = vi.fn(), record = vi.fn(), gone = vi.fn()
    scope.run(() => {
      live.use_changes(() => 'todo', todo)
      live.use_changes(() => 'notices', vi.fn())
      live.use_live_list(() => ({ list: 'town/lamp', query: { filter: "a = '1'", limit: 20 } }), { snapshot, record, gone })
    })
    vi.advanceTimersByTime(100)
    expect(FakeSource.all.length).toBe(1)
    const [stream] = FakeSource.all
    expect(asked(stream)).toEqual({ filter: "a = '1'", limit: '20', list: 'town/lamp', topics: 'notices,todo' })
    expect(live.is_live.value).toBe(false)
    const page: Page = { items: [], next: null }
    stream.say('snapshot', page, 'e-1')
    expect(live.is_live.value).toBe(true)
    expect(snapshot).toHaveBeenCalledWith(page)
    stream.say('record', { id: '1', version: 2 }, 'e-2')
    expect(record).toHaveBeenCalledWith({ id: '1', version: 2 })
    stream.say('gone', { id: '1' }, 'e-3')
    expect(gone).toHaveBeenCalledWith('1')
    stream.say('changed', { what: 'todo' }, 'e-4')
    vi.advanceTimersByTime(1)
    expect(todo).toHaveBeenCalledTimes(1)
    scope.stop()
    vi.advanceTimersByTime(100)
    expect(open()).toEqual([])
  })
  it('keeps the former one until the new one has begun', () => {
    const todo = vi.fn()
    const list = ref<string | null>(null)
    scope.run(() => {
      live.use_changes(() => 'todo', todo)
      live.use_live_list(() => (list.value ? { list: list.value, query: {} } : null), { snapshot: vi.fn(), record: vi.fn(), gone: vi.fn() })
    })
    vi.advanceTimersByTime(100)
    FakeSource.all[0].say('ready', {}, 'e-1')
    list.value = 'town/lamp'
    return Promise.resolve().then(() => {
      vi.advanceTimersByTime(100)
      expect(open().length).toBe(2)
      expect(asked(FakeSource.all[1])).toEqual({ list: 'town/lamp', topics: 'todo' })
      FakeSource.all[0].say('changed', { what: 'todo' })
      vi.advanceTimersByTime(1)
      expect(todo).toHaveBeenCalledTimes(1)
      FakeSource.all[1].say('snapshot', { items: [] }, 'e-2')
      expect(open().length).toBe(1)
    })
  })
  it('is closed while the tab is hidden and goes on where it was', () => {
    scope.run(() => live.use_changes(() => 'todo', vi.fn()))
    vi.advanceTimersByTime(100)
    FakeSource.all[0].say('ready', {}, 'e-7')
    seen('hidden')
    vi.advanceTimersByTime(1000)
    expect(open().length).toBe(1)
    vi.advanceTimersByTime(2000)
    expect(open().length).toBe(0)
    seen('visible')
    vi.advanceTimersByTime(10)
    expect(asked(open()[0])).toEqual({ topics: 'todo', last_event_id: 'e-7' })
  })
  it('asks by the clock, rarely while it is told and as before when it is not', () => {
    const ask = vi.fn()
    scope.run(() => {
      live.use_changes(() => 'todo', vi.fn())
      live.use_clock(ask, 30_000)
    })
    vi.advanceTimersByTime(100)
    FakeSource.all[0].refuse()
    vi.advanceTimersByTime(60_000)
    expect(ask).toHaveBeenCalledTimes(2)
    const now = open().at(-1)!
    now.say('ready', {})
    vi.advanceTimersByTime(120_000)
    expect(ask).toHaveBeenCalledTimes(2)
    vi.advanceTimersByTime(30_000)
    expect(ask).toHaveBeenCalledTimes(3)
  })
  it('comes back later and later when it is refused, and asks once when the session has ended', () => {
    const todo = vi.fn()
    scope.run(() => live.use_changes(() => 'todo', todo))
    vi.advanceTimersByTime(100)
    for (const wait of [2_000, 5_000, 15_000, 60_000, 60_000]) {
      const before = FakeSource.all.length
      open()[0].refuse()
      vi.advanceTimersByTime(wait - 10)
      expect(FakeSource.all.length).toBe(before)
      vi.advanceTimersByTime(20)
      expect(FakeSource.all.length).toBe(before + 1)
    }
    open()[0].say('end', { reason: 'identity.session.ended' })
    vi.advanceTimersByTime(10)
    expect(todo).toHaveBeenCalledTimes(1)
    expect(live.is_live.value).toBe(false)
    expect(open().length).toBe(0)
  })
})
