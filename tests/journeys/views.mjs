// Views in the menu, a board, a calendar, a tree, what refers to a record, and a view shared by an office.
import { phone } from '../harness/browser.mjs'

export const name = 'Views stand in the menu with their numbers; a board, a calendar and a tree are worked with by mouse, keys and thumb'
export const covers = []
export const system = 'hazards'

const day = (from, days) => new Date(from.getTime() + (days * 86400 + 8 * 3600) * 1000).toISOString().slice(0, 10)

export async function run({ server, person, step, assert }) {
  const head = await person('head')
  const { page } = head
  await head.signIn('hazard_head')
  const made = async (entity, body) => {
    const answer = await head.api('POST', `/api/v1/hazards/${entity}`, JSON.stringify(body))
    assert.equal(answer.status, 201, JSON.stringify(answer.body))
    return answer.body.id
  }
  const now = await server.now()
  const [east] = (await head.api('GET', '/api/v1/hazards/area?filter=name=%27东区%27')).body.items
  const ids = {}
  for (const [title, grade] of [['配电箱外露', 'major'], ['井盖松动', 'minor'], ['围墙开裂', 'major'], ['消防通道堵塞', 'minor']]) ids[title] = await made('hazard', { name: title, grade, area: east.id })
  const me = (await head.api('GET', '/api/v1/session')).body.user.id
  assert.equal((await head.api('POST', `/api/v1/hazards/hazard/${ids['井盖松动']}/transitions/to_worker`, JSON.stringify({ worker: me }))).status, 200)
  await made('visit', { name: '复查配电箱', hazard: ids['配电箱外露'], begins: day(now, 0), ends: day(now, 2), stage: 'under_way' })
  for (const title of ['巡查围墙', '巡查井盖', '巡查通道', '夜查', '联合检查', '回访']) await made('visit', { name: title, begins: day(now, 1) })

  const line = (title) => page.locator('nav.side a', { hasText: title })
  await step('the menu has the views with their numbers', async () => {
    await head.go('/console/hazards/hazard')
    await line('我处置的').locator('.count', { hasText: '1' }).waitFor()
    await line('重大').locator('.count', { hasText: '2' }).waitFor()
    assert.equal(await line('已超期').locator('.count').count(), 0)
    assert.deepEqual(await page.locator('nav.side a.on').allInnerTexts(), ['隐患'])
  })
  await step('the chosen view alone is lit, with its own records', async () => {
    await line('我处置的').click()
    await page.getByRole('heading', { name: '我处置的' }).waitFor()
    await page.locator('.grid tbody tr', { hasText: '井盖松动' }).waitFor()
    await page.locator('.grid tbody tr').nth(1).waitFor({ state: 'detached' })
    assert.equal(await page.locator('nav.side a.on').count(), 1)
    assert.match(await page.locator('nav.side a.on').innerText(), /我处置的/)
    await head.shot('view')
  })
  const lane = (title) => page.getByRole('region', { name: title, exact: true })
  await step('a view that is a board; a card moves with the keys, by the step that leads there', async () => {
    await line('重大').click()
    const card = lane('新报').locator('.card', { hasText: '围墙开裂' })
    await card.waitFor()
    assert.equal(await lane('处置中').locator('.card').count(), 0)
    await card.focus()
    await page.keyboard.press('Control+ArrowRight')
    await page.getByRole('button', { name: '派部门' }).click()  // two steps lead there
    const dialog = page.getByRole('dialog', { name: '派部门' })
    await dialog.getByRole('combobox').first().click()
    await dialog.getByRole('combobox').first().fill('武汉市民政局')
    await page.getByRole('option', { name: /^武汉市民政局/ }).first().click()
    await dialog.getByRole('button', { name: '派部门' }).click()
    await lane('处置中').locator('.card', { hasText: '围墙开裂' }).waitFor()
  })
  await step('a step without a form is taken at once, by the menu of the card', async () => {
    await lane('处置中').getByRole('button', { name: '移动 围墙开裂' }).click()
    await page.getByRole('menuitem', { name: '移到“待核查”' }).click()
    await lane('待核查').locator('.card', { hasText: '围墙开裂' }).waitFor()
    await head.shot('board')
  })
  await step('dragged to where no step leads it stays', async () => {
    await lane('新报').locator('.card', { hasText: '配电箱外露' }).dragTo(lane('已销号'))
    await page.waitForTimeout(300)
    assert.equal(await lane('已销号').locator('.card').count(), 0)
  })
  await step('dragged to another code a record is edited', async () => {
    await head.go('/console/hazards/visit?layout=board')
    await lane('计划').locator('.card', { hasText: '夜查' }).dragTo(lane('进行中'))
    await lane('进行中').locator('.card', { hasText: '夜查' }).waitFor()
    const [visit] = (await head.api('GET', '/api/v1/hazards/visit?filter=name=%27夜查%27')).body.items
    assert.equal(visit.stage, 'under_way')
  })
  await step('a calendar of the month and of the week', async () => {
    await line('巡查日历').click()
    await page.getByRole('button', { name: '还有' }).first().click()
    assert.equal(await page.getByRole('button', { name: '复查配电箱' }).count(), 3)
    await head.shot('month')
    await page.locator('.tools .el-radio-button', { hasText: '周' }).click()
    await page.getByRole('button', { name: '联合检查' }).waitFor()
    await head.shot('week')
    await page.getByRole('button', { name: '上一周' }).click()
    await page.getByRole('button', { name: '联合检查' }).waitFor({ state: 'detached' })
  })
  await step('a tree opens branch by branch, with the keys too', async () => {
    await line('区域').click()
    await page.locator('.list .el-radio-button', { hasText: '树' }).click()
    await page.getByRole('treeitem', { name: '东区' }).first().waitFor()
    await page.locator('.el-tree-node', { hasText: '东区' }).first().focus()
    await page.keyboard.press('ArrowRight')
    await page.locator('.twig', { hasText: '东区一片' }).waitFor()
    await head.shot('tree')
    await page.locator('.twig', { hasText: /^东区$/ }).click()
    await page.locator('.el-drawer').getByRole('heading', { name: '东区' }).waitFor()
  })
  await step('a record shows what refers to it, and a new one refers to it from the start', async () => {
    await head.go(`/console/hazards/area/${east.id}?tab=hazard.area`)
    await page.locator('.related tbody tr').nth(3).waitFor()
    await head.shot('related')
    await page.getByRole('button', { name: '新建隐患' }).click()
    await page.locator('[data-field="area"]', { hasText: '东区' }).waitFor()
    await page.locator('[data-field="name"] input').fill('树枝压线')
    await page.getByRole('button', { name: '保存' }).click()
    await page.getByRole('heading', { name: '树枝压线' }).waitFor()
    assert.equal((await head.api('GET', `/api/v1/hazards/hazard?filter=area=%27${east.id}%27&total=true`)).body.total, 5)
  })
  await step('a view is saved for everybody and used by a colleague on a phone', async () => {
    await head.go('/console/hazards/hazard?f=' + encodeURIComponent(JSON.stringify({ grade: ['major'] })))
    await page.locator('tbody tr', { hasText: '围墙开裂' }).waitFor()
    await page.getByRole('button', { name: '常用视图' }).click()
    await page.getByPlaceholder('把当前条件存为…').fill('重点盯防')
    await page.locator('.views .el-select').click()
    await page.getByRole('option', { name: '所有人' }).click()
    await page.locator('.views').getByRole('button', { name: '保存' }).click()
    await page.locator('.views .link', { hasText: '重点盯防' }).waitFor()
    await head.shot('saved')
  })
  const worker = await person('worker', { viewport: phone })
  await worker.signIn('hazard_worker')
  const small = worker.page
  await step('the colleague finds it', async () => {
    await worker.go('/console/hazards/hazard')
    await small.locator('.grid tbody tr').nth(3).waitFor()
    await small.getByRole('button', { name: '常用视图' }).tap()
    await small.locator('.views .link', { hasText: '重点盯防' }).tap()
    await small.locator('.grid tbody tr').nth(2).waitFor({ state: 'detached' })
  })
  for (const [what, address, ready] of [['board', '/console/hazards/hazard?layout=board', '.card'], ['calendar', '/console/hazards/visit?view=open_visits', '.entry'], ['tree', '/console/hazards/area?layout=tree', '.twig'], ['related', `/console/hazards/area/${east.id}?tab=hazard.area`, '.related tbody tr']])
    await step(`${what} on a phone`, async () => {
      await worker.go(address)
      await small.locator(ready).first().waitFor()
      await small.waitForLoadState('networkidle')
      assert.ok(await worker.fitsScreen(), 'wider than a phone')
      await worker.shot(what)
    })
}
