// Makes the pictures of the README (docs/pictures) from a running city: node tests/run_journeys.mjs --pictures pictures
import { join } from 'node:path'
import { phone } from '../harness/browser.mjs'
import { send } from '../harness/http.mjs'
import { root } from '../harness/server.mjs'

export const name = 'The pictures of the README'
export const covers = []
export const option = 'pictures'

export async function run({ server, person, step }) {
  const size = { width: 1280, height: 800 }
  const shoot = async ({ page }, file) => {
    await page.waitForLoadState('networkidle')
    await page.waitForTimeout(800)
    await page.screenshot({ path: join(root, 'docs/pictures', file) })
  }
  const citizen = await person('citizen', { viewport: phone })
  await citizen.signIn('citizen1', '/')
  const division = (await citizen.api('GET', "/api/v1/registers/division?filter=code='420105000000'")).body.items[0].id
  const made = await citizen.api('POST', '/api/v1/place_names/name_application', {
    kind: 'new', legal_kind: 'street', category: '23510', name: '墨水湖芦汀路', division, meaning: '墨水湖畔，芦苇成汀', reason: '新修道路没有名字',
    place: { type: 'LineString', coordinates: [[114.2305, 30.5402], [114.2371, 30.5421], [114.2443, 30.5416]] }, applicant_name: '李晓汉', contact_phone: '13800138000',
  })
  const path = `/api/v1/place_names/name_application/${made.body.id}`
  await citizen.api('POST', `${path}/transitions/submit`, {})
  let officials = {}
  const act = async (account, transition, body) => {
    if (!officials[account]) {
      officials[account] = await person(account, { viewport: size })
      await officials[account].signIn(account)
    }
    const answer = await officials[account].api('POST', `${path}/transitions/${transition}`, body)
    if (answer.status !== 200) throw new Error(`${transition}: ${JSON.stringify(answer.body)}`)
  }
  const days = async (count) => {
    await send(server.base, { method: 'POST', path: '/api/v1/test/clock', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ advance_seconds: count * 86400 }) })
    officials = {}
  }
  await days(3)
  await act('checker', 'accept', { check_opinion: '材料齐全，予以受理' })
  await act('reviewer_hanyang', 'ask_experts', { district_opinion: '符合规划，同意上报', comment: '“芦汀”一词请论证' })
  await days(5)
  await act('expert', 'advise', { expert_opinion: '有典可据，建议采用' })
  await step('a case before its decision', async () => {
    const decider = (officials.decider = await person('decider', { viewport: size }))
    await decider.signIn('decider')
    await decider.go(`/console/place_names/name_application/${made.body.id}?tab=course`)
    await decider.page.getByText('有典可据，建议采用').last().waitFor()
    await shoot(decider, 'console.png')
    await decider.go('/console/place_names/pages/map')
    const map = decider.page.getByRole('application').first()
    await map.waitFor()
    await decider.page.waitForLoadState('networkidle')
    const box = await map.boundingBox()
    await decider.page.mouse.move(box.x + box.width * 0.44, box.y + box.height * 0.56)
    for (let i = 0; i < 3; ++i) {
      await decider.page.mouse.wheel(0, -400)
      await decider.page.waitForTimeout(700)
    }
    await shoot(decider, 'map.png')
  })
  await step('the applicant on a phone', async () => {
    await act('decider', 'agree', { city_opinion: '同意命名，予以公示' })
    await citizen.signIn('citizen1', '/')
    await citizen.go(`/cases/place_names/name_application/${made.body.id}`)
    await citizen.page.getByText('正在公示').waitFor()
    await shoot(citizen, 'portal.png')
  })
}
