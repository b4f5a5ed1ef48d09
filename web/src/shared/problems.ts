import { Problem } from './api'
import { has_message, t } from './i18n'

/** The sentence to show for anything that went wrong. */
export function sentence(error: unknown): string {
  if (error instanceof Problem) {
    if (has_message(`problem.${error.reason}`)) return t(`problem.${error.reason}`)
    if (error.message && error.message !== String(error.status)) return error.message
    if (has_message(`problem.${error.status}`)) return t(`problem.${error.status}`)
  }
  return t('problem.unknown')
}

export const is_abort = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError'
