// The lists of the console on a phone: cards instead of columns, and everything that the table can do.
import { phone } from '../harness/browser.mjs'

export const name = 'On a phone the lists of the console are cards, nothing scrolls sideways, and all of it works'
export const covers = ['WP-SPACE-15']

export async function run({ person, step, assert }) {
  const sideways = (page) => page.evaluate(() => [...document.querySelectorAll('main, main *')].filter((one) => one.scrollWidth > one.clientWidth + 1 && ['auto', 'scroll'].includes(getComputedStyle(one).overflowX)).map((one) => one.className || one.tagName))
  for (const [account, language] of [['registrar', 'zh'], ['auditor', 'en']]) {
    const clerk = await person(account, { viewport: phone })
    await clerk.signIn(account)
    await clerk.context.addCookies([{ name: 'lang', value: language, url: clerk.server.base }])
    await clerk.page.getByRole('heading', { level: 1 }).waitFor()
    for (const path of await clerk.page.locator('nav.side a').evaluateAll((links) => links.map((link) => new URL(link.href).pathname))) {
      await step(`${account} at ${path}`, async () => {
        await clerk.go(path)
        await clerk.page.getByRole('heading').first().waitFor()
        await clerk.page.waitForLoadState('networkidle')
        assert.deepEqual(await sideways(clerk.page), [])
        assert.ok(await clerk.fitsScreen(), 'wider than a phone')
      })
    }
    if (account === 'auditor') await step('acts are looked for by the words that the list shows', async () => {
      await clerk.go('/console/identity/pages/audit')
      const acts = clerk.page.locator('tbody [data-part="title"]')
      await acts.filter({ hasText: 'Restricted word · Created' }).first().waitFor()
      await clerk.page.getByRole('combobox', { name: 'Find an act' }).fill('Signed in')
      await clerk.page.getByRole('option', { name: 'Signed in', exact: true }).tap()
      await acts.filter({ hasText: 'Restricted word' }).first().waitFor({ state: 'detached' })
      assert.deepEqual([...new Set(await acts.allInnerTexts())], ['Signed in'])
    })
    await clerk.shot('last')
  }

  const clerk = await person('clerk', { viewport: phone })
  const { page } = clerk
  await clerk.signIn('registrar')
  await clerk.go('/console/place_names/place_name')
  const row = (at) => page.locator('tbody tr').nth(at)
  const name = (at) => row(at).locator('[data-part="title"]')
  const boxes = async () => {
    await name(0).waitFor()
    return Promise.all([name(0), row(0).locator('[data-label="地名代码"]'), row(0).locator('[data-label="所在政区"]')].map((one) => one.boundingBox()))
  }
  await step('a row is a card: its name, then a line each with its label', async () => {
    const [title, code, division] = await boxes()
    assert.ok(title.y + title.height <= code.y && code.y + code.height <= division.y, 'one below another')
    assert.equal(await row(0).locator('[data-label="所在政区"]').evaluate((cell) => getComputedStyle(cell, '::before').content), '"所在政区"')
  })
  await step('it is a table for who hears it', async () => {
    const { nodes } = await (await clerk.context.newCDPSession(page)).send('Accessibility.getFullAXTree')
    const count = (role) => nodes.filter((node) => !node.ignored && node.role?.value === role).length
    assert.equal(count('table'), 1)
    assert.ok(count('row') >= 20, `${count('row')} rows`)
    assert.ok(count('columnheader') >= 6, `${count('columnheader')} heads`)
  })
  await step('days are chosen in calendars of one month, and what is counted has a name', async () => {
    await page.getByRole('button', { name: '筛选' }).tap()
    await page.getByRole('combobox', { name: '更新时间从' }).tap()
    const calendar = page.locator('.el-picker-panel:visible')
    const box = await calendar.boundingBox()
    assert.ok(box.x >= 0 && box.x + box.width <= phone.width, `the calendar reaches from ${box.x} to ${box.x + box.width}`)
    await calendar.locator('td.today').tap()
    await page.waitForURL(/updated_at/)
    await name(0).waitFor()
    await page.getByRole('button', { name: '统计' }).tap()
    await page.getByRole('menuitem', { name: '按政区统计' }).tap()
    await page.getByText('以表格查看').tap()
    await page.getByRole('rowheader', { name: '武昌区', exact: true }).waitFor()
    await page.getByRole('dialog').getByRole('button', { name: /关闭|Close/ }).tap()
    await page.getByRole('button', { name: '清除条件' }).tap()
    await page.waitForURL((url) => !/updated_at/.test(url.href))
    await page.getByRole('button', { name: '筛选' }).tap()
    await name(0).waitFor()
  })
  await step('one chooses a card, or all, and is told how many', async () => {
    await row(1).getByRole('checkbox').tap()
    await page.getByText('已选 1 条').waitFor()
    const box = await row(1).locator('label.touch').boundingBox()
    assert.ok(box.width >= 44 && box.height >= 44, 'large enough for a finger')
    await page.getByRole('checkbox', { name: '全选本页' }).tap()
    await page.getByText('已选 20 条').waitFor()
    await page.getByRole('checkbox', { name: '全选本页' }).tap()
    await page.getByText('已选 20 条').waitFor({ state: 'detached' })
  })
  await step('one sorts', async () => {
    await page.getByRole('button', { name: '地名代码' }).tap()
    await page.waitForFunction(() => document.querySelector('th[aria-sort="ascending"]'))
    await page.waitForFunction(() => {
      const codes = [...document.querySelectorAll('td[data-label="地名代码"]')].map((cell) => cell.textContent)
      return codes.length > 1 && codes.every((code, at) => at === 0 || codes[at - 1] <= code)
    })
  })
  await step('keys go from card to card and open one', async () => {
    await row(0).focus()
    await page.keyboard.press('ArrowDown')
    assert.ok(await row(1).evaluate((one) => one === document.activeElement))
    const title = await name(1).innerText()
    await page.keyboard.press('Enter')
    await page.locator('.el-drawer').getByRole('heading', { name: title }).first().waitFor()
    await clerk.shot('opened')
  })
  await step('the name leads there for who taps it', async () => {
    await clerk.go('/console/place_names/place_name')
    const title = await name(2).innerText()
    await name(2).getByRole('link').tap()
    await page.locator('.el-drawer').getByRole('heading', { name: title }).first().waitFor()
    assert.equal(new URL(page.url()).pathname, '/console/place_names/place_name')
  })
  await step('a tablet has room for the table', async () => {
    await page.setViewportSize({ width: 768, height: 1024 })
    await clerk.go('/console/place_names/place_name')
    const [title, code, division] = await boxes()
    assert.ok(title.y === code.y && code.y === division.y, 'side by side')
    assert.equal(await row(0).locator('[data-label="所在政区"]').evaluate((cell) => getComputedStyle(cell, '::before').content), 'none')
  })
}
