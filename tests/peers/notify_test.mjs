// What people and other systems are told, against servers of others: mail through smtp-server, short messages through
// smpp, webhooks and pushes over node:http, whose signatures are checked here; and what machines send to us, signed.
//   node tests/peers/notify_test.mjs [--binary build/platform/app/civitas]
// Starts its own servers with their own data. Prints "N passed, N failed".
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import smpp from 'smpp'
import { SMTPServer } from 'smtp-server'
import { done, folder, holds, idOf, person, same, section, serve } from '../harness/peer.mjs'
import { send } from '../harness/http.mjs'

const secret = 'whsec_' + Buffer.from('a secret of the two systems').toString('base64')
const sign = (key, id, timestamp, body) => 'v1,' + createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
const keyOf = (written) => (written.startsWith('whsec_') ? Buffer.from(written.slice(6), 'base64') : Buffer.from(written))

/** Waits until `look` gives something. */
async function soon(what, look, seconds = 30) {
  for (const until = Date.now() + seconds * 1000; Date.now() < until; await new Promise((later) => setTimeout(later, 100))) {
    const found = await look()
    if (found) return found
  }
  holds(`${what} within ${seconds} s`, false)
  return null
}

// ---- the servers of others

const mails = []
let mailRefusal = null // what the server says to the next mail instead
const mailServer = new SMTPServer({
  authOptional: false,
  allowInsecureAuth: true,
  disabledCommands: ['STARTTLS'],
  onAuth: (auth, _session, back) => (auth.username === 'civitas' && auth.password === 'mail-secret' ? back(null, { user: 'civitas' }) : back(new Error('no'))),
  onData(stream, session, back) {
    let text = ''
    stream.on('data', (chunk) => (text += chunk))
    stream.on('end', () => {
      if (mailRefusal) {
        const error = Object.assign(new Error('not now'), { responseCode: mailRefusal })
        mailRefusal = null
        return back(error)
      }
      mails.push({ from: session.envelope.mailFrom.address, to: session.envelope.rcptTo.map((r) => r.address), text })
      back()
    })
  },
})
await new Promise((up) => mailServer.listen(0, '127.0.0.1', up))

const messages = []
const throttled = { next: 0 }
const sessions = new Set()
const receipts = (session, id, stat) =>
  session.deliver_sm({ source_addr: '13900000002', destination_addr: '10690000', esm_class: 4, short_message: `id:${id} sub:001 dlvrd:001 submit date:2611230900 done date:2611230901 stat:${stat} err:000 text:` })
const gateway = smpp.createServer((session) => {
  sessions.add(session)
  session.on('close', () => sessions.delete(session))
  session.on('error', () => sessions.delete(session))
  session.on('bind_transceiver', (pdu) => {
    const good = pdu.system_id === 'civitas' && pdu.password === 'sms-pass'
    session.send(pdu.response({ command_status: good ? 0 : smpp.ESME_RINVPASWD }))
  })
  session.on('enquire_link', (pdu) => session.send(pdu.response()))
  session.on('submit_sm', (pdu) => {
    if (throttled.next > 0) {
      throttled.next--
      return session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }))
    }
    if (pdu.destination_addr === '13911119999') return session.send(pdu.response({ command_status: smpp.ESME_RINVDSTADR }))
    const id = `m${messages.length + 1}`
    messages.push({ to: pdu.destination_addr, from: pdu.source_addr, coding: pdu.data_coding, text: pdu.short_message.message, udh: pdu.short_message.udh, id })
    session.send(pdu.response({ message_id: id }))
    receipts(session, id, pdu.destination_addr === '13911118888' ? 'UNDELIV' : 'DELIVRD')
  })
})
await new Promise((up) => gateway.listen(0, '127.0.0.1', up))

