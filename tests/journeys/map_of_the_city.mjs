// The map of the city as people see it: its ground and whom it names, the list that follows it, a past day that shows
// nothing of today, a record of a past day that nobody can change; and the same map for everybody in the portal.
import { phone } from '../harness/browser.mjs'

export const name = 'The map shows the city, and at a past day only what was'
export const covers = ['WP-SPACE-05']

const heaviest = 200_000 // bytes of a tile: what an old telephone still draws while one pans

export async function run({ server, person, step, assert }) {
  const clerk = await person('registrar')
  const { page } = clerk
  const tiles = []
  page.on('response', async (answer) => {
    const path = new URL(answer.url()).pathname
    if (/\.mvt$/.test(path)) tiles.push({ path, status: answer.status(), bytes: (await answer.body().catch(() => '')).length, query: new URL(answer.url()).search })
  })
  const settle = async () => {
    await page.waitForLoadState('networkidle')
    await page.waitForTimeout(900)
  }
  await clerk.signIn('registrar')
  await step('the map of the whole city has a ground and names its sources', async () => {
    await clerk.go('/console/place_names/pages/map')
    await page.getByRole('application').first().waitFor()
    await settle()
    await page.getByText('© OpenStreetMap contributors, ODbL').first().waitFor()
    assert.ok(tiles.some((one) => one.path.startsWith('/api/v1/ground/') && one.status === 200), 'no tile of the ground was asked for')
    await clerk.shot('city')
  })
  await step('the legend says what is what', async () => {
    await page.getByRole('button', { name: '图例' }).first().click()
    for (const word of ['水域', '公园绿地', '主干路', '政区界线', '公共交通车站']) await page.getByRole('region', { name: '图例' }).getByText(word, { exact: true }).waitFor()
    await page.getByRole('button', { name: '图例' }).first().click()
  })
  await step('the list follows the map', async () => {
    await clerk.go('/console/place_names/pages/map?at=114.2880,30.5800,16')
    await settle()
    await page.getByRole('button', { name: '江汉路', exact: true }).waitFor()
    assert.equal(await page.getByRole('button', { name: '黄鹤楼', exact: true }).count(), 0, 'what is not in view is listed')
    await clerk.shot('street')
  })
  await step('no tile is too heavy', async () => {
    const heavy = tiles.filter((one) => one.bytes > heaviest)
    assert.deepEqual(heavy, [])
    console.log(`       ${tiles.length} tiles, the heaviest ${Math.round(Math.max(...tiles.map((one) => one.bytes)) / 1024)} KB`)
  })
  await step('at a past day nothing of today is drawn', async () => {
    tiles.length = 0
    await page.getByPlaceholder('地图所示日期').fill('1949-10-01')
    await page.keyboard.press('Enter')
    await page.getByText('所示为 1949-10-01 的登记情况', { exact: false }).waitFor()
    await settle()
    const records = tiles.filter((one) => !one.path.startsWith('/api/v1/ground/'))
    assert.ok(records.length > 0)
    assert.deepEqual(records.filter((one) => !one.query.includes('as_of=1949-10-01')).map((one) => one.path), [], 'records of today were asked for')
    assert.equal(await page.getByRole('button', { name: '江汉路', exact: true }).count(), 0)
    await clerk.shot('then')
  })
  await step('a record opened from there is that of the day, and read only', async () => {
    await page.locator('.results a').first().click()
    await page.getByText('这是 1949-10-01 的情况，只能查看').waitFor()
    assert.equal(await page.getByRole('button', { name: '编辑', exact: true }).count(), 0)
    await clerk.shot('record_then')
    await page.getByRole('link', { name: '查看今天的记录' }).click()
    await page.getByRole('button', { name: '编辑', exact: true }).waitFor()
  })
  await step('so is one opened from a list as of a day', async () => {
    await clerk.go('/console/place_names/place_name?as_of=1949-10-01')
    await page.locator('.grid tbody tr').first().click()
    await page.getByText('这是 1949-10-01 的情况，只能查看').waitFor()
    assert.equal(await page.getByRole('button', { name: '编辑', exact: true }).count(), 0)
  })
  const citizen = await person('citizen', { viewport: phone })
  await step('everybody has the map, on a phone as well', async () => {
    await citizen.go('/list/place_names/place_name')
    await citizen.page.getByRole('button', { name: '地图' }).click()
    await citizen.page.getByRole('application').first().waitFor()
    await citizen.page.waitForLoadState('networkidle')
    await citizen.page.getByText('© OpenStreetMap contributors, ODbL').first().waitFor()
    assert.ok(await citizen.fitsScreen(), 'the page is wider than the screen')
    await citizen.shot('portal')
  })
}
