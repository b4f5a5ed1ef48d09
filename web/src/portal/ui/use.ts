import { onMounted, ref, shallowRef, type Ref } from 'vue'
import { is_abort } from '../../shared/problems'

/** Fetches once when the page opens; `again` repeats it. */
export function use_fetched<T>(fetcher: () => Promise<T>): { data: Ref<T | undefined>; busy: Ref<boolean>; error: Ref<unknown>; again: () => Promise<void> } {
  const data = shallowRef<T>()
  const busy = ref(true)
  const error = shallowRef<unknown>(null)
  const again = async () => {
    busy.value = true
    error.value = null
    try {
      data.value = await fetcher()
    } catch (problem) {
      if (!is_abort(problem)) error.value = problem
    } finally {
      busy.value = false
    }
  }
  onMounted(again)
  return { data, busy, error, again }
}
