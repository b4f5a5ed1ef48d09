// A system of the tests that is nothing but declarations: reported with a telephone alone, followed in plain words, rated.
import { phone } from '../harness/browser.mjs'

export const name = 'A citizen with nothing but a telephone reports a dark lamp, follows it and rates it'
export const covers = []
export const system = 'street_desk'

export async function run({ person, step, assert }) {
  const citizen = await person('citizen', { viewport: phone })
  const { page } = citizen
  const question = (text) => page.getByRole('heading', { level: 1, name: text }).waitFor()
  const next = () => page.getByRole('button', { name: '下一步' }).tap()

  await step('from the home, one question a page', async () => {
    await citizen.go('/')
    await citizen.shot('home')
    await page.getByRole('link', { name: /^路灯不亮/ }).tap()
    await page.locator('[data-field="fault"]').getByRole('radio').first().check()
    await page.locator('[data-field="text"] textarea').fill('门口的灯不亮')
    await next()
    await question('在哪里？')
    await next()
    await page.getByText('请在地图上标出位置').waitFor()
    await page.getByRole('application').waitFor()
    await page.waitForTimeout(800)
    const box = await page.getByRole('application').boundingBox()
    await page.touchscreen.tap(box.x + box.width * 0.45, box.y + box.height * 0.5)
    await page.getByRole('button', { name: '删除图形' }).waitFor()
    await next()
    await question('照片')
    await next()
    await question('电话')
    await page.locator('[data-field="phone"] input').fill('13800138222')
    await next()
    await question('请核对后提交')
    await page.getByRole('button', { name: '提交', exact: true }).tap()
  })
  await step('who it is comes last: a code to the telephone', async () => {
    await page.getByRole('heading', { name: '最后一步：您是谁？' }).waitFor()
    assert.equal(await page.locator('#phone-number').inputValue(), '13800138222', 'the number is not asked for twice')
    await page.getByRole('button', { name: '获取验证码' }).tap()
    const code = (await page.locator('.note strong.mono').innerText()).trim()
    await page.locator('#phone-code').fill(code === '000000' ? '000001' : '000000')
    await page.getByRole('button', { name: '登录并提交' }).tap()
    await page.locator('#phone-code-error, [role="alert"]').first().waitFor()
    await citizen.shot('wrong_code')
    await page.locator('#phone-code').fill(code)
    await page.getByRole('button', { name: '登录并提交' }).tap()
    await question('已提交，谢谢')
    await page.getByText('三个工作日内修好').waitFor()
    await citizen.shot('sent')
    await page.getByRole('link', { name: '查看进度' }).tap()
    await page.getByText('已收到').first().waitFor()
    assert.ok(await citizen.fitsScreen(), 'wider than a phone')
    await citizen.shot('case')
  })
  const clerk = await person('clerk')
  await step('the office mends it', async () => {
    await clerk.signIn('street_clerk')
    const { id } = (await clerk.api('GET', '/api/v1/street_desk/lamp')).body.items[0]
    assert.equal((await clerk.api('POST', `/api/v1/street_desk/lamp/${id}/transitions/begin`, {})).status, 200)
    assert.equal((await clerk.api('POST', `/api/v1/street_desk/lamp/${id}/transitions/finish`, { result: '换了灯泡' })).status, 200)
  })
  await step('she reads the result and gives her stars', async () => {
    await citizen.go('/cases')
    await page.getByText('可以评价').waitFor()
    await page.getByRole('link', { name: /^路灯不亮/ }).first().tap()
    await page.getByText('换了灯泡').waitFor()
    await page.getByRole('button', { name: '提交评价' }).tap()
    await page.getByText('请填写满意度').waitFor()
    await page.locator('.stars label').nth(3).tap()
    await page.getByText('满意', { exact: true }).first().waitFor()
    await citizen.shot('stars')
    await page.getByRole('button', { name: '提交评价' }).tap()
    await page.getByRole('heading', { name: '您的评价' }).waitFor()
    await citizen.shot('rated')
  })
  await step('what was mended is on the public list, without who reported it', async () => {
    const passer = await person('passer', { viewport: phone })
    await passer.go('/')
    await passer.page.getByRole('link', { name: /修好的路灯/ }).tap()
    await passer.page.locator('.list a').first().tap()
    await passer.page.getByText('换了灯泡').waitFor()
    assert.equal(await passer.page.getByText('13800138222').count(), 0)
  })
}
