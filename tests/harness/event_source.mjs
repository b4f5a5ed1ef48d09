// A client of Server-Sent Events over node:http, as the WHATWG standard reads them: fields, several lines of data, the last id.
import http from 'node:http'

/** Opens a stream; resolves when its head has come. `events` holds what was not yet taken by `next`. */
export function listen(base, path, { cookie = '', lastEventId = '' } = {}) {
  const url = new URL(base)
  const stream = { status: 0, headers: {}, events: [], lastEventId, ended: false, bytes: 0 }
  const waiting = []
  const wake = () => waiting.splice(0).forEach((go) => go())
  let rest = ''
  let event = ''
  let data = []
  const line = (text) => {
    if (text === '') {
      if (data.length) stream.events.push({ name: event || 'message', data: JSON.parse(data.join('\n')), id: stream.lastEventId })
      event = ''
      data = []
      return
    }
    const colon = text.indexOf(':')
    if (colon === 0) return
    const field = colon < 0 ? text : text.slice(0, colon)
    const value = colon < 0 ? '' : text.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') event = value
    else if (field === 'data') data.push(value)
    else if (field === 'id') stream.lastEventId = value
  }
  stream.close = () => request.destroy()
  /** The next event, or undefined when none came in time. */
  stream.next = async (patience = 10_000) => {
    const until = Date.now() + patience
    while (!stream.events.length && !stream.ended && Date.now() < until) await new Promise((go) => {
      const timer = setTimeout(go, until - Date.now())
      waiting.push(() => {
        clearTimeout(timer)
        go()
      })
    })
    return stream.events.shift()
  }
  /** Whether nothing came for so long. */
  stream.quiet = async (milliseconds = 700) => {
    await new Promise((go) => setTimeout(go, milliseconds))
    return stream.events.length === 0
  }
  const headers = { Accept: 'text/event-stream', ...(cookie && { Cookie: cookie }), ...(lastEventId && { 'Last-Event-ID': lastEventId }) }
  const request = http.request({ host: url.hostname, port: url.port, path: encodeURI(path), headers, agent: false })
  return new Promise((resolve, reject) => {
    request.on('response', (response) => {
      Object.assign(stream, { status: response.statusCode, headers: response.headers })
      response.setEncoding('utf8')
      response.on('data', (chunk) => {
        stream.bytes += chunk.length
        const lines = (rest + chunk).split('\n')
        rest = lines.pop()
        lines.forEach(line)
        wake()
      })
      const over = () => {
        if (!stream.headers['content-type']?.startsWith('text/event-stream') && rest) stream.body = JSON.parse(rest)
        stream.ended = true
        wake()
      }
      response.on('end', over)
      response.on('error', over)
      resolve(stream)
    })
    request.on('error', (e) => {
      stream.ended = true
      wake()
      reject(e)
    })
    request.end()
  })
}
