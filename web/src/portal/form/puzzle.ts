/**
 * What an anonymous sender pays with: a number such that SHA-256 of `challenge:number` begins with so many zero bits.
 * Searched for in a worker while the form is filled in; nothing is asked of the citizen, and no outside service.
 */
import { api, Problem } from '../../shared/api'
import { search } from './work'

export interface Puzzle { challenge: string; bits: number; expires_at: string }

function solve_here(puzzle: Puzzle): Promise<number> {
  return new Promise((resolve) => {
    const turn = (from: number) => {
      const found = search(puzzle.challenge, puzzle.bits, from, 2000)
      if (found !== null) resolve(found)
      else window.setTimeout(() => turn(from + 2000))
    }
    turn(0)
  })
}

function solve(puzzle: Puzzle): Promise<number> {
  return new Promise<number>((resolve, reject) => {
    const worker = new Worker(new URL('./puzzle_worker.ts', import.meta.url), { type: 'module' })
    worker.onmessage = (event: MessageEvent<number>) => {
      worker.terminate()
      resolve(event.data)
    }
    worker.onerror = () => {
      worker.terminate()
      reject(new Error('no worker'))
    }
    worker.postMessage(puzzle)
  }).catch(() => solve_here(puzzle))
}

let solved: Promise<string> | null = null

/** Begins to search; called when a form opens that can be sent without an account. */
export function begin_puzzle(): Promise<string> {
  solved ??= api.get<Puzzle>('/api/v1/portal/puzzle').then(async (puzzle) => `${puzzle.challenge}:${await solve(puzzle)}`).catch((problem: unknown) => {
    solved = null
    throw problem
  })
  return solved
}

/** Sends with a solution; once more with a new one when the first was too old or used already. */
export async function with_puzzle<T>(send: (headers: Record<string, string>) => Promise<T>): Promise<T> {
  for (let turn = 0; ; ++turn) {
    const header = await begin_puzzle()
    try {
      const answer = await send({ 'X-Civitas-Puzzle': header })
      solved = null
      return answer
    } catch (problem) {
      const refused = problem instanceof Problem && problem.reason.startsWith('portal.puzzle.')
      if (refused) solved = null
      if (!refused || turn > 0) throw problem
    }
  }
}