/** Takes signed messages; `status` is what it answers. */
function receiver() {
  const made = { taken: [], wrong: [], status: 200 }
  made.server = createServer((request, answer) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = request.headers
      if (signature !== sign(keyOf(secret), id, at, body)) made.wrong.push({ id, at, signature })
      else if (made.status < 300) made.taken.push({ ...JSON.parse(body), message: id })
      answer.writeHead(made.status).end()
    })
  })
  return new Promise((up) => made.server.listen(0, '127.0.0.1', () => up(Object.assign(made, { url: `http://127.0.0.1:${made.server.address().port}/take` }))))
}
const city = await receiver(), platform = await receiver()

const config = join(folder, 'civitas.yaml')
await writeFile(join(folder, 'sms-password'), 'sms-pass\n')
await writeFile(config, `
outbound: {allow: ["127.0.0.1"]}
notify:
  quiet: {from: "00:00", to: "00:00"}
  email: {server: "smtp://127.0.0.1:${mailServer.server.address().port}", tls: false, user: civitas, password: mail-secret, from: no-reply@civitas.example, name: 政通}
  sms:
    signature: 【政通】
    smpp: {host: 127.0.0.1, port: ${gateway.address().port}, system_id: civitas, password_file: ${join(folder, 'sms-password')}, source: "10690000"}
  webhooks:
    city: {url: "${city.url}", secret: "${secret}"}
push:
  city_platform: {url: "${platform.url}", secret: "${secret}"}
`)
const server = await serve({ config, systems: 'tests/systems' })
const admin = await person(server, 'admin')
const clerk = await person(server, 'telling_clerk')
const worker = await person(server, 'telling_worker')
const citizen = await person(server, 'telling_citizen')
// The quiet hours of the night are none of these tests' business.
for (const who of [clerk, worker, citizen]) same('preferences', (await who('PATCH', '/api/v1/notices/preferences', { quiet: { from: '00:00', to: '00:00' } })).status, 200)
const department = await idOf(admin, 'identity/department', 'code', 'MZJ')
const workerId = await idOf(admin, 'identity/person', 'account', 'telling_worker')
const state = async (id) => (await admin('GET', '/api/v1/messages?limit=200')).body.items.find((m) => m.id === id || m.about === id)

/** A complaint taken through all its steps. */
async function complaint(name, phone, result = '已修复') {
  const made = await citizen('POST', '/api/v1/telling/complaint', { name, phone })
  const step = async (who, transition, body = {}) => same(`${name}: ${transition}`, (await who('POST', `/api/v1/telling/complaint/${made.body.id}/transitions/${transition}`, body)).status, 200)
  await step(citizen, 'send')
  await step(clerk, 'accept', { department })
  await step(clerk, 'assign', { worker: workerId, comment: '请今天去看' })
  await step(worker, 'finish', { result })
  return made.body.id
}

await section('mail', async () => {
  await complaint('路灯不亮', '13911112222')
  const mail = await soon('a mail', () => mails.find((m) => m.to[0] === 'citizen@example.cn'))
  same('who sends it', mail.from, 'no-reply@civitas.example')
  const body = Buffer.from(mail.text.split('\r\n\r\n')[1].replace(/\r\n/g, ''), 'base64').toString()
  holds('its text', body.startsWith('冯受理受理了您反映的问题，由'), body)
  const subject = [...mail.text.matchAll(/=\?UTF-8\?B\?([^?]+)\?=/g)].map((m) => Buffer.from(m[1], 'base64').toString()).join('')
  holds('its subject and sender', subject.includes('您反映的“路灯不亮”已受理') && subject.includes('政通'), subject)
})

await section('short messages', async () => {
  const assigned = await soon('the worker’s', () => messages.find((m) => m.to === '13900000002'))
  same('its text', assigned.text, '【政通】请今天去看')
  same('its coding and sender', [assigned.coding, assigned.from], [8, '10690000'])
  const finished = await soon('to a number in the record', () => messages.find((m) => m.to === '13911112222'))
  same('words of the template', finished.text, '【政通】结果：已修复。请您评价。')
  const kept = await soon('the receipt', async () => (await admin('GET', '/api/v1/messages?state=delivered')).body.items.find((m) => m.channel === 'sms' && m.address === '139****22'))
  same('delivered at the first attempt', [kept?.attempts, kept?.error], [1, ''])
})

