// From a citizen at home to a name on the map: one question a page on a phone, four officials, a notice with a comment,
// the approval, the filing, the paper, and the name in list and map.
import { phone } from '../harness/browser.mjs'
import { send } from '../harness/http.mjs'

export const name = 'A citizen applies on a phone, the city handles it, the name stands on the map'
export const covers = ['WP-APPLY-01', 'WP-APPLY-02', 'WP-APPLY-03', 'WP-APPLY-04', 'WP-APPLY-10', 'WP-SPACE-14', 'WP-SPACE-15']

const wanted = '琴台流水路'

async function act(person, id, title, fields) {
  const { page } = person
  await person.go(`/console/place_names/name_application/${id}`)
  await page.getByRole('heading', { level: 1 }).filter({ hasText: wanted }).waitFor()
  await page.locator('header.head').getByRole('button', { name: title, exact: true }).click()
  const dialog = page.getByRole('dialog')
  for (const [label, text] of Object.entries(fields)) {
    const item = dialog.locator('.el-form-item').filter({ has: page.locator('label', { hasText: new RegExp(`^${label}$`) }) })
    await item.locator('textarea, input').first().fill(text)
  }
  await dialog.getByRole('button', { name: title, exact: true }).click()
  await dialog.waitFor({ state: 'hidden' })
}

