// The file of existing names and what stands above it in memory, from start to start: nothing promised may be missing in
// the check, whatever became of the server or of the file. Also on PostgreSQL when PGHOST names one.
//   node tests/peers/name_index_test.mjs [--binary build/platform/app/civitas]
import { copyFile, open, rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { binary, done, holds, idOf, person, query, same, section, slow } from '../harness/peer.mjs'
import { Cities, Server } from '../harness/server.mjs'

const wait = (ms) => new Promise((r) => setTimeout(r, ms))

for (const engine of process.env.PGHOST ? ['sqlite', 'postgres'] : ['sqlite']) {
  const cities = await Cities.create({ binary, engine, slow })
  let server = await cities.serve()
  const { place } = server
  const file = join(place.data, 'place_names/existing.index')

  /** Ends the server, does `between`, and starts it again. */
  const again = async (between = async () => {}, signal = 'SIGKILL') => {
    await server.stop(signal)
    await between()
    server = await Server.start({ binary, ...place, demo: true, slow })
  }
  const found = async (name, field, asked = {}) => {
    const anonymous = await person(server, null)
    const answer = await anonymous('GET', '/api/v1/place_names/check' + query({ name, division: '420105000000', category: '23510', legal_kind: 'street', ...asked }))
    return answer.body.findings.filter((f) => f.rule === 'same_name').map((f) => f.conflict[field])
  }
  const conflicts = (name) => found(name, 'name')
  /** Its record, or null; any other answer than a success is a failure. */
  const calling = async () => {
    const who = await person(server, 'registrar')
    return async (method, path, body, headers) => {
      const answer = await who(method, path, body, headers)
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
      return answer.body
    }
  }
  const district = await idOf(await person(server, 'registrar'), 'registers/division', 'code', '420105000000')
  const street = (name) => ({ name, category: '23510', legal_kind: 'street', division: district, place: { type: 'Point', coordinates: [114.24, 30.53] } })

  await section(`${engine}: what was written after the file was made is known after a kill, at once`, async () => {
    const call = await calling()
    const names = []
    for (const n of ['荻花一试路', '荻花二试路', '荻花三试路']) names.push(await call('POST', '/api/v1/place_names/place_name', street(n)))
    same('a new name', await conflicts('荻花一试路'), ['荻花一试路'])
    const before = (await stat(file)).mtimeMs
    await again()
    same('after a kill', [await conflicts('荻花一试路'), await conflicts('荻花二试路')], [['荻花一试路'], ['荻花二试路']])
    const later = await calling()
    const path = (n) => `/api/v1/place_names/place_name/${n.id}`
    await later('PATCH', path(names[0]), { name: '荻花四试路' }, { 'If-Match': `"${names[0].version}"` })
    await later('DELETE', path(names[1]), undefined, { 'If-Match': `"${names[1].version}"` })
    for (const round of ['at once', 'after a kill']) {
      if (round !== 'at once') await again()
      same(`${round}: the name before`, await conflicts('荻花一试路'), [])
      same(`${round}: the name after`, await conflicts('荻花四试路'), ['荻花四试路'])
      same(`${round}: removed`, await conflicts('荻花二试路'), [])
      same(`${round}: untouched`, await conflicts('荻花三试路'), ['荻花三试路'])
    }
    for (let i = 0; i < 100 * slow && (await stat(file)).mtimeMs === before; ++i) await wait(200)
    holds('the file catches up in the background', (await stat(file)).mtimeMs !== before)
    same('from the new file', [await conflicts('荻花四试路'), await conflicts('荻花二试路')], [['荻花四试路'], []])
  })

  await section(`${engine}: a new division is known to the check at once`, async () => {
    const call = await calling()
    const asked = { legal_kind: 'subdistrict', category: '21600' }
    await call('POST', '/api/v1/registers/division', { code: '420105099000', name: '荻花试街道', level: 'township', parent: district })
    same('at once', await found('荻花试街道', 'code', asked), ['420105099000'])
    await again()
    same('after a kill', await found('荻花试街道', 'code', asked), ['420105099000'])
  })

  const overwrite = async (at, bytes) => {
    const handle = await open(file, 'r+')
    await handle.write(bytes, 0, bytes.length, at)
    await handle.close()
  }
  const kind = async () => {
    const handle = await open(file)
    const { buffer } = await handle.read(Buffer.alloc(8), 0, 8, 0)
    await handle.close()
    return buffer.toString('latin1')
  }

  for (const [what, harm] of [
    ['missing', () => rm(file)],
    ['torn', () => truncate(file, 5000)],
    ['empty', () => truncate(file, 0)],
    ['of another version', () => overwrite(8, Buffer.from([250]))],
    ['the index of the matcher', () => copyFile(join(place.data, 'place_names/names.index'), file)],
  ])
    await section(`${engine}: a file that is ${what} is made anew`, async () => {
      await again(harm, 'SIGTERM')
      same(what, await conflicts('荻花四试路'), ['荻花四试路'])
      same(`${what}: the new file`, await kind(), 'CVPNNAM\n')
    })

  await section(`${engine}: a file that is damaged inside is found and made anew`, async () => {
    const { size } = await stat(file)
    await again(() => overwrite(4096, Buffer.alloc(size - 8192, 0xa5)), 'SIGTERM')
    for (let i = 0; i < 50 * slow && (await conflicts('荻花四试路')).length === 0; ++i) await wait(100)
    same('the name', await conflicts('荻花四试路'), ['荻花四试路'])
    holds('the log says so', /place_names\.index\.damaged/.test(server.log))
  })

  same(`${engine}: the server ends in order`, (await server.stop()).code, 0)
  await cities.drop(place)
  await cities.close()
}
await done()