await section('long, refused, undelivered and throttled short messages', async () => {
  const before = messages.length
  await complaint('很长', '13911113333', '已'.repeat(150))
  await soon('three parts', () => messages.filter((m) => m.to === '13911113333').length === 3)
  const parts = messages.slice(before).filter((m) => m.to === '13911113333')
  same('they make the whole', parts.map((m) => m.text).join(''), '【政通】结果：' + '已'.repeat(150) + '。请您评价。')
  await complaint('空号', '13911119999')
  const refused = await soon('a refusal is final', async () => (await admin('GET', '/api/v1/messages?state=failed')).body.items.find((m) => m.address === '139****99'))
  same('after one attempt', refused?.attempts, 1)
  await complaint('关机', '13911118888')
  const lost = await soon('a receipt of failure', async () => (await admin('GET', '/api/v1/messages?state=failed')).body.items.find((m) => m.address === '139****88'))
  holds('in the network’s words', lost?.error.startsWith('UNDELIV'), lost)
  throttled.next = 1
  await complaint('拥堵', '13911117777')
  const waiting = await soon('throttled, it waits', async () => (await admin('GET', '/api/v1/messages?state=waiting')).body.items.find((m) => m.channel === 'sms' && m.attempts === 1))
  holds('and says why', waiting?.error.startsWith('短信网关暂时不收'), waiting)
  same('time goes on', (await admin('POST', '/api/v1/test/clock', { advance_seconds: 40 })).status, 200)
  await soon('and is sent', () => messages.some((m) => m.to === '13911117777') && messages.filter((m) => m.to === '13900000002').length >= 5)
})

await section('a gateway that goes away comes back', async () => {
  for (const session of sessions) session.destroy()
  const before = messages.length
  await complaint('断线', '13911116666')
  await soon('after the link was lost', async () => {
    await admin('POST', '/api/v1/test/clock', { advance_seconds: 31 })
    return messages.slice(before).some((m) => m.to === '13911116666')
  })
})

await section('webhooks', async () => {
  const hook = await soon('a finished complaint', () => city.taken.find((m) => m.data.text === '结果：已修复。请您评价。'))
  same('its type', hook.type, 'telling.finished')
  holds('its id and record', hook.message.startsWith('notify-') && hook.data.about.startsWith('telling/complaint/'), hook)
  same('all were signed', city.wrong, [])
})

await section('pushes', async () => {
  const station = (await clerk('POST', '/api/v1/telling/station', { name: '一号泵站', code: 'B1' })).body.id
  const first = await soon('a new record', () => platform.taken.find((m) => m.message === `telling/station/city_platform/${station}/1`))
  same('as it is mapped', [first.type, first.version, first.gone, first.data], ['telling.station', 1, false, { code: 'B1', names: { zh: '一号泵站' } }])
  platform.status = 503
  await clerk('PATCH', `/api/v1/telling/station/${station}`, { name: '二号泵站' })
  await clerk('PATCH', `/api/v1/telling/station/${station}`, { name: '三号泵站' })
  const second = (await clerk('POST', '/api/v1/telling/station', { name: '后来的', code: 'B2' })).body.id
  await soon('it waits, and what came later behind it', async () => (await admin('GET', '/api/v1/pushes')).body.items.find((p) => p.to === 'city_platform')?.waiting === 2)
  platform.status = 200
  await soon('in order', async () => {
    await admin('POST', '/api/v1/test/clock', { advance_seconds: 31 })
    return platform.taken.length >= 3
  })
  same('the newest form only, then the other', platform.taken.slice(1, 3).map((m) => [m.data.names.zh, m.version]), [['三号泵站', 3], ['后来的', 1]])
  platform.status = 422
  await clerk('PATCH', `/api/v1/telling/station/${second}`, { name: '不收的' })
  const stuck = await soon('a refusal sets it aside', async () => (await admin('GET', '/api/v1/pushes')).body.stuck[0])
  same('which', [stuck.record, stuck.title], [second, '不收的'])
  platform.status = 200
  same('sent again by hand', (await admin('POST', '/api/v1/pushes/again', { push: stuck.push, record: stuck.record })).status, 204)
  await soon('it is taken', () => platform.taken.some((m) => m.data.names?.zh === '不收的'))
  await clerk('PATCH', `/api/v1/telling/station/${station}`, { used: false })
  const gone = await soon('what no longer fits is withdrawn', () => platform.taken.find((m) => m.gone))
  same('with nothing of it', gone.data, {})
  same('all were signed', platform.wrong, [])
})

