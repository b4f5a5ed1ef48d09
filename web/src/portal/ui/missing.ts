import { Problem } from '../../shared/api'

/** What an address names and the declarations do not. */
export function missing(): never {
  throw new Problem(404, {})
}
