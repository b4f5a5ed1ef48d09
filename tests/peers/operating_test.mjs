// docs/operating.md works as it is written: its configurations are accepted, its metrics exist, a backup made under load
// holds what was answered before it began, and the restored city serves it.
//   node tests/peers/operating_test.mjs [--binary build/platform/app/civitas]
// Starts its own servers with their own data. Prints "N passed, N failed".
import { execFile } from 'node:child_process'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { multipart, send } from '../harness/http.mjs'
import { binary, done, folder, holds, idOf, person, query, same, section, serve } from '../harness/peer.mjs'
import { command, root } from '../harness/server.mjs'

const page = await readFile(join(root, 'docs/operating.md'), 'utf8')
// A city's folder has a file of its own; the other blocks are configurations.
const blocks = [...page.matchAll(/^```yaml\n([^]*?)^```$/gm)].map((m) => m[1]).filter((text) => !text.startsWith('# cities/'))
const picture = await readFile(join(root, 'docs/pictures/portal.png'))
const place = (name) => ({ data: join(folder, name) })
async function configuration(name, text) {
  await writeFile(join(folder, name), text)
  return join(folder, name)
}

await section('configuration', async () => {
  same('the page has five of them', blocks.length, 5)
  await promisify(execFile)('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'chain.pem'), '-days', '2', '-subj', '/CN=localhost'])
  // Only what is this machine's own is changed: folders and port.
  const config = await configuration('civitas.yaml', blocks[0].replaceAll('/etc/civitas/', folder + '/').replace('8443', '0'))
  const server = await serve({ ...place('tls'), config, demo: false })
  same('it is served by TLS', server.base.startsWith('https://'), true)
  same('/healthz', (await send(server.base, { method: 'GET', path: '/healthz' })).body, { status: 'ok' })
  same('a first start prints one one-time password', server.log.match(/one-time password/g)?.length, 1)
  same('it ends in order', (await server.stop()).code, 0)

  for (const [i, block] of blocks.slice(2).entries()) {
    const read = await command(binary, { ...place('tls'), config: await configuration(`messages${i}.yaml`, block) }, ['migrate', '--plan'])
    holds('messages are configured as it says', read.code === 0, read.stderr)
  }
  const wrong = await command(binary, { ...place('wrong'), config: await configuration('wrong.yaml', blocks[1].replace('writers', 'writer')) }, ['migrate', '--plan'])
  holds('an unknown key is refused with its line', wrong.code === 1 && /wrong\.yaml:5/.test(wrong.stderr), wrong.stderr)
  const none = await command(binary, { ...place('wrong'), config: await configuration('none.yaml', 'listen: {streams: 0}\n') }, ['migrate', '--plan'])
  holds('a limit out of its range is refused', none.code === 1 && /streams must be from 1/.test(none.stderr), none.stderr)
})

await section('the data folder knows its city', async () => {
  const plan = (...words) => command(binary, place('tls'), ['migrate', '--plan', ...words])
  const file = join(folder, 'tls/city')
  holds('the first start wrote it down', (await readFile(file, 'utf8')).endsWith('/cities/harbin\n'))
  const told = await plan('--city', 'harbin')
  holds('it may be told again', told.code === 0, told.stderr)
  const other = await plan('--city', 'wuhan')
  holds('another city is refused, in words', other.code === 1 && /holds harbin and cannot be opened as wuhan/.test(other.stderr) && other.stderr.includes(file), other.stderr)
  await writeFile(file, '/where/it/was/harbin\n')
  const known = await plan()
  holds('it is found by its name when the program has moved', known.code === 0 && !/profile/.test(known.stderr), known.stderr)
})

let server
await section('backup and restore', async () => {
  server = await serve()
  const registrar = await person(server, 'registrar')
  const division = await idOf(registrar, 'registers/division', 'code', '420105000000')
  const upload = multipart([{ field: 'file', name: 'portal.png', type: 'image/png', bytes: picture }])
  const photo = await registrar('POST', '/api/v1/files', upload.body, { 'Content-Type': upload.type })
  same('a picture is kept', photo.status, 201)

  const answered = [] // names in the order in which they were answered
  const create = async (photos) => {
    const name = `备份${answered.length}路`
    const answer = await registrar('POST', '/api/v1/place_names/place_name', { name, category: '23510', division, ...photos })
    if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`)
    answered.push(name)
    return answer.body.id
  }
  const first = await create({ photos: [photo.body.id] })
  let going = true
  const load = (async () => {
    while (going) await create()
  })()
  while (answered.length < 20) await new Promise((later) => setTimeout(later, 10))
  const before = answered.length
  const backup = join(folder, 'backup')
  const made = await command(binary, place('data'), ['backup', backup])
  going = false
  await load
  holds('it is made while the server writes', made.code === 0 && answered.length > before, made.stderr)
  same('it is not written over', (await command(binary, place('data'), ['backup', backup])).code, 1)
  const nothing = await command(binary, place('nowhere'), ['backup', join(folder, 'of_nothing')])
  holds('where there are no data there is no backup', nothing.code === 1 && /nowhere/.test(nothing.stderr), nothing)
  for (const file of ['data/civitas.db', 'data/keys.json', 'backup/civitas.db', 'backup/keys.json'])
    same(`${file} is for its owner alone`, (await stat(join(folder, file))).mode & 0o077, 0)

  const metrics = (await send(server.base, { method: 'GET', path: '/metrics' })).text
  for (const [, name] of page.matchAll(/`(civitas_[a-z_]+)`/g)) holds(`${name} is a metric`, new RegExp(`^${name}(_count)?[ {]`, 'm').test(metrics))
  same('it ends in order', (await server.stop()).code, 0)

  same('data are not written over', (await command(binary, place('data'), ['restore', backup])).code, 1)
  const back = await command(binary, place('restored'), ['restore', backup])
  same('it is restored', back.code, 0)
  const verified = await command(binary, place('restored'), ['audit', 'verify'])
  holds('its audit trail is whole', verified.code === 0, verified)
  server = await serve({ ...place('restored'), demo: false })
  const again = await person(server, 'registrar')
  const kept = await again('GET', '/api/v1/place_names/place_name' + query({ filter: "name LIKE '备份%'", fields: 'name', limit: 1000 }))
  const there = kept.body.items.map((item) => item.name)
  same('what was answered before the backup is in it', answered.slice(0, before).filter((name) => !there.includes(name)), [])
  same('and nothing that was never answered', there.filter((name) => !answered.includes(name)), [])
  const [file] = (await again('GET', `/api/v1/place_names/place_name/${first}`)).body.photos
  same('the picture too', (await again('GET', `/api/v1/files/${file.id}`)).bytes.equals(picture), true)
})

await section("a demonstration's time", async () => {
  const day = async (server) => (await send(server.base, { method: 'GET', path: '/api/v1/meta' })).body.moved_to
  const later = (text, days) => new Date(Date.parse(text) + days * 86_400_000).toISOString().slice(0, 10)
  const move = (server) => send(server.base, { method: 'POST', path: '/api/v1/test/clock', headers: { 'Content-Type': 'application/json' }, body: '{"advance_seconds":691200}' })
  let moved = await serve({ ...place('moved'), demo: false })
  const before = await day(moved)
  same('it is moved', (await move(moved)).status, 200)
  same('by eight days', await day(moved), later(before, 8))
  await moved.stop()
  moved = await serve({ ...place('moved'), demo: false })
  same('and stays there after a restart', await day(moved), later(before, 8))
  await moved.stop()
  moved = await serve({ ...place('moved'), demo: false, testClock: false })
  same('a city has the time of the world', await day(moved), undefined)
  same('which nobody moves', (await move(moved)).status, 404)
  same('it ends in order', (await moved.stop()).code, 0)
})

await done(...(server ? [server] : []))
