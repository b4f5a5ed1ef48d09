// Clients that mean no good, at the socket: bodies without end, bytes that trickle, connections half closed, workbooks
// that unpack to a thousand times their size. Every one gets an answer or is cut, nothing of it stays on the disk, and meanwhile others are
// served.
//   node tests/peers/slow_and_large_test.mjs [--binary build/platform/app/civitas]
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import net from 'node:net'
import { join } from 'node:path'
import { done, folder, holds, person, query, same, section, serve, slow } from '../harness/peer.mjs'
import { multipart } from '../harness/http.mjs'
import { bomb } from '../harness/zip.mjs'

const temporary = join(folder, 'tmp')
await mkdir(temporary)
const server = await serve({ environment: { TMPDIR: temporary } })
const registrar = await person(server, 'registrar')
const anonymous = await person(server, null)
const port = Number(new URL(server.base).port)
const cookie = `Cookie: ${registrar.jar.header()}\r\n`
const wait = (ms) => new Promise((r) => setTimeout(r, ms))

/** A connection: sends `head`, then what `more(socket, isOpen)` sends; resolves when the server has closed. */
function raw(head, more = async () => {}, { halfClose = false } = {}) {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    const began = Date.now()
    const chunks = []
    let open = true
    const isOpen = () => open && chunks.length === 0
    const end = () => {
      if (!open) return
      open = false
      socket.destroy()
      const text = Buffer.concat(chunks).toString('utf8')
      const [top, ...rest] = text.split('\r\n\r\n')
      let body = null
      try {
        body = JSON.parse(rest.join('\r\n\r\n'))
      } catch {}
      resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), head: top, text, body, seconds: (Date.now() - began) / 1000, sent: socket.bytesWritten })
    }
    socket.on('data', (c) => chunks.push(c))
    socket.on('end', end)
    socket.on('close', end)
    socket.on('error', end)
    socket.on('connect', async () => {
      socket.write(head)
      if (halfClose) socket.end()
      await more(socket, isOpen).catch(() => {})
    })
    setTimeout(end, 120_000 * slow).unref()
  })
}