export async function run({ server, person, step, assert }) {
  const citizen = await person('citizen', { viewport: phone })
  const { page } = citizen
  const next = () => page.locator('form button[type="submit"]').first().click()
  const ask = (text) => page.getByRole('heading', { level: 1, name: text }).waitFor()

  await step('the first page of the portal', async () => {
    await citizen.go('/')
    await page.getByRole('heading', { level: 1 }).first().waitFor()
    assert.ok(await citizen.fitsScreen(), 'the first page is wider than a phone')
    await citizen.shot('home')
  })
  // Questions may share a page or have one each; all of them have to be met before the review.
  const typed = (field, text) => async () => page.locator(`[data-field="${field}"]`).locator('input, textarea').first().fill(text)
  const answers = {
    kind: [page.getByRole('radio', { name: '地名命名' }), (at) => at.check()],
    legal_kind: [page.getByRole('radio', { name: '街路巷' }), (at) => at.check()],
    category: [page.getByLabel('地名类别'), (at) => at.selectOption('23510')],
    name: [page.locator('[data-field="name"]'), async () => {
      await typed('name', wanted)()
      await page.locator('.note').filter({ hasText: /没有发现|可以申请/ }).waitFor()
      await citizen.shot('name')
    }],
    division: [page.locator('[data-field="division"]'), async () => {
      await typed('division', '汉阳区')()
      await page.getByRole('option').filter({ hasText: '汉阳区' }).first().click()
    }],
    place: [page.locator('[data-field="place"]'), draw],
    meaning: [page.locator('[data-field="meaning"]'), typed('meaning', '高山流水，知音相遇')],
    reason: [page.locator('[data-field="reason"]'), typed('reason', '新修道路没有名字')],
    applicant_name: [page.locator('[data-field="applicant_name"]'), typed('applicant_name', '张流水')],
    contact_phone: [page.locator('[data-field="contact_phone"]'), typed('contact_phone', '13812345678')],
  }

  async function draw() {
    const map = page.locator('[data-field="place"]')
    await map.getByRole('button', { name: '放大' }).click()
    await map.getByRole('button', { name: '缩小' }).click()
    for (let i = 0; i < 6; ++i) await map.getByRole('button', { name: '放大' }).click()
    await page.waitForTimeout(600)
    await map.getByRole('button', { name: '画线' }).click()
    const canvas = map.getByRole('application')
    await canvas.scrollIntoViewIfNeeded()
    const box = await canvas.boundingBox()
    for (const [x, y] of [[0.35, 0.5], [0.5, 0.6], [0.65, 0.55]]) {
      await page.touchscreen.tap(box.x + box.width * x, box.y + box.height * y)
      await page.waitForTimeout(400)
    }
    // No double tap: a finger ends a line by a button.
    await map.getByRole('button', { name: '完成' }).tap()
    await map.getByRole('button', { name: '整体移动' }).waitFor()
    await citizen.shot('drawn')
    assert.ok(await citizen.fitsScreen(), 'the map is wider than a phone')
  }

  await citizen.go('/apply')
  const review = page.getByRole('heading', { level: 1, name: '请核对后提交' })
  const met = new Set()
  for (let i = 0; i < 14 && !(await review.isVisible()); ++i) {
    await page.locator('form button[type="submit"]').first().waitFor()
    const title = await page.getByRole('heading', { level: 1 }).innerText()
    await step(title, async () => {
      for (const [field, [control, answer]] of Object.entries(answers)) {
        if (met.has(field) || !(await control.first().isVisible())) continue
        await answer(control.first())
        met.add(field)
      }
      await next()
      await page.waitForFunction((was) => document.querySelector('h1')?.innerText !== was, title)
    })
  }
  await review.waitFor()
  await citizen.shot('review')
  assert.deepEqual([...met].sort(), Object.keys(answers).sort(), 'every question was asked')
  await page.getByRole('application', { name: '位置范围' }).waitFor()
  await step('what is changed in the review leads back to it', async () => {
    await page.getByRole('button', { name: '修改：为什么申请？' }).click()
    await page.locator('[data-field="reason"] textarea').fill('新修道路没有名字，急救找不到')
    await page.getByRole('button', { name: '返回核对' }).click()
    await review.waitFor()
    await page.getByText('急救找不到').waitFor()
  })
  await step('a change that asks for more leads there first', async () => {
    await page.getByRole('button', { name: '修改：您要办什么？' }).click()
    await page.getByRole('radio', { name: '地名更名' }).check()
    await next()
    await ask('是哪个地名？')
    await page.getByRole('button', { name: '上一步' }).click()
    await page.getByRole('button', { name: '修改：您要办什么？' }).click()
    await page.getByRole('radio', { name: '地名命名' }).check()
    await next()
    await review.waitFor()
  })
  await step('registration and submission', async () => {
    await page.getByRole('button', { name: '提交', exact: true }).click()
    await page.locator('#account-account').fill('liushui')
    await page.locator('#account-password').fill('liushui-2026-liushui')
    await page.getByRole('button', { name: '注册并提交' }).click()
    await page.locator('#password-error').waitFor()
    await page.locator('#account-password').fill('Gaoshan-Zhiyin-2026')
    await page.getByRole('button', { name: '注册并提交' }).click()
    await ask('已提交，谢谢')
    await citizen.shot('done')
  })
  const mine = await citizen.api('GET', '/api/v1/place_names/name_application')
  assert.equal(mine.body.items.length, 1)
  const id = mine.body.items[0].id
  assert.equal(mine.body.items[0].state, 'checking')
  assert.equal(mine.body.items[0].place.type, 'LineString')

  const checker = await person('checker')
  await step('the checker accepts', async () => {
    await checker.signIn('checker')
    await checker.page.getByText(wanted).first().waitFor()
    await checker.shot('tasks')
    await act(checker, id, '受理通过', { 受理核查意见: '材料齐全，予以受理' })
    await checker.page.getByText('已办理：受理通过').waitFor()
    await checker.page.getByRole('link', { name: '0 件待办' }).waitFor()
  })
  const reviewer = await person('reviewer')
  await step('the district reviews', async () => {
    await reviewer.signIn('reviewer_hanyang')
    await act(reviewer, id, '送专家论证', { 区级审核意见: '符合规划', '意见': '请论证“流水”一词' })
  })
  const expert = await person('expert')
  await step('the expert answers what was asked', async () => {
    await expert.signIn('expert')
    await expert.page.getByText(wanted).first().click()
    await expert.page.getByRole('tab', { name: '办理' }).click()
    await expert.page.getByText('请论证“流水”一词').waitFor()
    // Only who handles a case hands it over; nobody takes back the step of another.
    assert.equal(await expert.page.getByRole('button', { name: '撤回', exact: true }).count(), 0)
    await act(expert, id, '提交论证意见', { 专家论证意见: '有典可据' })
    await expert.page.getByRole('tab', { name: '办理' }).click()
    await expert.page.getByRole('button', { name: '撤回', exact: true }).waitFor()
    assert.equal(await expert.page.getByRole('button', { name: '转办', exact: true }).count(), 0)
  })
  const decider = await person('decider')
  await step('the city agrees and publishes', async () => {
    await decider.signIn('decider')
    await act(decider, id, '同意并公示', { 市级审定意见: '同意命名，予以公示' })
    await decider.page.locator('header.head').getByText('公示', { exact: true }).waitFor()
    await decider.shot('noticed')
  })
  const passer = await person('passer', { viewport: phone })
  await step('somebody comments on the notice', async () => {
    await passer.go('/notices')
    await passer.page.getByText(wanted).first().click()
    await passer.page.locator('[data-field="text"] textarea').fill('名字很好听')
    await passer.page.locator('[data-field="author"] input').fill('过路人')
    await passer.shot('notice')
    await passer.page.locator('form button[type="submit"]').click()
    await passer.page.getByRole('status').filter({ hasText: '意见已收到' }).waitFor()
    assert.ok(await passer.fitsScreen(), 'the notice is wider than a phone')
  })
  const registrar = await person('registrar')
  await step('the registrar answers the comment, which holds the approval', async () => {
    await registrar.signIn('registrar')
    const said = await registrar.api('GET', '/api/v1/place_names/notice_comment')
    const answered = await registrar.api('POST', `/api/v1/place_names/notice_comment/${said.body.items[0].id}/transitions/answer`, { handling: '谢谢您的意见' })
    assert.equal(answered.status, 200)
  })
  await step('the notice ends', async () => {
    const moved = await send(server.base, { method: 'POST', path: '/api/v1/test/clock', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ advance_seconds: 20 * 86400 }) })
    assert.equal(moved.status, 200)
  })
  await step('the registrar files the name', async () => {
    await registrar.signIn('registrar')  // the period was longer than a session
    await registrar.go('/console/place_names/notice_comment')
    await registrar.page.getByText('名字很好听').first().waitFor()
    await act(registrar, id, '完成备案', { 备案机关: '湖北省民政厅', 备案号: '鄂地备〔2026〕11号' })
    await registrar.page.locator('header.head').getByText('办结').waitFor()
    await registrar.page.getByRole('tab', { name: '历史' }).click()
    await registrar.shot('history')
  })
  const filed = await registrar.api('GET', `/api/v1/place_names/name_application/${id}`)
  await step('the paper and its verification', async () => {
    const paper = await registrar.context.request.get(`${server.base}/api/v1/place_names/name_application/${id}/documents/naming_document.pdf`)
    assert.equal(paper.status(), 200)
    assert.equal((await paper.body()).subarray(0, 5).toString(), '%PDF-')
    await passer.go(`/verify/${filed.body.verification}`)
    await passer.page.getByText(wanted).first().waitFor()
    await passer.shot('verified')
  })
  await step('the name in the list and on the map', async () => {
    await passer.go(`/names?q=${encodeURIComponent(wanted)}`)
    await passer.page.getByRole('link', { name: wanted }).first().click()
    await passer.page.getByRole('heading', { level: 1, name: wanted }).waitFor()
    await passer.page.getByRole('application').waitFor()
    await passer.shot('name')
    await registrar.go('/console/place_names/place_name')
    await registrar.page.getByRole('cell', { name: wanted, exact: true }).first().waitFor() // the latest stands first
    await registrar.shot('list')
    await registrar.go('/console/place_names/pages/map')
    await registrar.page.getByRole('application').first().waitFor()
    await registrar.page.getByRole('button', { name: '图层' }).click()
    await registrar.page.locator('.map-layer input[type="checkbox"]').first().uncheck()
    await registrar.page.getByRole('button', { name: '放大' }).first().click()
    await registrar.shot('map')
  })
}
