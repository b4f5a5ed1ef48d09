// A rush: a thousand bookings at once for twenty places take exactly twenty, on SQLite and, where there is one, on
// PostgreSQL (PGHOST, as `./dev test` gives it).
//   node tests/peers/rush_test.mjs [--binary build/platform/app/civitas]
import { binary, done, holds, person, same, section, slow } from '../harness/peer.mjs'
import { Cities } from '../harness/server.mjs'

const places = 20
const rush = 1000

for (const engine of process.env.PGHOST ? ['sqlite', 'postgres'] : ['sqlite'])
  await section(`a rush on ${engine}`, async () => {
    const cities = await Cities.create({ binary, engine, slow, systems: 'tests/systems' })
    const server = await cities.serve()
    try {
      const keeper = await person(server, 'values_keeper')
      const citizens = await Promise.all(['citizen1', 'citizen2'].map((account) => person(server, account)))
      const slot = await keeper('POST', '/api/v1/values/slot', { label: '抢号', day: '2026-11-23', starts: '09:00', quota: places })
      same('the slot', slot.status, 201)
      const answers = await Promise.all(
        Array.from({ length: rush }, (_, i) => citizens[i % 2]('POST', '/api/v1/values/booking', { slot: slot.body.id, phone: `138${String(10_000_000 + i)}` })),
      )
      const taken = answers.filter((answer) => answer.status === 201).length
      const refused = answers.filter((answer) => [403, 422].includes(answer.status)).length
      same('exactly as many as there are', taken, places)
      same('the others are told so', refused, rush - places)
      const left = await keeper('GET', `/api/v1/values/slot/${slot.body.id}`)
      same('none is free', left.body.free, 0)
      const booked = await keeper('GET', `/api/v1/values/booking?filter=slot = ${slot.body.id}&total=true&limit=1`.replaceAll(' ', '%20'))
      same('the bookings', booked.body.total, places)
      holds('a refusal says why', answers.every((answer) => answer.status === 201 || answer.body?.reason?.startsWith('entities.')), answers.find((answer) => answer.status !== 201)?.body)
    } finally {
      same('the server ends in order', (await server.stop()).code, 0)
      await cities.drop(server.place)
      await cities.close()
    }
  })
await done()
