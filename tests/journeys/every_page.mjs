// Every page opens for who may see it: without errors, without a request that leaves the city, and no wider than the
// screen; the portal on a phone, the console on a desk, in both languages.
import { phone } from '../harness/browser.mjs'

export const name = 'Every page opens, on a phone and on a desk, in both languages'
export const covers = ['WP-SPACE-15']

const portal = ['/', '/names', '/apply', '/notices', '/verify', '/report', '/sign-in', '/register', '/lost-password']
const ofCitizens = ['/cases', '/account']
const console_ = {
  registrar: [
    '/console/', '/console/me', '/console/place_names/place_name', '/console/place_names/place_name/new', '/console/place_names/name_application',
    '/console/place_names/name_certificate', '/console/place_names/problem_report', '/console/place_names/notice_comment', '/console/place_names/sign',
    '/console/place_names/division', '/console/place_names/match_batch', '/console/place_names/name_rule', '/console/place_names/restricted_word',
    '/console/place_names/pages/map', '/console/place_names/pages/desk',
  ],
  admin: ['/console/identity/person', '/console/identity/department', '/console/identity/application_key'],
  security: ['/console/identity/role'],
  auditor: ['/console/audit'],
}

export async function run({ person, step, assert }) {
  const visit = (who, path) =>
    step(path, async () => {
      await who.go(path)
      await who.page.getByRole('heading').first().waitFor()
      await who.page.waitForLoadState('networkidle')
      assert.ok(await who.fitsScreen(), `${path} is wider than the screen`)
      assert.deepEqual(who.complaints, [], path)
      const text = await who.page.locator('body').innerText()
      assert.doesNotMatch(text, /\[object Object\]|undefined|\bNaN\b|\{"zh"/, `${path} shows what no person should see`)
    })

  const citizen = await person('citizen', { viewport: phone })
  for (const path of portal) await visit(citizen, path)
  await citizen.signIn('citizen1', '/')
  for (const path of ofCitizens) await visit(citizen, path)
  await citizen.shot('account')

  for (const [account, pages] of Object.entries(console_)) {
    const clerk = await person(account)
    await step(`${account} signs in`, () => clerk.signIn(account))
    for (const path of pages) await visit(clerk, path)
    await clerk.shot('last')
  }

  await step('English', async () => {
    await citizen.go('/')
    await citizen.page.getByRole('button', { name: 'EN', exact: true }).click()
    await citizen.page.waitForLoadState('networkidle')
    const text = await citizen.page.locator('main').innerText()
    const chinese = text.match(/[\u4e00-\u9fff]/g)?.length ?? 0
    assert.ok(chinese < text.length / 10, `the English first page is still Chinese: ${text.slice(0, 200)}`)
    await citizen.shot('english')
  })
}
