/** Drafts that save themselves: what was typed is still there after the page is left, reloaded or signed out of. */
import { onScopeDispose, watch, type Ref } from 'vue'

const prefix = 'civitas.draft.'

export interface Draft<T> { at: string; version?: string | number; values: T }

export function read_draft<T>(key: string): Draft<T> | null {
  try {
    const text = localStorage.getItem(prefix + key)
    return text ? (JSON.parse(text) as Draft<T>) : null
  } catch {
    return null
  }
}

export function write_draft<T>(key: string, values: T, version?: string | number): void {
  try {
    localStorage.setItem(prefix + key, JSON.stringify({ at: new Date().toISOString(), version, values }))
  } catch {
    // Full or forbidden storage must not stop the work itself.
  }
}

export function drop_draft(key: string): void {
  try {
    localStorage.removeItem(prefix + key)
  } catch {
    // As above.
  }
}

/** Writes the values half a second after the last change, and at once when the page is hidden. */
export function keep_draft<T>(key: () => string | null, values: Ref<T>, changed: () => boolean, version?: () => string | number | undefined): void {
  let timer = 0
  const save = () => {
    window.clearTimeout(timer)
    const name = key()
    if (name && changed()) write_draft(name, values.value, version?.())
  }
  watch(values, () => {
    window.clearTimeout(timer)
    timer = window.setTimeout(save, 500)
  }, { deep: true })
  const hidden = () => {
    if (document.visibilityState === 'hidden') save()
  }
  document.addEventListener('visibilitychange', hidden)
  window.addEventListener('beforeunload', save)
  onScopeDispose(() => {
    save()
    document.removeEventListener('visibilitychange', hidden)
    window.removeEventListener('beforeunload', save)
  })
}
