// What people see when something is in the way: no network, a slow one, a session that ended, a server that cannot be
// reached, wrong input.
import { phone } from '../harness/browser.mjs'

export const name = 'No network, an ended session, wrong input: one is told, stays, and goes on where one was'
export const covers = ['WP-SPACE-15']

export async function run({ person, step, assert }) {
  const clerk = await person('clerk')
  const { page } = clerk
  await clerk.signIn('checker')
  const menu = (title) => page.locator('nav.side').getByRole('link', { name: title, exact: true })
  await step('a page whose piece does not come', async () => {
    await page.getByRole('heading', { level: 1 }).waitFor()
    await clerk.context.setOffline(true)
    await menu('核查匹配台').click()
    await page.getByText('网络不通，请检查网络后重试。').first().waitFor()
    assert.equal(new URL(page.url()).pathname, '/console/')
    await clerk.context.setOffline(false)
    await menu('核查匹配台').click()
    await page.getByRole('heading', { level: 1, name: '核查匹配台' }).waitFor()
  })
  await step('a server that cannot be reached is not a lost session', async () => {
    await page.route('**/api/**', (route) => route.abort())
    await clerk.go('/console/place_names/place_name')
    await page.getByText('网络不通，请检查网络后重试。').first().waitFor()
    await page.unroute('**/api/**')
    await page.getByRole('button', { name: '重试' }).first().click()
    await page.getByRole('heading', { level: 1, name: '地名' }).waitFor()
    await page.getByRole('button', { name: '陈受理' }).waitFor()
  })
  await step('a session that ended asks to sign in, also before lists that the public may read', async () => {
    await clerk.context.clearCookies()
    await menu('行政区划').click()
    await page.getByText('请先登录，之后会回到您要的页面。').waitFor()
    await clerk.shot('ended')
    await page.locator('input[autocomplete="username"]').fill('checker')
    await page.locator('input[type="password"]').fill('Civitas-2026')
    await page.locator('form button[type="submit"]').click()
    await page.getByRole('heading', { level: 1, name: '行政区划' }).waitFor()
  })
  await step('a page that takes its time says so', async () => {
    await clerk.go('/console/')
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.route('**/assets/ListPage*', async (route) => {
      await new Promise((done) => setTimeout(done, 1500))
      await route.continue()
    })
    await menu('限制词').click()
    await page.getByRole('progressbar', { name: '请稍候' }).waitFor()
    await page.getByRole('heading', { level: 1, name: '限制词' }).waitFor()
    assert.equal(await page.getByRole('progressbar', { name: '请稍候' }).count(), 0)
  })
  await step('a hurried clerk sees what is wrong beside the field, once, and it goes when mended', async () => {
    const hurried = await person('hurried')
    const form = hurried.page
    await hurried.signIn('registrar')
    await hurried.go('/console/place_names/sign/new')
    await form.getByRole('button', { name: '保存' }).click()
    await form.getByText('请选择类别').waitFor()
    await form.getByText('请填写牌面名称').waitFor()
    assert.equal(await form.evaluate(() => document.activeElement.id), 'f-name', 'the first wrong field has the focus')
    await form.locator('#f-name').fill('解放大道')
    assert.equal(await form.getByText('请填写牌面名称').count(), 0)
    await hurried.go('/console/place_names/place_name/new')
    await form.locator('#f-name').fill('解放大道')
    await form.locator('#f-set_up').fill('去年')
    for (const [field, title] of [['category', '街巷'], ['division', '汉阳区']]) {
      await form.locator(`#f-${field}`).click()
      await form.keyboard.type(title)
      await form.locator('.el-select-dropdown__item:visible, .el-cascader__suggestion-item:visible').filter({ hasText: title }).first().click()
    }
    await form.getByRole('button', { name: '保存' }).click()
    const said = form.locator('[data-field="set_up"] .el-form-item__error')
    await said.waitFor()
    assert.equal(await form.locator('.el-message--error').count(), 0, 'not said twice')
    const [error, next] = [await said.boundingBox(), await form.locator('[data-field="origin"] label').boundingBox()]
    assert.ok(error.y + error.height <= next.y, 'a long sentence does not cover the next field')
    await hurried.shot('wrong')
  })
  const citizen = await person('citizen', { viewport: phone })
  await step('the portal says so, too, and a list is found again as it was left', async () => {
    await citizen.go('/list/place_names/place_name?q=qintai')
    await citizen.page.getByRole('link', { name: '古琴台' }).first().waitFor()
    await citizen.context.setOffline(true)
    await citizen.page.getByRole('link', { name: '公示' }).click()
    await citizen.page.getByRole('alert').filter({ hasText: '网络不通' }).waitFor()
    await citizen.context.setOffline(false)
    await citizen.page.getByRole('link', { name: '古琴台' }).first().click()
    await citizen.page.getByRole('heading', { level: 1, name: '古琴台' }).waitFor()
    await citizen.page.getByRole('link', { name: '查地名' }).click()
    await citizen.page.waitForURL(/\/place_name\?q=qintai/)
  })
}
