/**
 * What changes while a page is seen (docs/api.md, Live pages). One EventSource carries all that the pages of this tab want to know; it is closed while the tab
 * is hidden, since a browser opens six connections to a server in all, and goes on where it was when the tab is seen again.
 */
import { onScopeDispose, readonly, ref, watch, type Ref } from 'vue'
import { with_query, type Query } from './api'
import type { Entry, Page } from './types'

/** A list as its own address would give its first page: "town/lamp". */
export interface LiveList { list: string; query: Query }
export interface ListEars {
  /** All of it, at the beginning and whenever single changes are not known. */
  snapshot: (page: Page) => void
  /** A record of the list, new or changed. */
  record: (row: Entry) => void
  gone: (id: string) => void
}

const hidden_for = 2_000  // before the stream is closed: who looks at another tab comes back
const spread = 300  // a change that many pages hear of does not make them all ask in the same moment
const waits = [2_000, 5_000, 15_000, 60_000]

const on = ref(false)
/** Whether changes are told now. Pages ask by the clock while they are not. */
export const is_live = readonly(on)

const topics = new Map<string, Set<() => void>>()
let list: { ask: LiveList; ears: ListEars } | null = null
interface Stream { source: EventSource; address: string }
let now: Stream | null = null
let before: Stream | null = null
let planned = 0
let leaving = 0
let failures = 0

const list_query = (): Query => (list ? { ...list.ask.query, list: list.ask.list } : {})
const list_key = (): string => JSON.stringify(list_query())
const wanted = (): Query => ({ ...list_query(), topics: [...topics.keys()].sort().join(',') })
const address = (more: Query = {}): string => with_query('/api/v1/live', { ...wanted(), ...more })
function end(stream: Stream | null): void {
  stream?.source.close()
}
function close(): void {
  end(before)
  end(now)
  before = null
  on.value = false
}

let places: { of: string; position: string } = { of: '', position: '' }  // where the last stream was
function open(): void {
  end(before)
  before = now  // until the new one has begun, so that nothing falls between the two
  const of = list_key()
  const source = new EventSource(address(places.of === of ? { last_event_id: places.position } : {}))
  const stream: Stream = { source, address: address() }
  now = stream
  const hear = (name: string, use: (data: unknown) => void): void =>
    source.addEventListener(name, (event) => {
      if (stream !== now && stream !== before) return
      const message = event as MessageEvent<string>
      if (stream === now) {
        end(before)
        before = null
        on.value = true
        failures = 0
        if (message.lastEventId) places = { of, position: message.lastEventId }
      }
      use(JSON.parse(message.data))
    })
  const ears = (): ListEars | null => (stream === now && list_key() === of ? (list?.ears ?? null) : null)
  hear('ready', () => undefined)
  hear('snapshot', (data) => ears()?.snapshot(data as Page))
  hear('record', (data) => ears()?.record(data as Entry))
  hear('gone', (data) => ears()?.gone((data as { id: string }).id))
  hear('changed', (data) => topics.get((data as { what: string }).what)?.forEach((ask) => ask()))
  hear('end', () => {
    // The session or its rights are no more: the pages' own calls say it in their words.
    for (const asks of [...topics.values()]) asks.forEach((ask) => ask())
    failures = waits.length - 1
    fail(stream)
  })
  source.onerror = () => {
    if (stream !== now) return
    on.value = false
    if (source.readyState === EventSource.CLOSED) fail(stream)  // otherwise the browser tries again by itself
  }
}
function fail(stream: Stream): void {
  if (stream !== now) return
  close()
  now = null
  plan(waits[Math.min(failures++, waits.length - 1)])
}

function plan(wait: number): void {
  window.clearTimeout(planned)
  planned = window.setTimeout(sync, wait)
}
function sync(): void {
  if (typeof EventSource === 'undefined') return
  if (document.visibilityState === 'hidden' || (!topics.size && !list)) {
    close()
    now = null
  } else if (now?.address !== address()) open()
}
/** Pages come and go together: one new stream for all that they want. */
const changed = (): void => plan(60)

function seen(): void {
  window.clearTimeout(leaving)
  if (document.visibilityState === 'hidden') leaving = window.setTimeout(sync, hidden_for)
  else if (!now) {
    failures = 0
    plan(0)
  }
}
if (typeof document !== 'undefined') document.addEventListener('visibilitychange', seen)

/** Calls `ask` when `what` has changed: "todo", "badges", "notices", "dashboard:town.wall". Nothing is heard while it is null. */
export function use_changes(what: () => string | null, ask: () => void): void {
  let timer = 0
  const soon = (): void => {
    window.clearTimeout(timer)
    timer = window.setTimeout(ask, Math.random() * spread)
  }
  let held: string | null = null
  const hold = (topic: string | null): void => {
    const former = held === null ? undefined : topics.get(held)
    if (former?.delete(soon) && !former.size) topics.delete(held!)
    held = topic
    if (topic !== null) topics.set(topic, (topics.get(topic) ?? new Set()).add(soon))
    changed()
  }
  watch(what, hold, { immediate: true })
  onScopeDispose(() => {
    window.clearTimeout(timer)
    hold(null)
  })
}

/** Hears of the records of a list; one list at a time in a tab. */
export function use_live_list(ask: () => LiveList | null, ears: ListEars): void {
  let mine: typeof list = null
  const hold = (asked: LiveList | null): void => {
    if (list === mine) list = null
    mine = asked ? { ask: asked, ears } : null
    if (mine) list = mine
    changed()
  }
  watch(() => JSON.stringify(ask()), () => hold(ask()), { immediate: true })
  onScopeDispose(() => hold(null))
}

/** Asks by the clock: `every` so many milliseconds without a stream, five times as rarely with one, for what no change tells, such as a deadline that passes. */
export function use_clock(ask: () => void, every: number): void {
  let passed = 0
  const timer = window.setInterval(() => {
    if (document.visibilityState === 'hidden' || (on.value && ++passed < 5)) return
    passed = 0
    ask()
  }, every)
  onScopeDispose(() => window.clearInterval(timer))
}

/** Which rows have just changed, for a quiet light on them. */
export function use_lights(): { lit: Ref<Set<string>>; light: (ids: Iterable<string>) => void } {
  const lit = ref<Set<string>>(new Set())
  const timers = new Set<number>()
  const light = (ids: Iterable<string>): void => {
    const some = [...ids]
    if (!some.length) return
    lit.value = new Set([...lit.value, ...some])
    const timer = window.setTimeout(() => {
      timers.delete(timer)
      lit.value = new Set([...lit.value].filter((id) => !some.includes(id)))
    }, 3_000)
    timers.add(timer)
  }
  onScopeDispose(() => timers.forEach((timer) => window.clearTimeout(timer)))
  return { lit, light }
}

/** What of a page is new or another version in a later state of it. */
export function differing(former: readonly Entry[], later: readonly Entry[]): string[] {
  const known = new Map(former.map((row) => [row.id, JSON.stringify(row)]))
  return later.filter((row) => known.get(row.id) !== JSON.stringify(row)).map((row) => row.id)
}
