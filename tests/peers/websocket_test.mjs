// WebSockets and event streams of platform/http against the clients of others: npm's ws, and node's own fetch. The
// product has no WebSocket route yet, so a small server of the tests (peers/http_echo.cpp) says back what it hears.
//   node tests/peers/websocket_test.mjs [--binary build/platform/app/civitas]
// Prints "N passed, N failed".
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import WebSocket from 'ws'
import { binary, done, folder, holds, same, section, slow } from '../harness/peer.mjs'

const echo = join(dirname(binary), '../http/http_echo')

/** One http_echo; `stop` closes its input, and it ends by itself. */
async function start(...args) {
  const child = spawn(echo, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const port = await new Promise((up, down) => {
    child.stdout.once('data', (line) => up(Number(line)))
    child.once('exit', (code) => down(new Error(`http_echo ended with ${code}`)))
    child.once('error', down)
  })
  const ended = new Promise((over) => child.once('exit', (code) => over({ code })))
  return { port, url: `ws://127.0.0.1:${port}`, http: `http://127.0.0.1:${port}`, stop: () => (child.stdin.end(), ended) }
}

const within = (what, promise, seconds = 20) => {
  let timer
  const late = new Promise((_, no) => (timer = setTimeout(() => no(new Error(`${what}: nothing within ${seconds * slow} s`)), seconds * 1000 * slow)))
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** A connected client whose messages are kept until asked for. */
async function client(url, options = {}, protocols = []) {
  const socket = new WebSocket(url, protocols, { perMessageDeflate: true, ...options })
  const kept = []
  const waiting = []
  socket.on('message', (data, isBinary) => {
    const message = isBinary ? data : data.toString()
    waiting.length ? waiting.shift()(message) : kept.push(message)
  })
  socket.closed = new Promise((over) => socket.once('close', (code, reason) => over({ code, reason: reason.toString() })))
  socket.on('error', () => {})
  await within('open', new Promise((up, down) => (socket.once('open', up), socket.once('error', down))))
  socket.next = () => within('a message', kept.length ? Promise.resolve(kept.shift()) : new Promise((heard) => waiting.push(heard)))
  return socket
}

/** How a handshake is answered that is not accepted. */
const refusal = (url, options, protocols) =>
  within('a refusal', new Promise((answered) => {
    const socket = new WebSocket(url, protocols ?? [], options)
    socket.once('open', () => answered({ status: 101 }))
    socket.on('error', () => {})
    socket.once('unexpected-response', (_request, response) => {
      let text = ''
      response.on('data', (chunk) => (text += chunk))
      response.on('end', () => answered({ status: response.statusCode, headers: response.headers, text }))
    })
  }))

const server = await start()
const last = async () => {
  const [sent, delivered, ends, code] = (await (await fetch(`${server.http}/last`)).text()).split(' ').map(Number)
  return { sent, delivered, ends, code }
}
async function until(what, look, seconds = 20) {
  for (const end = Date.now() + seconds * 1000 * slow; Date.now() < end; await new Promise((later) => setTimeout(later, 50))) {
    const found = await look()
    if (found) return found
  }
  holds(what, false)
  return null
}

await section('messages there and back', async () => {
  const socket = await client(`${server.url}/echo`)
  same('no extension is agreed on', socket.extensions, '')
  for (const text of ['', 'a', '政通', 'x'.repeat(125), 'x'.repeat(126), 'x'.repeat(65535), 'x'.repeat(65536), '𠮷'.repeat(100_000)]) {
    socket.send(text)
    same(`text of ${text.length}`, (await socket.next()) === text, true)
  }
  for (const size of [0, 1, 125, 126, 65_535, 65_536, 1 << 20]) {
    const bytes = randomBytes(size)
    socket.send(bytes)
    same(`${size} bytes`, Buffer.compare(await socket.next(), bytes), 0)
  }
  for (let i = 0; i < 100; ++i) socket.send(`number ${i}`)
  for (let i = 0; i < 100; ++i) same('in order', await socket.next(), `number ${i}`)
  socket.close(4001, '走了')
  same('its own code comes back', (await socket.closed).code, 4001)
  await until('the handler hears of it', async () => (await last()).code === 4001)
})

await section('fragments with control frames between', async () => {
  const socket = await client(`${server.url}/echo`)
  const pong = new Promise((heard) => socket.once('pong', (data) => heard(data.toString())))
  socket.send('政', { fin: false })
  socket.ping('between')
  socket.send('', { fin: false })
  socket.send('通')
  same('the pong comes before the message is whole', await within('pong', pong), 'between')
  same('one message', await socket.next(), '政通')
  const bytes = randomBytes(300_000)
  for (let at = 0; at < bytes.length; at += 1000) socket.send(bytes.subarray(at, at + 1000), { fin: at + 1000 >= bytes.length })
  same('300 fragments', Buffer.compare(await socket.next(), bytes), 0)
  socket.close()
  same('no code is said, none is answered', (await socket.closed).code, 1005)
})

await section('what is refused before it begins', async () => {
  same('another site', (await refusal(`${server.url}/echo`, { origin: 'https://evil.example' })).status, 403)
  same('an origin that says nothing', (await refusal(`${server.url}/echo`, { headers: { Origin: 'null' } })).status, 403)
  const own = await client(`${server.url}/echo`, { origin: server.http })
  own.close()
  const denied = await refusal(`${server.url}/private`)
  same('a handler refuses with its own answer', [denied.status, JSON.parse(denied.text).reason], [401, 'test.private'])
  same('no such address', (await refusal(`${server.url}/none`)).status, 404)
  const old = await refusal(`${server.url}/echo`, { protocolVersion: 8 })
  same('another version', [old.status, old.headers['sec-websocket-version']], [426, '13'])
  const plain = await fetch(`${server.http}/echo`)
  same('no WebSocket at all', [plain.status, (await plain.json()).reason], [426, 'http.websocket.expected'])
  const chosen = await client(`${server.url}/protocol`, {}, ['other', 'chat.v2'])
  same('a protocol of those offered', chosen.protocol, 'chat.v2')
  chosen.close()
})

await section('rules that a client breaks', async () => {
  /** Bytes of our own on a connection that ws has opened. */
  const breaks = async (what, code, ...writes) => {
    const socket = await client(`${server.url}/echo`)
    for (const bytes of writes) socket._socket.write(Buffer.from(bytes))
    same(what, (await within(what, socket.closed)).code, code)
  }
  const mask = [1, 2, 3, 4]
  const masked = (...bytes) => [...mask, ...bytes.map((byte, i) => byte ^ mask[i % 4])]
  await breaks('a frame without a mask', 1002, [0x81, 0x02, 0x68, 0x69])
  await breaks('a reserved bit', 1002, [0xc1, 0x82, ...masked(0x68, 0x69)])
  for (const opcode of [3, 7, 11, 15]) await breaks(`reserved opcode ${opcode}`, 1002, [0x80 | opcode, 0x80, ...mask])
  await breaks('a ping of 126 bytes', 1002, [0x89, 0xfe, 0, 126])
  await breaks('a ping in fragments', 1002, [0x09, 0x80, ...mask])
  await breaks('nothing to continue', 1002, [0x80, 0x80, ...mask])
  await breaks('a message inside another', 1002, [0x01, 0x81, ...masked(0x61)], [0x81, 0x81, ...masked(0x62)])
  await breaks('a length longer than it must be', 1002, [0x81, 0xfe, 0, 5])
  await breaks('text that is not UTF-8', 1007, [0x81, 0x82, ...masked(0xc0, 0xaf)])
  await breaks('a surrogate, split over fragments', 1007, [0x01, 0x81, ...masked(0xed)], [0x80, 0x82, ...masked(0xa0, 0x80)])
  await breaks('half a close code', 1002, [0x88, 0x81, ...masked(0x03)])
  for (const code of [0, 999, 1004, 1005, 1006, 1016, 2999, 5000]) await breaks(`close code ${code}`, 1002, [0x88, 0x82, ...masked(code >> 8, code & 255)])
  await breaks('a reason that is not UTF-8', 1007, [0x88, 0x83, ...masked(0x03, 0xe8, 0xff)])
  for (const code of [1000, 1003, 1007, 1014, 3000, 4999]) await breaks(`close code ${code}`, code, [0x88, 0x82, ...masked(code >> 8, code & 255)])
})

await section('what is too large', async () => {
  const socket = await client(`${server.url}/echo`)
  socket.send(Buffer.alloc(16 << 20))
  same('16 MB are refused', (await within('1009', socket.closed)).code, 1009)
  const pieces = await client(`${server.url}/echo`)
  for (let i = 0; i < 20; ++i) pieces.send(Buffer.alloc(60_000), { fin: false })
  same('the sum of fragments counts', (await within('1009', pieces.closed)).code, 1009)
  const many = await client(`${server.url}/echo`)
  for (let i = 0; i < 1_100; ++i) many.send('', { fin: false })
  same('too many fragments', (await within('1008', many.closed)).code, 1008)
})

await section('the server leaves, and its faults', async () => {
  const socket = await client(`${server.url}/leave/4007`)
  same('what was queued before comes', await socket.next(), 'last word')
  same('its code and words', await within('close', socket.closed), { code: 4007, reason: '再见' })
  const fault = await client(`${server.url}/throws`)
  fault.send('x')
  same('a fault of the handler', (await within('1011', fault.closed)).code, 1011)
  const { ends } = await last()
  const rude = await client(`${server.url}/echo`)
  rude.terminate()
  await until('a client that vanishes is noticed', async () => (await last()).ends > ends && (await last()).code === 1006)
})

await section('one after the other, and no faster than wanted', async () => {
  const before = (await last()).delivered
  const socket = await client(`${server.url}/slow`)
  const filler = Buffer.alloc(100_000)
  for (let i = 0; i < 200; ++i) socket.send(filler) // 20 MB; each takes 20 ms
  await until('the first is handled', async () => (await last()).delivered > before)
  holds('the client must wait: what is not handled stays with it', socket.bufferedAmount > 5_000_000, socket.bufferedAmount)
  socket.terminate()
  const hasty = await client(`${server.url}/unhurried`)
  const began = Date.now()
  for (let i = 0; i < 60; ++i) hasty.send('x')
  for (let i = 0; i < 60; ++i) await hasty.next()
  holds('60 frames at 50 a second after 10 at once', Date.now() - began > 900, Date.now() - began)
  hasty.close()
})

await section('a client that does not read', async () => {
  const { ends } = await last()
  const socket = await client(`${server.url}/flood`)
  socket._socket.pause()
  const cut = await until('it is cut', async () => (await last()).ends > ends && (await last()), 40)
  holds('after a bounded number of bytes', cut && cut.sent < 30_000_000, cut)
  const other = await client(`${server.url}/echo`)
  other.send('others go on')
  same('meanwhile', await other.next(), 'others go on')
  other.close()
  socket._socket.resume()
  same('its end was no goodbye', (await within('end', socket.closed)).code, 1006)
})

await section('signs of life', async () => {
  const impatient = await start('200')
  const alive = await client(`${impatient.url}/echo`)
  const silent = await client(`${impatient.url}/echo`, { autoPong: false })
  same('no pong: cut', (await within('cut', silent.closed)).code, 1006)
  alive.send('still here')
  same('who answers stays', await alive.next(), 'still here')
  const stopping = impatient.stop()
  same('told when the server stops', (await within('1001', alive.closed)).code, 1001)
  const began = Date.now()
  same('it ends in order', (await stopping).code, 0)
  holds('without waiting', Date.now() - began < 5_000 * slow, Date.now() - began)
})

await section('a handshake and frames in one piece', async () => {
  const socket = connect(server.port, '127.0.0.1')
  const heard = []
  socket.on('data', (bytes) => heard.push(bytes))
  socket.write('GET /echo HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n')
  socket.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]))
  const all = await until('the answer', async () => Buffer.concat(heard).includes(Buffer.from([0x81, 0x02, 0x68, 0x69])) && Buffer.concat(heard).toString('latin1'))
  holds('the key of the standard is answered as it says', all?.includes('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo='), all)
  socket.destroy()
})

