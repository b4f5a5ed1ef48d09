// Markup that somebody wrote into a record is shown as what it is, on every page that shows the record, and never runs.
export const name = 'Markup in a record is shown and never run'
export const covers = []

const script = '<script>window.hit=1</script>'
const image = '<img src=x onerror="window.hit=1">'

export async function run({ person, step, assert }) {
  const clerk = await person('registrar')
  await clerk.context.addInitScript(() => {
    window.hit = 0
    window.alert = () => (window.hit = 1)
  })
  await step('signs in', () => clerk.signIn('registrar'))
  const division = (await clerk.api('GET', `/api/v1/registers/division?filter=${encodeURIComponent("code='420105000000'")}`)).body.items[0].id
  const sign = await clerk.api('POST', '/api/v1/place_names/sign', { name: image, kind: 'street', division, material: script, size: image, set_up_by: script, place: { type: 'Point', coordinates: [114.21, 30.56] } })
  assert.equal(sign.status, 201)
  const report = await clerk.api('POST', '/api/v1/place_names/problem_report', { name: script, kind: 'wrong_name', text: image + script, informant: image })
  const pages = [`/console/place_names/sign`, `/console/place_names/sign/${sign.body.id}`, '/console/place_names/problem_report', '/console/']
  assert.equal(report.status, 201)
  pages.push(`/console/place_names/problem_report/${report.body.id}`)
  for (const path of pages)
    await step(path, async () => {
      await clerk.go(path)
      await clerk.page.getByRole('heading').first().waitFor()
      await clerk.page.waitForLoadState('networkidle')
      assert.equal(await clerk.page.evaluate(() => window.hit), 0, `${path} ran it`)
      assert.equal(await clerk.page.locator('img[src="x"]').count(), 0, `${path} made an element of it`)
    })
  await step('it is shown as text', async () => {
    await clerk.go(`/console/place_names/sign/${sign.body.id}`)
    await clerk.page.getByText(image).first().waitFor()
    await clerk.page.getByText(script).first().waitFor()
  })
  await step('found by the search over everything', async () => {
    const found = await clerk.api('GET', `/api/v1/search?q=${encodeURIComponent('img src')}`)
    assert.equal(found.status, 200)
    assert.equal(await clerk.page.evaluate(() => window.hit), 0)
  })
}
