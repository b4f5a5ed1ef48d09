// The puzzle that whoever is not signed in solves before something is created (docs/api.md, portal).
import { createHash } from 'node:crypto'
import { send } from './http.mjs'

/** Whether a call creates a record: POST /api/v1/{system}/{entity}. */
export const creates = (method, path) => method === 'POST' && /^\/api\/v1\/(?!session\b|totp\b|place_names\/check_place)[a-z0-9_]+\/[a-z0-9_]+(\?.*)?$/.test(path)

/** How many zero bits its SHA-256 begins with; of 32 at most. */
export const zeroBits = (text) => Math.clz32(createHash('sha256').update(text).digest().readUInt32BE(0))

/** A nonce for which SHA-256("challenge:nonce") begins with so many zero bits. */
export function solve(challenge, bits) {
  for (let nonce = 0; ; ++nonce) if (zeroBits(`${challenge}:${nonce}`) >= bits) return String(nonce)
}

/** The header's value for one creation. */
export async function solved(base) {
  const answer = await send(base, { method: 'GET', path: '/api/v1/portal/puzzle' })
  if (answer.status !== 200) throw new Error(`no puzzle: ${answer.status} ${answer.text.slice(0, 200)}`)
  return `${answer.body.challenge}:${solve(answer.body.challenge, answer.body.bits)}`
}
