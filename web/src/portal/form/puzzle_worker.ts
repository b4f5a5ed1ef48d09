import type { Puzzle } from './puzzle'
import { search } from './work'

self.onmessage = (event: MessageEvent<Puzzle>) => {
  const { challenge, bits } = event.data
  for (let from = 0; ; from += 50_000) {
    const found = search(challenge, bits, from, 50_000)
    if (found !== null) {
      self.postMessage(found)
      return
    }
  }
}
