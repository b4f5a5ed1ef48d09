// The audit trail against whoever holds the database: what is changed while the server is down is found, and a kill is no
// alarm. Takes a copy of the data folder for each deed. On PostgreSQL the same rows are tried by the tests of the room.
import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { binary, done, folder, holds, person, same, section, serve } from '../harness/peer.mjs'
import { command, easy } from '../harness/server.mjs'

const run = promisify(execFile)
const outside = join(folder, 'outside')
await mkdir(outside)
const place = (name) => ({ data: join(folder, name), config: join(folder, `${name}.yaml`) })
const configure = (name, head) => writeFile(place(name).config, `data: ${join(folder, name)}\n${easy}audit: {head: ${head}, keys: ${outside}}\n`)
const head = join(outside, 'audit.head')
await configure('data', head)
const sqlite = (name, sql) => run('python3', ['-c', 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.commit()', join(folder, name, 'civitas.db'), sql])
const verify = (name) => command(binary, place(name), ['audit', 'verify'])

let server = await serve(place('data'))
await section('the head and the keys of the trail stand apart from the data', async () => {
  same('the head is for its owner alone', (await stat(head)).mode & 0o077, 0)
  same('no head among the data', await stat(join(folder, 'data', 'audit.head')).catch(() => null), null)
  const of = async (file) => JSON.parse(await readFile(file, 'utf8')).keys.filter((key) => key.purpose === 'audit').map((key) => key.id)
  const [line] = (await readFile(head, 'utf8')).trim().split('\n').slice(-1)
  holds('what signs is not beside the database', (await of(join(outside, 'keys.json'))).includes(JSON.parse(line).key) && !(await of(join(folder, 'data', 'keys.json'))).includes(JSON.parse(line).key), line)
})

// Writes until it is killed; what was answered must be in the trail.
await section('a kill is no alarm, and loses no entry', async () => {
  for (let round = 0; round < 3; ++round) {
    const admin = await person(server, 'admin')
    let answered = 0
    const load = (async () => {
      for (let i = 0; ; ++i) {
        const made = await admin('POST', '/api/v1/identity/department', { code: `K${round}-${i}`, name: `试验科${round}-${i}` }).catch(() => null)
        if (made?.status !== 201) return
        answered++
      }
    })()
    await new Promise((later) => setTimeout(later, 700 + 210 * round))
    await server.stop('SIGKILL')
    await load
    holds('something was written', answered > 3, answered)
    const after = await verify('data')
    holds(`whole after kill ${round + 1}`, after.code === 0, after)
    server = await serve(place('data'))
    const auditor = await person(server, 'auditor')
    let entries = 0
    for (let after = ''; after !== undefined; ) {
      const page = (await auditor('GET', `/api/v1/audit?action=identity.department.create&limit=1000${after}`)).body
      entries += page.items.filter((item) => JSON.stringify(item).includes(`试验科${round}-`)).length
      after = page.next ? `&after=${page.next}` : undefined
    }
    holds('every answer is in it', entries >= answered, [entries, answered])
  }
  same('it ends in order', (await server.stop()).code, 0)
  const whole = await verify('data')
  holds('whole, and all of it sealed', whole.code === 0 && / 0 not yet sealed/.test(whole.stdout), whole)
})

await section('the seven deeds of whoever holds the database', async () => {
  await cp(place('data').data, join(folder, 'before'), { recursive: true })
  await cp(head, join(folder, 'head.before'))
  server = await serve(place('data'))
  const admin = await person(server, 'admin')
  for (let i = 0; i < 3; ++i) {
    same('written', (await admin('POST', '/api/v1/identity/department', { code: `L${i}`, name: `后来${i}` })).status, 201)
    await new Promise((later) => setTimeout(later, 700))
  }
  await server.stop()
  const deeds = [
    ['changed', "UPDATE audit_entry SET who_name='别人' WHERE id=(SELECT max(id) FROM audit_entry)", /not written by this product/],
    ['removed', 'DELETE FROM audit_entry WHERE id=(SELECT max(id)-2 FROM audit_entry)', /removed/],
    ['inserted', "DELETE FROM audit_entry WHERE id=5; INSERT INTO audit_entry(id,at,who,who_name,action,object) VALUES(5,1,1,'系统管理员','forged','x')", /not written by this product/],
    ['truncated', 'DELETE FROM audit_seal WHERE sequence=(SELECT max(sequence) FROM audit_seal); DELETE FROM audit_entry WHERE id>=(SELECT max(upper_position) FROM audit_seal)', /cut off/],
    ['emptied', 'DELETE FROM audit_seal; DELETE FROM audit_entry', /emptied/],
    ['forged', "INSERT INTO audit_entry(at,who,who_name,action,object,detail) VALUES(1,1,'系统管理员','identity.person.update','identity/person/1','{}')", /forged|not written by this product/],
  ]
  for (const [deed, sql, words] of deeds) {
    await cp(place('data').data, join(folder, deed), { recursive: true })
    await cp(head, join(outside, `${deed}.head`))
    await configure(deed, join(outside, `${deed}.head`))
    await sqlite(deed, sql)
    const found = await verify(deed)
    holds(`${deed}: found`, found.code === 1 && words.test(found.stdout), found)
    // A restart makes nothing good.
    const again = await serve({ ...place(deed), demo: false })
    await person(again, 'auditor')
    await new Promise((later) => setTimeout(later, 700))
    await again.stop()
    const later = await verify(deed)
    holds(`${deed}: found after a restart`, later.code === 1 && words.test(later.stdout), later)
    await rm(join(folder, deed), { recursive: true })
  }
  // Rolled back: the copy of before under the head of today.
  await rename(place('data').data, join(folder, 'today'))
  await rename(join(folder, 'before'), place('data').data)
  const rolled = await verify('data')
  holds('rolled back: found', rolled.code === 1 && /rolled back/.test(rolled.stdout), rolled)
  server = await serve({ ...place('data'), demo: false })
  await person(server, 'auditor')
  await new Promise((later) => setTimeout(later, 700))
  await server.stop()
  const later = await verify('data')
  holds('rolled back: found after a restart', later.code === 1 && /rolled back/.test(later.stdout), later)
})

await section('an operator says that a backup was restored', async () => {
  same('with a reason', (await command(binary, place('data'), ['audit', 'restored', '--because', ' '])).code, 1)
  const said = await command(binary, place('data'), ['audit', 'restored', '--because', '磁盘损坏，恢复了昨天的备份'])
  same('it is taken', said.code, 0)
  server = await serve({ ...place('data'), demo: false })
  const auditor = await person(server, 'auditor')
  const entries = (await auditor('GET', '/api/v1/audit?action=audit.restored')).body.items
  holds('it is an entry of the trail itself', entries.length === 1 && entries[0].detail.because.startsWith('磁盘损坏'), entries)
  await server.stop()
  const whole = await verify('data')
  holds('the trail is whole, and tells of it', whole.code === 0 && /磁盘损坏/.test(whole.stdout), whole)
  same('nothing is left to explain', (await command(binary, place('data'), ['audit', 'restored', '--because', '再来'])).code, 1)
})

await section('a backup brings the head of its database', async () => {
  const copy = join(folder, 'copy')
  same('it is made', (await command(binary, place('data'), ['backup', copy])).code, 0)
  const keys = join(folder, 'keys-elsewhere')
  await mkdir(keys)
  await cp(join(outside, 'keys.json'), join(keys, 'keys.json'))
  await writeFile(place('new').config, `data: ${place('new').data}\n${easy}audit: {head: ${join(keys, 'audit.head')}, keys: ${keys}}\n`)
  same('it is restored on another machine', (await command(binary, place('new'), ['restore', copy])).code, 0)
  const whole = await verify('new')
  holds('and whole there', whole.code === 0, whole)
})

await done()
