import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { compress, first_state, last_blocks } from './sha256'
import { search } from './work'

function digest(text: string): string {
  const bytes = new TextEncoder().encode(text)
  const whole = bytes.length - (bytes.length % 64)
  const state = first_state()
  for (let at = 0; at < whole; at += 64) compress(state, bytes, at)
  const blocks = last_blocks(bytes.subarray(whole), bytes.length)
  for (let at = 0; at < blocks.length; at += 64) compress(state, blocks, at)
  return [...state].map((word) => word.toString(16).padStart(8, '0')).join('')
}

describe('the puzzle', () => {
  it('is SHA-256, at every length', () => {
    for (let length = 0; length < 200; ++length) {
      const text = 'municipality '.repeat(16).slice(0, length)
      expect(digest(text), String(length)).toBe(createHash('sha256').update(text).digest('hex'))
    }
  })
  it('is solved by a number whose digest begins with so many zero bits, however long the challenge is', () => {
    for (const challenge of ['a', 'v1.2026-11-28T09:00:00Z.3f9c', 'x'.repeat(63), 'y'.repeat(150)]) {
      const nonce = search(challenge, 12, 0, 1_000_000)
      expect(nonce).not.toBeNull()
      expect(createHash('sha256').update(`${challenge}:${nonce}`).digest().readUInt32BE(0) >>> 20).toBe(0)
    }
  })
  it('goes on from where it was', () => {
    const nonce = search('goes on', 10, 0, 1_000_000)!
    expect(search('goes on', 10, 0, nonce)).toBeNull()
    expect(search('goes on', 10, nonce, 1)).toBe(nonce)
  })
})
