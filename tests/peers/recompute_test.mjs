// A rule of a computed field that changes between two starts reaches the records that are there: by a job of the server,
// or by `civitas migrate`.   node tests/peers/recompute_test.mjs [--binary build/platform/app/civitas]
import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { binary, done, folder, holds, person, same, section, serve } from '../harness/peer.mjs'
import { root } from '../harness/server.mjs'

const systems = join(folder, 'systems')
cpSync(join(root, 'tests/systems/cmdb'), join(systems, 'cmdb'), { recursive: true })
const host = join(systems, 'cmdb/host.yaml')
const declared = readFileSync(host, 'utf8')
const rule = (text) => writeFileSync(host, declared.replace('rule: "sum(disks.gib)"', `rule: "${text}"`))
const sizes = async (server) => {
  const keeper = await person(server, 'cmdb_keeper')
  const { body } = await keeper('GET', '/api/v1/cmdb/host?sort=name')
  return Object.fromEntries(body.items.map((one) => [one.name, [one.disk_gib ?? null, one.version]]))
}

let server = await serve({ systems })
await section('as declared first', async () => {
  same('sizes', await sizes(server), { 'brain-01': [0, 1], 'db-01': [200, 1], 'web-01': [500, 1] })
  same('it ends in order', (await server.stop()).code, 0)
})

await section('the server makes them anew after its start', async () => {
  rule('sum(disks.gib) + 1000')
  server = await serve({ systems })
  const until = Date.now() + 20_000
  let now = await sizes(server)
  while (now['web-01'][0] !== 1500 && Date.now() < until) {
    await new Promise((r) => setTimeout(r, 100))
    now = await sizes(server)
  }
  same('sizes', now, { 'brain-01': [1000, 1], 'db-01': [1200, 1], 'web-01': [1500, 1] })
  holds('told in the log', server.log.includes('entities.recomputed'), server.log.slice(-400))
  same('it ends in order', (await server.stop()).code, 0)
})

await section('or migrate does, and the next start finds it done', async () => {
  rule('sum(disks.gib) * 2')
  execFileSync(binary, ['migrate', '--data', join(folder, 'data'), '--systems', systems], { stdio: 'pipe' })
  server = await serve({ systems })
  same('sizes', await sizes(server), { 'brain-01': [0, 1], 'db-01': [400, 1], 'web-01': [1000, 1] })
  holds('nothing is left to do', !server.log.includes('entities.recomputed'), server.log.slice(-400))
})

await done(server)
