// A password is lost and given back: the citizen asks on a phone and learns nothing about accounts, the security administrator
// finds the request among the to-dos and reads out a one-time password, the citizen chooses a new one; then a second factor.
import { createHmac } from 'node:crypto'
import { phone } from '../harness/browser.mjs'

export const name = 'Lost passwords, second factors, sessions and keys are handed out and taken back'
export const covers = ['WP-SYS-02']

/** RFC 6238 with the usual six digits and thirty seconds. */
function totp(secret, at) {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)))
  const digest = createHmac('sha1', key).update(step).digest()
  return String((digest.readUInt32BE(digest[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

export async function run({ server, person, step, assert }) {
  const citizen = await person('citizen', { viewport: phone })
  const { page } = citizen
  const ask = async (account) => {
    await citizen.go('/sign-in')
    await page.getByRole('link', { name: '忘记密码' }).click()
    await page.locator('[data-field="account"] input').fill(account)
    await page.getByRole('button', { name: '提交申请' }).click()
    await page.getByText('申请已收到').waitFor()
    return page.locator('main').innerText()
  }
  await step('the request says the same for any account', async () => {
    await citizen.go('/lost-password')
    await page.getByRole('button', { name: '提交申请' }).click()
    await page.locator('[data-field="account"] .error').waitFor()
    assert.equal(await ask('nobody_here'), await ask('citizen2'))
    assert.ok(await citizen.fitsScreen(), 'the page is wider than a phone')
    await citizen.shot('asked')
  })

  const security = await person('security')
  let password
  await step('the security administrator answers', async () => {
    await security.signIn('security')
    await security.page.getByRole('cell', { name: 'citizen2' }).click()
    await security.page.getByRole('button', { name: '给出一次性密码' }).first().click()
    const dialog = security.page.getByRole('dialog')
    await dialog.getByRole('button', { name: '给出一次性密码' }).click()
    await dialog.locator('.is-error').waitFor()
    await dialog.locator('.el-form-item', { hasText: '如何核对身份' }).locator('.el-select').click()
    await security.page.getByRole('option', { name: '回拨登记的电话' }).click()
    await dialog.getByRole('button', { name: '给出一次性密码' }).click()
    password = (await dialog.locator('.once').innerText()).trim()
    assert.match(password, /^[a-z2-9]{4}(-[a-z2-9]{4}){2}$/)
    await security.shot('given')
    await dialog.getByRole('button', { name: '关闭' }).last().click()
    await security.page.locator('header.head').getByText('已答复').waitFor()
    assert.ok(!(await security.page.locator('body').innerText()).includes(password), 'the password is still on the page')
  })

  await step('a new password is chosen before anything else', async () => {
    await citizen.go('/sign-in')
    await page.locator('#account-account').fill('citizen2')
    await page.locator('#account-password').fill(password)
    await page.getByRole('button', { name: '登录', exact: true }).click()
    await page.locator('#account-wanted').fill('short')
    await page.getByRole('button', { name: '保存新密码' }).click()
    await page.locator('#wanted-error').waitFor()
    await citizen.shot('owed')
    await page.locator('#account-wanted').fill('Qintai-Gaoshan-52')
    await page.getByRole('button', { name: '保存新密码' }).click()
    await page.waitForURL((url) => url.pathname === '/')
    const { body } = await citizen.api('GET', '/api/v1/session')
    assert.equal(body.user.account, 'citizen2')
    assert.equal(body.user.must_change_password, false)
  })

  await step('a second factor by QR code', async () => {
    await citizen.go('/account')
    await page.getByRole('button', { name: '开启两步验证' }).click()
    await page.locator('svg.qr path').waitFor()
    assert.ok(await citizen.fitsScreen(), 'the QR code is wider than a phone')
    const secret = (await page.locator('strong.mono').innerText()).trim()
    await page.locator('#factor').fill('000000')
    await page.getByRole('button', { name: '确定' }).click()
    await page.getByRole('alert').waitFor()
    await page.locator('#factor').fill(totp(secret, (await server.now()).getTime()))
    await page.getByRole('button', { name: '确定' }).click()
    await page.getByText('两步验证已开启').waitFor()
    await citizen.shot('second-factor')
  })

  await step('a session is ended from afar', async () => {
    await security.go('/console/identity/pages/sessions')
    await security.page.locator('.who input').fill('citizen2')
    await security.page.getByRole('option').filter({ hasText: '王知音' }).click()
    await security.page.getByRole('button', { name: '结束', exact: true }).first().click()
    await security.page.locator('.el-message-box').getByRole('button', { name: '结束' }).click()
    await security.page.getByText('此人现在没有登录').waitFor()
    const { body } = await citizen.api('GET', '/api/v1/session')
    assert.equal(body.user, null)
  })

  const admin = await person('admin')
  await step('an application gets its key, once', async () => {
    await admin.signIn('admin')
    const made = await admin.api('POST', '/api/v1/identity/application_key', { application: '智慧交通平台', services: ['place_names.match'] })
    assert.equal(made.status, 201)
    await admin.go(`/console/identity/application_key/${made.body.id}`)
    await admin.page.getByRole('button', { name: '生成新密钥' }).click()
    await admin.page.locator('.el-message-box').getByRole('button', { name: '生成新密钥' }).click()
    const key = (await admin.page.locator('.key .value').innerText()).trim()
    const answer = await admin.context.request.get(`${server.base}/open/v1/place_names/match?text=${encodeURIComponent('解放大道')}`, { headers: { 'X-Civitas-Key': key } })
    assert.equal(answer.status(), 200)
    await admin.page.reload()
    await admin.page.getByRole('button', { name: '生成新密钥' }).waitFor()
    assert.equal(await admin.page.locator('.key .value').count(), 0)
  })

  const clerk = await person('registrar')
  await step('the menu of a clerk has nothing the clerk may not open', async () => {
    await clerk.signIn('registrar')
    const menu = clerk.page.locator('nav.side')
    await menu.getByText('地名一张图').waitFor()
    assert.equal(await menu.getByText('审计日志').count(), 0)
    assert.equal(await menu.getByText('登录会话').count(), 0)
    await clerk.page.keyboard.press('Control+k')
    await clerk.page.getByPlaceholder(/搜索记录/).fill('审计')
    await clerk.page.waitForTimeout(600)
    assert.equal(await clerk.page.getByRole('option', { name: '审计日志' }).count(), 0)
  })
}
