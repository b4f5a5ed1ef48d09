// What is missing is told once, and the citizen supplies it on a phone: only the fields that concern the case, and what is
// needed stays needed.
import { phone } from '../harness/browser.mjs'

export const name = 'A citizen is told once what is missing and supplies it on a phone'
export const covers = ['WP-APPLY-02']

export async function run({ person, step, assert }) {
  const citizen = await person('citizen', { viewport: phone })
  const { page } = citizen
  await citizen.signIn('citizen1', '/')
  const division = (await citizen.api('GET', "/api/v1/registers/division?filter=code='420105000000'")).body.items[0].id
  const made = await citizen.api('POST', '/api/v1/place_names/name_application', {
    kind: 'new', legal_kind: 'street', category: '23510', name: '月湖听雨路', division, place: { type: 'Point', coordinates: [114.25, 30.55] },
    meaning: '湖畔听雨', reason: '新路', applicant_name: '李晓汉', contact_phone: '13800138000',
  })
  assert.equal(made.status, 201)
  const path = `/api/v1/place_names/name_application/${made.body.id}`
  assert.equal((await citizen.api('POST', `${path}/transitions/submit`, {})).status, 200)

  const checker = await person('checker')
  await step('the checker says what is missing', async () => {
    await checker.signIn('checker')
    await checker.page.getByText('月湖听雨路').first().click()
    await checker.page.locator('header.head').getByRole('button', { name: '一次性告知补正' }).click()
    await checker.page.locator('#a-copies').focus()
    await checker.page.keyboard.press('Escape')
    await checker.page.getByRole('dialog').waitFor({ state: 'hidden' })
    await checker.page.locator('header.head').getByRole('button', { name: '一次性告知补正' }).click()
    await checker.page.waitForFunction(() => document.activeElement?.id === 'a-missing')
    await checker.page.locator('#a-missing').fill('含义请写明出处')
    await checker.page.getByRole('dialog').getByRole('button', { name: '一次性告知补正' }).click()
    await checker.page.getByText('已办理：一次性告知补正').waitFor()
  })
  await step('the citizen sees it among the cases and supplies it', async () => {
    await citizen.go('/cases')
    await page.locator('main').getByText('月湖听雨路').last().click()
    await page.getByText('含义请写明出处').first().waitFor()
    await page.getByRole('button', { name: '现在补充' }).click()
    assert.equal(await page.locator('[data-field="storeys"]').count(), 0, 'a street has no storeys')
    await page.locator('[data-field="meaning"] textarea').fill('')
    await page.getByRole('button', { name: '补正后提交' }).click()
    await page.getByText('请填写名称含义').waitFor()
    await page.locator('[data-field="meaning"] textarea').fill('湖畔听雨，出自宋词')
    await page.locator('[data-field="correction_note"] textarea').fill('已补充')
    await page.reload()
    await page.waitForFunction(() => document.querySelector('[data-field="meaning"] textarea')?.value === '湖畔听雨，出自宋词')
    assert.equal(await page.locator('[data-field="correction_note"] textarea').inputValue(), '已补充', 'what was typed is there after the page was left')
    await page.getByRole('button', { name: '补正后提交' }).click()
    await page.getByRole('button', { name: '现在补充' }).waitFor({ state: 'detached' })
    await page.getByText('湖畔听雨，出自宋词').waitFor()
    await citizen.shot('supplied')
  })
  const now = await citizen.api('GET', path)
  assert.equal(now.body.state, 'checking')
  assert.equal(now.body.correction_note, '已补充')
}
