// Adds up the script a first visit loads, compressed, and fails when an entrance is over its limit.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const dist = fileURLToPath(new URL('../dist/', import.meta.url))
const manifest = JSON.parse(readFileSync(dist + '.vite/manifest.json', 'utf8'))
const sizes = new Map()
const gzipped = (file) => {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(dist + file), { level: 6 }).length)
  return sizes.get(file)
}

function collect(key, scripts, styles) {
  const chunk = manifest[key]
  if (!chunk || scripts.has(chunk.file)) return
  scripts.add(chunk.file)
  for (const css of chunk.css ?? []) styles.add(css)
  for (const next of chunk.imports ?? []) collect(next, scripts, styles)
}

/** What the first page needs: the entrance itself, the page it opens on, and one language. */
const entrances = [
  { name: 'portal', limit: 200, chunks: ['index.html', 'src/shared/messages/zh.ts'] },
  { name: 'console', limit: 600, chunks: ['console/index.html', 'src/console/pages/SignInPage.vue', 'src/console/Shell.vue', 'src/console/pages/HomePage.vue', 'src/shared/messages/zh.ts'] },
]

let over = false
for (const entrance of entrances) {
  const scripts = new Set()
  const styles = new Set()
  for (const chunk of entrance.chunks) {
    if (!manifest[chunk]) throw new Error(`${chunk} is not in the manifest`)
    collect(chunk, scripts, styles)
  }
  const total = (files) => [...files].reduce((sum, file) => sum + gzipped(file), 0) / 1024
  const script = total(scripts)
  const verdict = script > entrance.limit ? 'OVER' : 'ok'
  if (verdict === 'OVER') over = true
  console.log(`${entrance.name.padEnd(8)} first page: script ${script.toFixed(1)} KB of ${entrance.limit} KB, style ${total(styles).toFixed(1)} KB (gzip)  ${verdict}`)
}
process.exit(over ? 1 : 0)
