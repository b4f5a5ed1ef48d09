// A small HTTP client over node:http and node:https: exact headers, cookie jars, bodies as bytes. A server's certificate is one
// that a test made, and taken as it is.
import http from 'node:http'
import https from 'node:https'

const pool = { keepAlive: true, maxSockets: 32 }
const plain = { request: http.request, agent: new http.Agent(pool) }
const secure = { request: https.request, agent: new https.Agent({ ...pool, rejectUnauthorized: false }) }

/** Sends one request; the answer has status, headers, bytes, text and, where it is JSON, body. */
export function send(base, { method, path, headers = {}, body, timeout = 60_000 }) {
  const url = new URL(base)
  const { request: open, agent } = url.protocol === 'https:' ? secure : plain
  return new Promise((resolve, reject) => {
    const request = open(
      { host: url.hostname, port: url.port, method, path: escaped(path), headers, agent, timeout },
      (response) => {
        const chunks = []
        response.on('data', (c) => chunks.push(c))
        response.on('error', reject)
        response.on('end', () => resolve(answer(response, Buffer.concat(chunks))))
      },
    )
    request.on('timeout', () => request.destroy(new Error(`no answer to ${method} ${path} within ${timeout / 1000} s`)))
    request.on('error', reject)
    request.end(body)
  })
}

// Addresses in scenarios are written readably ("?q=知音里"); what is already escaped stays as it is.
const escaped = (path) => path.replace(/[^\x21-\x7e]+|["<>\\^`{|}]/gu, encodeURIComponent)

function answer(response, bytes) {
  const type = response.headers['content-type'] ?? ''
  const out = { status: response.statusCode, headers: response.headers, bytes, text: bytes.toString('utf8') }
  if (/[/+]json\b/.test(type) && bytes.length > 0) {
    try {
      out.body = JSON.parse(out.text)
    } catch {
      out.broken = 'the answer says JSON and is not'
    }
  }
  return out
}

/** The cookies of one person. */
export class Jar {
  #cookies = new Map()
  take(headers) {
    for (const line of headers['set-cookie'] ?? []) {
      const [pair, ...attributes] = line.split(';')
      const at = pair.indexOf('=')
      const name = pair.slice(0, at).trim()
      if (attributes.some((a) => /^\s*max-age=0\s*$/i.test(a))) this.#cookies.delete(name)
      else this.#cookies.set(name, pair.slice(at + 1).trim())
    }
  }
  header() {
    return [...this.#cookies].map(([k, v]) => `${k}=${v}`).join('; ')
  }
  get empty() {
    return this.#cookies.size === 0
  }
}

/** One file as multipart/form-data. */
export function multipart(files, fields = {}) {
  const boundary = 'civitas-' + Math.random().toString(16).slice(2)
  const parts = []
  for (const [name, value] of Object.entries(fields))
    parts.push(Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`))
  for (const f of files)
    parts.push(
      Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; name="${f.field}"; filename="${f.name}"\r\nContent-Type: ${f.type}\r\n\r\n`,
      ),
      f.bytes,
      Buffer.from('\r\n'),
    )
  parts.push(Buffer.from(`--${boundary}--\r\n`))
  return { type: `multipart/form-data; boundary=${boundary}`, body: Buffer.concat(parts) }
}
