// How smoothly the map of names moves with 10,000 names on it: made up on a grid over the city, brought in by the import
// that people use, then panned by hand. Runs only with --map-frames, for it measures the machine as much as the map.
export const name = 'The map of names pans with 10,000 names on it'
export const covers = []
export const option = 'map-frames'

const count = 10_000
const aim = 33 // milliseconds a frame

/** Rows over the extent of the map, inside one division each, so that the import has nothing to complain about. */
function table([west, south, east, north]) {
  const side = Math.ceil(Math.sqrt(count))
  const rows = ['标准名称,地名类别,所在政区,经度,纬度']
  for (let i = 0; i < count; ++i) {
    const lon = west + ((east - west) * ((i % side) + 0.5)) / side
    const lat = south + ((north - south) * (Math.floor(i / side) + 0.5)) / side
    rows.push(`帧数测试${String.fromCodePoint(0x4e00 + (i % 5000))}${String.fromCodePoint(0x5200 + Math.floor(i / 5000))}路,23510,420100000000,${lon.toFixed(6)},${lat.toFixed(6)}`)
  }
  return rows.join('\n') + '\n'
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]
const share = (numbers, part) => [...numbers].sort((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * part))]

export async function run({ server, person, step, assert }) {
  const clerk = await person('registrar')
  await clerk.signIn('registrar')
  const { body: meta } = await clerk.api('GET', '/api/v1/meta')
  await step('10,000 names are imported', async () => {
    const sent = await clerk.context.request.post(`${server.base}/api/v1/place_names/place_name/import?mode=all`, { multipart: { file: { name: 'names.csv', mimeType: 'text/csv', buffer: Buffer.from(table(meta.map.extent)) } } })
    assert.equal(sent.status(), 202, await sent.text())
    const { job } = await sent.json()
    for (;;) {
      const { body } = await clerk.api('GET', `/api/v1/jobs/${job}`)
      if (body.state === 'done') {
        assert.equal(body.result.good, count, JSON.stringify(body.result).slice(0, 500))
        return
      }
      assert.ok(['queued', 'running'].includes(body.state), JSON.stringify(body).slice(0, 500))
      await clerk.page.waitForTimeout(500)
    }
  })
  const { body: list } = await clerk.api('GET', `/api/v1/place_names/place_name?total=true&limit=1&bbox=${meta.map.extent.join(',')}`)
  assert.ok(list.total >= count, `${list.total} names lie in the extent of the map`)

  const { page } = clerk
  const map = page.getByRole('application').first()
  await step('the map shows them all', async () => {
    await clerk.go('/console/place_names/pages/map')
    await map.waitFor()
    await page.waitForLoadState('networkidle')
    await page.waitForTimeout(1500)
    await clerk.shot('whole')
  })
  const box = await map.boundingBox()
  const pan = async (seconds) => {
    const frames = page.evaluate((milliseconds) => new Promise((done) => {
      const found = []
      const began = performance.now()
      let last = began
      const frame = () => {
        const now = performance.now()
        found.push(now - last)
        last = now
        if (now - began < milliseconds) requestAnimationFrame(frame)
        else done(found.slice(1))
      }
      requestAnimationFrame(frame)
    }), seconds * 1000)
    const until = Date.now() + seconds * 1000 - 300
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
    await page.mouse.move(x, y)
    await page.mouse.down()
    for (let turn = 0; Date.now() < until; turn += 0.12) {
      await page.mouse.move(x + Math.sin(turn) * box.width * 0.3, y + Math.sin(turn * 0.7) * box.height * 0.3)
      await page.waitForTimeout(8)
    }
    await page.mouse.up()
    return frames
  }
  const views = { 'the whole city': 0, 'two steps closer': 2 }
  const medians = []
  for (const [view, steps] of Object.entries(views)) {
    await step(`panning ${view}`, async () => {
      for (let i = 0; i < steps; ++i) await page.getByRole('button', { name: '放大' }).first().click()
      await page.waitForLoadState('networkidle')
      await page.waitForTimeout(1000)
      const frames = await pan(6)
      medians.push(median(frames))
      console.log(`       ${view}: ${frames.length} frames, median ${median(frames).toFixed(1)} ms, 95th of a hundred ${share(frames, 0.95).toFixed(1)} ms, worst ${Math.max(...frames).toFixed(0)} ms (aim ${aim} ms; no GPU)`)
      assert.ok(frames.length > 30, 'the page drew hardly any frame')
      await clerk.shot(steps ? 'closer' : 'panned')
    })
  }
  assert.ok(Math.max(...medians) <= aim, `the slower view has a median of ${Math.max(...medians).toFixed(1)} ms a frame, more than ${aim} ms`)
}