await section('machines send', async () => {
  const application = (await admin('POST', '/api/v1/identity/application_key', { application: '监测', services: ['inbound.telling.alarm'] })).body.id
  const { key } = (await admin('POST', `/api/v1/identity/application_key/${application}/key`, {})).body
  const station = (await clerk('POST', '/api/v1/telling/station', { name: '四号', code: 'B4' })).body.id
  const post = async (id, body, { secret: used = key, at }) => {
    const text = JSON.stringify(body), seconds = String(Math.floor(at / 1000))
    return send(server.base, { method: 'POST', path: '/open/v1/telling/alarm', headers: { 'Content-Type': 'application/json', 'X-Civitas-Key': key, 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': sign(keyOf(used), id, seconds, text) }, body: text })
  }
  // The program's time was moved ahead; a machine's clock agrees with it.
  const now = Date.parse((await admin('POST', '/api/v1/test/clock', { advance_seconds: 0 })).body.now)
  const alert = { alert: { id: 'f-1', summary: '水位过高', level: 2 }, host: 'B4', position: { x: 114.3, y: '30.6' }, count: 1 }
  const made = await post('m-1', alert, { at: now })
  same('a new one', [made.status, made.body.created], [201, true])
  const record = (await clerk('GET', `/api/v1/telling/alarm/${made.body.id}`)).body
  same('as it is mapped', [record.name, record.severity, record.station.id ?? record.station, record.place.coordinates, record.times, record.source, record.state], ['水位过高', 'high', station, [114.3, 30.6], 1, '监测平台', 'firing'])
  const again = await post('m-1', alert, { at: now })
  same('the same message again', [again.status, again.body.repeated, again.body.id], [200, true, made.body.id])
  same('its id for another', (await post('m-1', { ...alert, count: 5 }, { at: now })).body.reason, 'gateway.inbound.repeated')
  const more = await post('m-2', { ...alert, count: 7 }, { at: now })
  same('the same alarm again', [more.status, more.body.created, more.body.id], [200, false, made.body.id])
  same('is changed', (await clerk('GET', `/api/v1/telling/alarm/${made.body.id}`)).body.times, 7)
  same('a wrong secret', (await post('m-3', alert, { at: now, secret: 'other' })).body.reason, 'crypto.message.signature')
  same('an old one', (await post('m-4', alert, { at: now - 400_000 })).body.reason, 'crypto.message.age')
  same('a word that is not declared', (await post('m-5', { ...alert, alert: { ...alert.alert, level: 9 } }, { at: now })).body.field, 'severity')
  same('a station that is not there', (await post('m-6', { ...alert, host: 'none' }, { at: now })).body.field, 'station')
  same('no key of the record', (await post('m-7', { alert: { summary: 'x', level: 1 } }, { at: now })).body.reason, 'gateway.inbound.key')
  const many = await Promise.all(Array.from({ length: 12 }, (_, i) => post(`r-${i}`, { ...alert, alert: { id: 'f-2', summary: '同时', level: 1 } }, { at: now })))
  same('twelve at once make one', [many.filter((a) => a.status === 201).length, new Set(many.map((a) => a.body.id)).size], [1, 1])
})

mailServer.close()
for (const session of sessions) session.destroy()
gateway.close()
city.server.close()
platform.server.close()
await done(server)
