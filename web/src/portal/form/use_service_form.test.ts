import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, nextTick, ref, type App } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { load_language } from '../../shared/i18n'
import { load_session } from '../../shared/session'
import type { Field } from '../../shared/types'
import type { ServiceForm } from '../portal'
import { use_service_form, type FormOptions, type ServiceFormState } from './use_service_form'

const field = (name: string, more: Partial<Field> = {}): Field => ({ name, type: 'text', title: { zh: name, en: name }, ...more })
const form = (more: Partial<ServiceForm> = {}): ServiceForm => ({
  title: { zh: '随手拍', en: 'Report' }, sign_in: 'none', steps: [
    { fields: [field('kind', { required: true, default: 'lamp' }), field('text', { required: true })] },
    { fields: [field('size', { visible: "kind = 'pit'" })] },
    { fields: [field('phone', { type: 'phone' })] },
  ], ...more,
})
interface Sent { method: string; url: string; body: Record<string, unknown>; headers: Record<string, string> }
let sent: Sent[] = []
let answers: ((call: Sent) => { status?: number; body: unknown } | undefined)[] = []
let app: App
function open(declared: ServiceForm, options: FormOptions = {}): ServiceFormState {
  let state!: ServiceFormState
  app = createApp({ setup: () => {
    state = use_service_form('streets', 'report', ref(declared), options)
    return () => null
  } })
  app.use(createRouter({ history: createMemoryHistory(), routes: [{ path: '/', component: {} }] }))
  app.mount(document.createElement('div'))
  return state
}
const settle = async () => {
  for (let i = 0; i < 20; ++i) await new Promise((done) => setTimeout(done, 5))
}

beforeEach(async () => {
  await load_language('zh')
  localStorage.clear()
  window.scrollTo = () => undefined
  sent = []
  answers = []
  vi.stubGlobal('fetch', async (url: string, init: { method: string; body?: string; headers: Record<string, string> }) => {
    const call: Sent = { method: init.method, url, body: init.body ? JSON.parse(init.body) : {}, headers: init.headers }
    sent.push(call)
    const found = answers.map((answer) => answer(call)).find(Boolean) ?? { body: { id: '1', number: 'B1', query_code: 'c0de', version: 1 } }
    return new Response(JSON.stringify(found.body), { status: found.status ?? 200, headers: { 'Content-Type': 'application/json' } })
  })
})
afterEach(() => {
  app.unmount()
  vi.unstubAllGlobals()
})

