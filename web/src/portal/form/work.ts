/** The search itself, apart from calls and languages: a worker loads nothing else. */
import { compress, first_state, last_blocks } from './sha256'

const leading_zeros = (state: Uint32Array): number => {
  for (let i = 0; i < 8; ++i) if (state[i]) return i * 32 + Math.clz32(state[i])
  return 256
}

/** The first number from `from` on within `count` tries that solves it, or null. */
export function search(challenge: string, bits: number, from: number, count: number): number | null {
  const text = new TextEncoder().encode(`${challenge}:`)
  const whole = text.length - (text.length % 64)
  const begun = first_state()
  for (let at = 0; at < whole; at += 64) compress(begun, text, at)
  const rest = text.subarray(whole)
  const state = new Uint32Array(8)
  const tail = new Uint8Array(rest.length + 16)
  tail.set(rest)
  for (let nonce = from; nonce < from + count; ++nonce) {
    const digits = String(nonce)
    for (let i = 0; i < digits.length; ++i) tail[rest.length + i] = digits.charCodeAt(i)
    const blocks = last_blocks(tail.subarray(0, rest.length + digits.length), text.length + digits.length)
    state.set(begun)
    for (let at = 0; at < blocks.length; at += 64) compress(state, blocks, at)
    if (leading_zeros(state) >= bits) return nonce
  }
  return null
}
