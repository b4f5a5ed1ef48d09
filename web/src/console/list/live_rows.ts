/** The rows of a table follow what others do: a shown row changes in its place; what would move rows waits while the reader has scrolled or chosen. */
import { computed, onScopeDispose, ref, watch, type ComputedRef, type Ref } from 'vue'
import { differing, use_live_list, use_lights, type LiveList } from '../../shared/live'
import type { Entry } from '../../shared/types'

const together = 250

export interface LiveRows {
  /** How many records wait to be shown. */
  waiting: ComputedRef<number>
  lit: Ref<Set<string>>
  show: () => Promise<void>
}

export function use_live_rows(of: {
  wish: () => LiveList | null
  items: Ref<Entry[]>
  chosen: () => boolean
  scrolled: () => boolean
  /** Reads the page again without a sign of it. */
  load: () => Promise<void>
}): LiveRows {
  const { lit, light } = use_lights()
  const ids = ref<Set<string>>(new Set())
  let timer = 0

  async function show(): Promise<void> {
    window.clearTimeout(timer)
    const former = of.items.value
    await of.load()
    light(differing(former, of.items.value))
  }
  const held = (): boolean => of.chosen() || of.scrolled()
  function come(id: string): void {
    ids.value = new Set(ids.value).add(id)
    if (held()) return
    window.clearTimeout(timer)
    timer = window.setTimeout(() => {
      if (!held()) void show()
    }, together)
  }
  use_live_list(of.wish, {
    snapshot: (page) => {
      const kept = new Set(page.items.map((row) => row.id))
      for (const id of [...differing(of.items.value, page.items), ...of.items.value.filter((row) => !kept.has(row.id)).map((row) => row.id)]) come(id)
    },
    record: (row) => {
      const at = of.items.value.findIndex((one) => one.id === row.id)
      if (at >= 0 && JSON.stringify(of.items.value[at]) === JSON.stringify(row)) return
      if (at < 0 || of.chosen()) return come(row.id)
      of.items.value[at] = row
      light([row.id])
    },
    gone: (id) => {
      if (of.items.value.some((row) => row.id === id)) come(id)
    },
  })
  // What was read anew holds all that was waited for.
  watch(() => of.items.value, () => {
    ids.value = new Set()
  })
  watch(held, (now) => {
    if (!now && ids.value.size) void show()
  })
  onScopeDispose(() => window.clearTimeout(timer))
  return { waiting: computed(() => (held() ? ids.value.size : 0)), lit, show }
}
