// Two people before the same board and the same list: what one does the other sees, without a word and without a jump.
import { phone } from '../harness/browser.mjs'

export const name = 'What a colleague does appears on the board, in the list, in the to-dos and in the menu by itself'
export const covers = []
export const system = 'hazards'

export async function run({ person, step, assert }) {
  const head = await person('head')
  const worker = await person('worker')
  await head.signIn('hazard_head')
  await worker.signIn('hazard_worker')
  const call = async (who, method, path, body) => {
    const answer = await who.api(method, path, body && JSON.stringify(body))
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const hazard = (title, grade = 'minor') => call(head, 'POST', '/api/v1/hazards/hazard', { name: title, grade })
  await hazard('配电箱外露', 'major')
  const cover = await hazard('井盖松动')
  const me = (await call(worker, 'GET', '/api/v1/session')).user.id
  const loads = { count: 0 }
  worker.page.on('framenavigated', (frame) => {
    if (frame === worker.page.mainFrame()) loads.count++
  })
  const lane = (who, title) => who.page.getByRole('region', { name: title, exact: true })

  await step('both look at the board; one moves a card, the other sees it go', async () => {
    await worker.go('/console/hazards/hazard?layout=board')
    await lane(worker, '新报').locator('.card', { hasText: '井盖松动' }).waitFor()
    await head.go('/console/hazards/hazard?layout=board')
    await lane(head, '新报').locator('.card', { hasText: '配电箱外露' }).waitFor()
    loads.count = 0
    await lane(head, '新报').getByRole('button', { name: '移动 配电箱外露' }).click()
    await head.page.getByRole('menuitem', { name: '移到“作废”' }).click()
    await head.page.getByRole('dialog').getByRole('button', { name: '作废' }).click()
    await lane(worker, '作废').locator('.card.fresh', { hasText: '配电箱外露' }).waitFor()
    assert.equal(await lane(worker, '新报').locator('.card', { hasText: '配电箱外露' }).count(), 0)
    await worker.shot('board')
    await head.shot('board')
  })
  await step('a new card comes too, and the light goes out', async () => {
    await hazard('围墙开裂')
    await lane(worker, '新报').locator('.card.fresh', { hasText: '围墙开裂' }).waitFor()
    await worker.page.locator('.card.fresh').first().waitFor({ state: 'detached' })
  })
  await step('what is given to somebody stands in their to-dos and in the menu', async () => {
    await call(head, 'POST', `/api/v1/hazards/hazard/${cover.id}/transitions/to_worker`, { worker: me })
    await worker.page.locator('nav.side a', { hasText: '我处置的' }).locator('.count', { hasText: '1' }).waitFor()
    await worker.page.getByLabel('1 件待办').waitFor()
    assert.equal(loads.count, 0, 'no page was loaded again')
  })
  await step('the to-dos fill up while one looks', async () => {
    await worker.go('/console/')
    await worker.page.locator('tbody tr', { hasText: '井盖松动' }).waitFor()
    const fence = await hazard('栏杆断裂')
    await call(head, 'POST', `/api/v1/hazards/hazard/${fence.id}/transitions/to_worker`, { worker: me })
    await worker.page.locator('tbody tr.fresh', { hasText: '栏杆断裂' }).waitFor()
    await worker.shot('todo')
  })
  await step('a list changes in place, and a new row comes', async () => {
    await worker.go('/console/hazards/hazard')
    await worker.page.locator('.grid tbody tr', { hasText: '栏杆断裂' }).waitFor()
    await call(head, 'PATCH', `/api/v1/hazards/hazard/${cover.id}`, { name: '井盖松动（已围挡）' })
    await worker.page.locator('.grid tbody tr.fresh', { hasText: '井盖松动（已围挡）' }).waitFor()
    await hazard('树枝压线')
    await worker.page.locator('.grid tbody tr.fresh', { hasText: '树枝压线' }).waitFor()
    await worker.shot('list')
  })
  await step('with a row chosen nothing moves until one says so', async () => {
    await worker.page.locator('.grid tbody tr', { hasText: '围墙开裂' }).locator('input').check()
    await hazard('路面塌陷')
    await worker.page.getByRole('button', { name: '有 1 条更新' }).waitFor()
    assert.equal(await worker.page.locator('.grid tbody tr', { hasText: '路面塌陷' }).count(), 0)
    await worker.shot('waiting')
    await worker.page.getByRole('button', { name: '有 1 条更新' }).click()
    await worker.page.locator('.grid tbody tr', { hasText: '路面塌陷' }).waitFor()
  })
  await step('away from the page and back, nothing was missed', async () => {
    await worker.context.setOffline(true)
    await hazard('围挡倒伏')
    await worker.context.setOffline(false)
    await worker.page.locator('.grid tbody tr', { hasText: '围挡倒伏' }).waitFor({ timeout: 30_000 })
  })
  const small = await person('phone', { viewport: phone })
  await small.signIn('hazard_other')
  await step('on a phone', async () => {
    await small.go('/console/hazards/hazard')
    await small.page.locator('.grid tbody tr', { hasText: '围挡倒伏' }).waitFor()
    await hazard('灯杆倾斜')
    await small.page.locator('.grid tbody tr', { hasText: '灯杆倾斜' }).waitFor()
    assert.ok(await small.fitsScreen(), 'wider than a phone')
    await small.shot('list')
    await small.page.locator('.grid tbody tr', { hasText: '围墙开裂' }).locator('input').tap()
    await hazard('招牌松动')
    await small.page.getByRole('button', { name: '有 1 条更新' }).waitFor()
    await small.shot('waiting')
    await small.go('/console/hazards/hazard?layout=board')
    await small.page.locator('.card').first().waitFor()
    await small.shot('board')
  })
}