await section('over TLS', async () => {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', key, '-out', cert], { stdio: 'ignore' })
  const secure = await start('30000', cert, key)
  const socket = await client(`wss://localhost:${secure.port}/echo`, { ca: await readFile(cert) })
  // Both directions at once, more than any buffer holds.
  const pieces = Array.from({ length: 40 }, () => randomBytes(50_000))
  for (const bytes of pieces) socket.send(bytes)
  let good = 0
  for (const bytes of pieces) good += Buffer.compare(await socket.next(), bytes) === 0
  same('forty pieces there and back', good, 40)
  socket.close(1000)
  same('goodbye', (await within('close', socket.closed)).code, 1000)
  const left = await client(`wss://localhost:${secure.port}/echo`, { ca: await readFile(cert) })
  const stopping = secure.stop()
  same('told when the server stops', (await within('1001', left.closed)).code, 1001)
  same('it ends in order', (await stopping).code, 0)
})

await section('event streams', async () => {
  const answer = await fetch(`${server.http}/events`, { headers: { 'Last-Event-ID': '6' } })
  same('its type', answer.headers.get('content-type'), 'text/event-stream')
  same('the event', await answer.text(), 'event: hello\nid: 7\ndata: after 6\ndata: and a second line\n\n')
})

await done(server)
