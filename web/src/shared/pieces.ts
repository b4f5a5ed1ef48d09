import type { Router } from 'vue-router'
import { t } from './i18n'

/**
 * A page whose piece of the program does not come: a new version was installed while this one was open, and all is loaded
 * anew; or the server cannot be reached, and the person is told so and stays where they are.
 */
export function load_anew(router: Router, say: (text: string) => void): void {
  router.onError(async (error, to) => {
    if (!/dynamically imported module|Importing a module script failed|Unable to preload/i.test(String(error?.message))) return
    const answer = await fetch('/healthz', { cache: 'no-store' }).catch(() => null)
    if (answer) window.location.assign(router.resolve(to).href)
    else say(t('problem.http.unreachable'))
  })
}