const memory = () => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.process.pid}/status`, 'utf8'))[1]) / 1024
const names = async () => (await registrar('GET', '/api/v1/place_names/place_name?limit=1&total=true')).body.total
const spooled = () => readdirSync(temporary).filter((f) => f.startsWith('civitas-upload'))

await section('an upload of 2 GB is refused before it is sent', async () => {
  for (const [path, language, sentence] of [
    ['/api/v1/files?name=a.png', 'en', /larger than allowed/],
    ['/api/v1/files?name=a.png', 'zh', /超过了允许的大小/],
    ['/api/v1/place_names/place_name/import?mode=good', 'en', /larger than allowed/],
    ['/api/v1/place_names/place_name', 'en', /larger than allowed/],
  ]) {
    const answer = await raw(`POST ${path} HTTP/1.1\r\nHost: h\r\n${cookie}Accept-Language: ${language}\r\nContent-Type: image/png\r\nContent-Length: 2147483648\r\n\r\n`)
    same(`${path} ${language}`, [answer.status, answer.body?.reason], [413, 'http.body.too_large'])
    holds('a sentence in the language', sentence.test(answer.body?.detail), answer.body)
    holds('at once, and the connection is closed', answer.seconds < 5 * slow && /Connection: close/i.test(answer.head), [answer.seconds, answer.head])
  }
  same('nothing is on the disk', spooled(), [])
})

const filler = Buffer.from('10000\r\n' + 'x'.repeat(65536) + '\r\n')
const endless = async (socket, isOpen) => {
  while (isOpen()) {
    if (!socket.write(filler)) await Promise.race([new Promise((r) => socket.once('drain', r)), wait(200)])
    await new Promise((r) => setImmediate(r)) // as long as the server takes it, the answer would never be looked for
  }
}

await section('a body without end is cut at the limit', async () => {
  const head = (who, path) => `POST ${path} HTTP/1.1\r\nHost: h\r\n${who}Accept-Language: en\r\nContent-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n`
  const json = await raw(head(cookie, '/api/v1/place_names/place_name'), endless)
  same('JSON', [json.status, json.body?.reason], [413, 'http.body.too_large'])
  holds('after about its limit of 1 MB', json.sent < 16 << 20, json.sent)
  const file = await raw(head(cookie, '/api/v1/files?name=a.png'), endless)
  same('a file', [file.status, file.body?.reason], [413, 'http.body.too_large'])
  holds('after about its limit of 100 MB', file.sent > 90 << 20 && file.sent < 130 << 20, file.sent)
  const stranger = await raw(head('', '/api/v1/files?name=a.png'), endless)
  same('somebody who is not signed in', [stranger.status, stranger.body?.reason], [413, 'api.body.anonymous'])
  holds('before anything is kept', stranger.sent < 16 << 20, stranger.sent)
  const told = await raw('POST /api/v1/files?name=a.png HTTP/1.1\r\nHost: h\r\nContent-Type: image/png\r\nContent-Length: 90000000\r\n\r\n')
  same('the same with its size told', [told.status, told.body?.reason], [413, 'api.body.anonymous'])
  await wait(500)
  same('nothing stays on the disk', spooled(), [])
})

await section('slow clients are cut while others are served', async () => {
  const trickle = (text, ms) => async (socket, isOpen) => {
    for (const c of text) {
      if (!isOpen()) return
      socket.write(c)
      await wait(ms)
    }
  }
  const heads = Array.from({ length: 60 }, () => raw('GET /api/v1/session HTTP/1.1\r\n', trickle('X-Slow: ' + 'a'.repeat(300), 500)))
  const bodies = Array.from({ length: 20 }, () =>
    raw(`POST /api/v1/place_names/place_name HTTP/1.1\r\nHost: h\r\n${cookie}Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n`, trickle('{"name": "' + 'a'.repeat(300), 500)))
  let slowest = 0
  for (let i = 0; i < 20; ++i) {
    const began = Date.now()
    const answer = await anonymous('GET', '/api/v1/place_names/place_name?limit=5')
    slowest = Math.max(slowest, Date.now() - began)
    if (answer.status !== 200) same('others are served', answer.status, 200)
    await wait(100)
  }
  holds('others are served meanwhile', slowest < 3000 * slow, slowest)
  for (const answer of await Promise.all(heads)) if (answer.status !== 408 || answer.seconds > 20 * slow) same('a slow head', [answer.status, answer.seconds], [408, 'about 10'])
  for (const answer of await Promise.all(bodies)) if (answer.status !== 408 || answer.seconds > 25 * slow) same('a slow body', [answer.status, answer.seconds], [408, 'about 10'])
  holds('slow heads and bodies are told and cut', true)
})

await section('connections closed on one side', async () => {
  const whole = await raw('GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n', undefined, { halfClose: true })
  same('a whole request is answered', whole.status, 200)
  for (const [what, bytes] of [
    ['nothing', ''],
    ['half a head', 'GET /healthz HTT'],
    ['half a body', `POST /api/v1/place_names/place_name HTTP/1.1\r\nHost: h\r\n${cookie}Content-Length: 100\r\n\r\n{"name":`],
    ['half a chunk', `POST /api/v1/files?name=a.png HTTP/1.1\r\nHost: h\r\n${cookie}Transfer-Encoding: chunked\r\n\r\n10000\r\nxx`],
  ]) {
    const answer = await raw(bytes, undefined, { halfClose: true })
    holds(`${what}: closed soon, without success`, answer.seconds < 5 * slow && (answer.status === 0 || answer.status >= 400), answer)
  }
  for (let i = 0; i < 50; ++i) {
    const socket = net.connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(`POST /api/v1/place_names/place_name HTTP/1.1\r\nHost: h\r\n${cookie}Content-Length: 30\r\n\r\n{"name":`)
    await wait(5)
    socket.resetAndDestroy()
  }
  same('and the server goes on', (await anonymous('GET', '/healthz')).status, 200)
  await wait(300)
  same('nothing stays on the disk', spooled(), [])
})

await section('nested and long requests', async () => {
  const post = (body) => registrar('POST', '/api/v1/place_names/place_name', Buffer.from(body), { 'Content-Type': 'application/json', 'Accept-Language': 'en' })
  const before = await names()
  const huge = await post('['.repeat(10 << 20))
  same('10 MB of nesting', [huge.status, huge.body?.reason], [413, 'http.body.too_large'])
  for (const opening of ['[', '{"a":', '{"name":['] ) {
    const deep = await post(opening.repeat(Math.floor(900_000 / opening.length)))
    same(`900 KB of ${opening}`, deep.status, 400)
    holds('a sentence', /nested|JSON/i.test(deep.body?.detail), deep.body)
  }
  for (const filter of ['('.repeat(1_000_000) + 'a', 'NOT '.repeat(300_000) + 'TRUE']) {
    const long = await raw(`GET /api/v1/place_names/place_name?filter=${encodeURIComponent(filter)} HTTP/1.1\r\nHost: h\r\nAccept-Language: en\r\n\r\n`)
    same('an address of a megabyte', [long.status, long.body?.reason], [431, 'http.request.head_too_large'])
  }
  for (const filter of ['('.repeat(12_000) + 'name', 'NOT '.repeat(2_000) + "name = 'a'", "name='a'" + " OR name='a'".repeat(400)]) {
    for (const path of ['/api/v1/place_names/place_name', '/api/v1/place_names/place_name/statistics/by_category']) {
      const answer = await anonymous('GET', path + query({ filter }), undefined, { 'Accept-Language': 'en' })
      holds(`a filter of ${filter.length} characters`, (answer.status === 200 && filter.includes(' OR ')) || (answer.status === 400 && /deep|parts|long/.test(answer.body.detail)), [answer.status, answer.body?.detail])
    }
  }
  same('nothing was created', await names(), before)
})

await section('a workbook that unpacks to hundreds of megabytes', async () => {
  const before = await names()
  for (const megabytes of [20, 600]) {
    const bytes = bomb(['标准名称', '地名类别'], megabytes)
    const form = multipart([{ field: 'file', name: 'names.xlsx', type: 'application/octet-stream', bytes }])
    const began = await registrar('POST', '/api/v1/place_names/place_name/import?mode=good', form.body, { 'Content-Type': form.type, 'Accept-Language': 'en' })
    same(`${bytes.length} bytes are taken`, began.status, 202)
    let job
    for (const until = Date.now() + 120_000 * slow; Date.now() < until; await wait(300)) {
      job = (await registrar('GET', `/api/v1/jobs/${began.body.job}`, undefined, { 'Accept-Language': 'en' })).body
      if (!['queued', 'running'].includes(job.state)) break
    }
    same('and the job fails', job.state, 'failed')
    holds('with a sentence', /unpack|too large|grows|limit/i.test(JSON.stringify(job.message)), job)
  }
  holds('memory stays bounded', memory() < 1200 * (slow > 1 ? 4 : 1), memory())
  same('nothing was imported', await names(), before)
})

await done(server)
