// Every page opens for who may see it: without errors, without a request that leaves the city, and no wider than the
// screen; the portal on a phone, the console on a desk, in both languages.
import { phone } from '../harness/browser.mjs'

export const name = 'Every page opens, on a phone and on a desk, in both languages'
export const covers = ['WP-SPACE-15']

/** The last line: addresses of before, which lead to the pages of today. */
const portal = ['/', '/search?q=qintai', '/list/place_names/place_name', '/service/place_names/problem_report', '/service/place_names/name_certificate', '/apply', '/notices', '/follow', '/verify', '/sign-in', '/register', '/lost-password',
  '/names?q=qintai', '/report', '/answers']
const ofCitizens = ['/cases', '/messages', '/account']
/** Besides every page of their menus. */
const console_ = {
  registrar: ['/console/', '/console/me', '/console/place_names/place_name/new', '/console/place_names/name_certificate/new'],
  checker: [],
  reviewer_hanyang: [],
  expert: [],
  decider: [],
  admin: ['/console/identity/person/new', '/console/identity/application_key/new'],
  security: ['/console/identity/role/new'],
  auditor: [],
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
      assert.doesNotMatch(text, /\[object Object\]|undefined|\bNaN\b|\{"/, `${path} shows what no person should see`)
      assert.doesNotMatch(text, /没有找到这个页面|没有这种记录类型/, `${path} is not there`)
      assert.doesNotMatch(text, /\["[a-z_.*]+"/, `${path} shows codes`)
    })

  const citizen = await person('citizen', { viewport: phone })
  for (const path of portal) await visit(citizen, path)
  await citizen.signIn('citizen1', '/')
  for (const path of ofCitizens) await visit(citizen, path)
  await citizen.shot('account')

  const menus = new Set()
  for (const [account, pages] of Object.entries(console_)) {
    const clerk = await person(account)
    await step(`${account} signs in`, () => clerk.signIn(account))
    if (account === 'registrar') {
      const made = await clerk.api('POST', '/api/v1/place_names/name_certificate', { presented_name: '武汉市江岸区解放大道', holder: '王小楚' })
      assert.equal(made.status, 201)
      pages.push(`/console/place_names/name_certificate/${made.body.id}`)
    }
    const menu = await clerk.page.locator('nav.side a').evaluateAll((links) => links.map((link) => new URL(link.href).pathname))
    assert.ok(menu.length > 5, `${account} has a menu`)
    // Who has the same menu sees the same pages.
    const again = menus.has(menu.join())
    menus.add(menu.join())
    for (const path of new Set([...pages, ...(again ? [] : menu)])) await visit(clerk, path)
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
