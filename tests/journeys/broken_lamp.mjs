// The measure of "one ground": a system that is a folder of declarations. From the portal's home a citizen reports a broken
// lamp on a phone from where she stands, is told the course and the limit, the department of the place handles it, she rates it.
import { phone } from '../harness/browser.mjs'

export const name = 'A citizen reports a broken lamp on a phone, the department of the place mends it, she rates it'
export const covers = ['HG-EVT-S01']
export const system = 'grid'

const dot = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
const photo = { name: '灯.png', mimeType: 'image/png', buffer: dot }

export async function run({ person, step, assert }) {
  const citizen = await person('citizen', { viewport: phone })
  const { page } = citizen
  await citizen.context.grantPermissions(['geolocation'])
  await citizen.context.setGeolocation({ longitude: 114.265, latitude: 30.555 })
  const question = (text) => page.getByRole('heading', { level: 1, name: text }).waitFor()
  const next = () => page.getByRole('button', { name: '下一步' }).tap()

  await step('one question a page, from the home', async () => {
    await citizen.go('/')
    await citizen.shot('home')
    await page.getByRole('link', { name: /随手拍/ }).tap()
    await question('什么问题？')
    await page.getByRole('radio', { name: '路灯不亮' }).check()
    await page.locator('[data-field="text"] textarea').fill('琴台大道路灯不亮')
    await citizen.shot('what')
    await next()
    await question('在哪里？')
    await page.getByRole('button', { name: '用我现在的位置' }).tap()
    await page.getByRole('button', { name: '删除图形' }).waitFor()
    await page.waitForTimeout(600)
    await citizen.shot('where')
    await next()
    await question('拍张照片')
    await page.locator('input[capture]').setInputFiles(photo)
    await page.getByText('灯.png').waitFor()
    await next()
    await question('怎么联系您？')
    await next()
    await question('请核对后提交')
    await citizen.shot('review')
    await page.getByRole('button', { name: '提交', exact: true }).tap()
  })
  await step('who she is comes last', async () => {
    await page.locator('#phone-number').fill('13800138000')
    await page.getByRole('button', { name: '获取验证码' }).tap()
    await page.locator('#phone-code').fill((await page.locator('.note strong.mono').innerText()).trim())
    await page.getByRole('button', { name: '登录并提交' }).tap()
    await question('已提交，谢谢')
    await page.getByText('网格员审核后派给责任部门').waitFor()
    await page.getByText('接下来').waitFor()
    await citizen.shot('sent')
    await page.getByRole('link', { name: '查看进度' }).tap()
    await page.locator('li.now').filter({ hasText: '已收到' }).waitFor()
    assert.ok(await citizen.fitsScreen(), 'wider than a phone')
  })
  const office = {}
  const act = async (account, transition, body) => {
    if (!office[account]) {
      office[account] = await person(account)
      await office[account].signIn(account)
    }
    const { items } = (await office[account].api('GET', '/api/v1/grid/event?sort=-created_at&limit=1')).body
    const path = `/api/v1/grid/event/${items[0].id}`
    const taken = await office[account].api('POST', `${path}/transitions/${transition}`, body ?? {})
    assert.equal(taken.status, 200, `${account} ${transition}: ${JSON.stringify(taken.body)}`)
    return taken.body
  }
  await step('the worker of the cell passes it on: the department of the place has it', async () => {
    const passed = await act('worker1', 'review_pass')
    assert.equal(passed.state, 'handling')
    await page.reload()
    await page.locator('li.now').filter({ hasText: '处置中' }).waitFor()
    await page.getByText(/剩 .+，.+前办结/).waitFor()
    await citizen.shot('handled')
  })
  await step('it is mended, checked and closed', async () => {
    await office.worker1.page.waitForLoadState('networkidle')
    const handler = (office.handler1 = await person('handler1'))
    await handler.signIn('handler1')
    const sent = await handler.context.request.post(`${handler.server.base}/api/v1/files?name=after.png`, { data: dot, headers: { 'Content-Type': 'image/png' } })
    await act('handler1', 'finish', { result: '已更换灯泡', photos_after: [(await sent.json()).id] })
    await act('intake', 'ask_check', { worker: (await office.worker1.api('GET', '/api/v1/session')).body.user.id })
    await act('worker1', 'check', { check_passed: true, check_result: '灯已亮' })
    await act('intake', 'close')
  })
  await step('she reads what was done and gives her stars', async () => {
    await citizen.go('/cases')
    await page.getByText('可以评价').waitFor()
    await citizen.shot('cases')
    await page.locator('a.item').first().tap()
    await page.getByText('已更换灯泡').waitFor()
    await page.getByRole('link', { name: 'after.png' }).waitFor()
    await page.locator('.stars label').nth(4).tap()
    await page.locator('[data-field="score_text"] textarea').fill('很快')
    await citizen.shot('stars')
    await page.getByRole('button', { name: '提交评价' }).tap()
    await page.getByRole('heading', { name: '您的评价' }).waitFor()
    assert.equal(await page.getByRole('button', { name: '评价', exact: true }).count(), 0, 'once')
    await citizen.shot('rated')
  })
  const event = (await office.intake.api('GET', '/api/v1/grid/event?sort=-created_at&limit=1')).body.items[0]
  assert.deepEqual([event.state, event.score, event.photos.length, event.grid.title], ['closed', 5, 1, '琴台一格'])
}
