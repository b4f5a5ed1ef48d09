import { ref } from 'vue'
import type { Router } from 'vue-router'
import { t } from './i18n'

/** A page was asked for and its piece of the program is still on its way: shown when it takes longer than one notices. */
export const travelling = ref(false)

/**
 * A page whose piece does not come: a new version was installed while this one was open, and all is loaded anew; or the
 * server cannot be reached, and the person is told so and stays where they are.
 */
export function fetch_pieces(router: Router, say: (text: string) => void): void {
  let timer = 0
  const arrived = () => {
    window.clearTimeout(timer)
    travelling.value = false
  }
  router.beforeEach(() => {
    arrived()
    timer = window.setTimeout(() => (travelling.value = true), 200)
  })
  router.afterEach(arrived)
  router.onError(async (error, to) => {
    arrived()
    if (!/dynamically imported module|Importing a module script failed|Unable to preload/i.test(String(error?.message))) return
    const answer = await fetch('/healthz', { cache: 'no-store' }).catch(() => null)
    if (answer) window.location.assign(router.resolve(to).href)
    else say(t('problem.http.unreachable'))
  })
}