describe('a form of the portal', () => {
  it('asks only what concerns the answers so far, says what is wrong, and ends in a review', async () => {
    const state = open(form())
    expect([state.values.value.kind, state.order.value, state.position.value, state.count.value]).toEqual(['lamp', [0, 2], 1, 3])
    await state.forward()
    expect(state.wrong.value).toEqual({ text: '请填写text' })
    state.set('text', '不亮')
    expect(state.wrong.value).toEqual({})
    state.set('kind', 'pit')
    expect(state.order.value).toEqual([0, 1, 2])
    await state.forward()
    expect(state.fields.value.map((one) => one.name)).toEqual(['size'])
    await state.forward()
    state.set('phone', '12')
    await state.forward()
    expect(state.wrong.value.phone).toContain('电话号码不正确')
    state.set('phone', '13700137000')
    await state.forward()
    expect(state.reviewing.value).toBe(true)
    expect(sent).toEqual([])
  })
  it('leads from the review back to it, by way of what a change has left open', async () => {
    const state = open(form({ steps: [{ fields: [field('kind', { required: true })] }, { fields: [field('size', { visible: "kind = 'pit'", required: true })] }, { fields: [field('text')] }] }))
    state.set('kind', 'lamp')
    await state.forward()
    await state.forward()
    expect(state.reviewing.value).toBe(true)
    state.revise(0)
    state.set('kind', 'pit')
    await state.forward()
    expect(state.at.value).toBe(1)
    state.set('size', '大')
    await state.forward()
    expect(state.reviewing.value).toBe(true)
  })
  it('skips and looks at a page as its system wants', async () => {
    const state = open(form(), { given: { text: '灯' }, skip: (step) => step.fields.some((one) => one.name === 'phone'), leave: async (_step, values) => (values.text === '灯' ? { text: '说得再清楚些' } : null) })
    expect(state.count.value).toBe(1)
    await state.forward()
    expect(state.wrong.value).toEqual({ text: '说得再清楚些' })
    expect(sent).toEqual([])
  })
  it('is there again after the page was left', async () => {
    const state = open(form())
    state.set('text', '不亮')
    await nextTick()
    app.unmount()
    const again = open(form())
    expect([again.resumed.value, again.values.value.text]).toEqual([true, '不亮'])
    again.start_over()
    expect(again.values.value).toEqual({ kind: 'lamp' })
    app.unmount()
    expect(open(form()).resumed.value).toBe(false)
  })
  it('sends with a solved puzzle, solves another when that is too old, and keeps what is given back', async () => {
    let puzzles = 0
    answers.push((call) => (call.url === '/api/v1/portal/puzzle' ? { body: { challenge: `p${++puzzles}`, bits: 4, expires_at: '2030-01-01T00:00:00Z' } } : undefined))
    answers.push((call) => (call.method === 'POST' && call.headers['X-Civitas-Puzzle']?.startsWith('p1:') ? { status: 400, body: { status: 400, reason: 'portal.puzzle.expired', detail: '过期' } } : undefined))
    vi.stubGlobal('Worker', class { constructor() { throw new Error('none here') } })
    const state = open(form({ puzzle: true, steps: [{ fields: [field('text', { required: true })] }] }))
    state.set('text', '不亮')
    await state.forward()
    await settle()
    expect(state.finished.value).toMatchObject({ number: 'B1', query_code: 'c0de' })
    const posts = sent.filter((call) => call.method === 'POST')
    expect(posts.map((call) => call.headers['X-Civitas-Puzzle'].split(':')[0])).toEqual(['p1', 'p2'])
    expect(posts[1]).toMatchObject({ url: '/api/v1/streets/report', body: { text: '不亮' } })
    app.unmount()
    expect(open(form()).resumed.value).toBe(false)
  })
  it('asks who it is only in the end', async () => {
    const state = open(form({ sign_in: 'phone', steps: [{ fields: [field('text', { required: true })] }] }))
    state.set('text', '不亮')
    await state.forward()
    expect(state.asks.value).toBe(true)
    expect(sent).toEqual([])
  })
  it('takes the step that hands it in, unless what was made stands elsewhere already', async () => {
    const person = { id: '7', account: 'li', name: '李', kind: 'citizen', roles: [] }
    let state_made = 'new'
    answers.push((call) => (call.url === '/api/v1/session' ? { body: { user: person } } : undefined))
    answers.push((call) => (call.url.endsWith('/transitions/report') ? { body: { id: '1', number: 'B1', state: 'received', version: 2 } } : undefined))
    answers.push((call) => (call.method === 'POST' && call.url === '/api/v1/streets/report' ? { body: { id: '1', number: 'B1', state: state_made, version: 1 } } : undefined))
    await load_session()
    for (const [made, calls] of [['new', ['/api/v1/streets/report', '/api/v1/streets/report/1/transitions/report']], ['received', ['/api/v1/streets/report']]] as const) {
      state_made = made
      sent = []
      const state = open(form({ sign_in: 'account', submit: 'report', initial: 'new', steps: [{ fields: [field('text', { required: true })] }] }))
      state.set('text', '不亮')
      await state.forward()
      expect([sent.map((call) => call.url), state.finished.value?.state]).toEqual([calls, 'received'])
    }
    answers = [() => ({ body: { user: null } })]
    await load_session()
  })
  it('shows what the server refuses beside its field', async () => {
    answers.push((call) => (call.method === 'POST' ? { status: 422, body: { status: 422, reason: 'x', detail: '这里不归本市管', field: 'text' } } : undefined))
    const state = open(form())
    state.set('text', '不亮')
    await state.forward()
    await state.forward()
    await state.submit()
    expect([state.at.value, state.wrong.value.text, state.failed.value]).toEqual([0, '这里不归本市管', ''])
  })
})
