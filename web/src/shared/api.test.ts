import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { api, call, entity_path, on_signed_out, Problem, with_query } from './api'

interface Sent { url: string; init: RequestInit & { headers: Record<string, string> } }
let sent: Sent[] = []
let answer: () => Response | Promise<Response>
const json = (body: unknown, status = 200, headers: Record<string, string> = {}) => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': status >= 400 ? 'application/problem+json' : 'application/json', ...headers } })

beforeEach(() => {
  sent = []
  vi.stubGlobal('fetch', async (url: string, init: Sent['init']) => {
    sent.push({ url, init })
    return answer()
  })
})
afterEach(() => {
  vi.unstubAllGlobals()
  on_signed_out(null)
})
async function problem_of(work: Promise<unknown>): Promise<Problem> {
  try {
    await work
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('no problem came')
}

describe('calls', () => {
  it('writes parameters and leaves out what is not given', async () => {
    expect(with_query('/x', { q: '长江 路', limit: 20, after: null, filter: '', total: true })).toBe('/x?q=%E9%95%BF%E6%B1%9F+%E8%B7%AF&limit=20&total=true')
    expect(entity_path('parks', 'sign', 'a/b', 'history')).toBe('/api/v1/parks/sign/a%2Fb/history')
  })
  it('says the language and reads the answer', async () => {
    answer = () => json({ items: [1] }, 200, { ETag: '"7"' })
    const found = await call<{ items: number[] }>('GET', '/api/v1/x')
    expect(found.data.items).toEqual([1])
    expect(found.etag).toBe('"7"')
    expect(sent[0].init.headers['Accept-Language']).toBe('zh-CN')
    expect(sent[0].init.headers['Idempotency-Key']).toBeUndefined()
  })
  it('gives each post its own key unless one is named', async () => {
    answer = () => json({})
    await api.post('/api/v1/x', { a: 1 })
    await api.post('/api/v1/x', { a: 1 })
    await api.post('/api/v1/x', { a: 1 }, { idempotency_key: 'mine' })
    const keys = sent.map((one) => one.init.headers['Idempotency-Key'])
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/)
    expect(keys[0]).not.toBe(keys[1])
    expect(keys[2]).toBe('mine')
    expect(sent[0].init.body).toBe('{"a":1}')
  })
  it('sends the version it changes', async () => {
    answer = () => json({ id: '1' })
    await api.patch('/api/v1/x/1', { name: 'n' }, 3)
    expect(sent[0].init.headers['If-Match']).toBe('"3"')
  })
  it('does not call a form JSON', async () => {
    answer = () => json({ job: 'j' }, 202)
    await api.post('/api/v1/x/import', new FormData())
    expect(sent[0].init.headers['Content-Type']).toBeUndefined()
  })
  it('answers nothing for 204', async () => {
    answer = () => new Response(null, { status: 204 })
    expect(await api.delete('/api/v1/x/1')).toBeUndefined()
  })
})

describe('problems', () => {
  it('keeps reason, sentence, fields and request', async () => {
    answer = () => json({ status: 422, reason: 'entities.record.invalid', detail: '有两处不对。', field: 'name', errors: [{ field: 'place', reason: 'r', detail: '位置不对' }], request_id: 'r9' }, 422)
    const problem = await problem_of(api.post('/api/v1/x', {}))
    expect(problem.status).toBe(422)
    expect(problem.reason).toBe('entities.record.invalid')
    expect(problem.message).toBe('有两处不对。')
    expect(problem.by_field()).toEqual({ name: '有两处不对。', place: '位置不对' })
    expect(problem.request_id).toBe('r9')
  })
  it('survives an answer that is not JSON', async () => {
    answer = () => new Response('<html>bad gateway</html>', { status: 502, headers: { 'Content-Type': 'text/html' } })
    const problem = await problem_of(api.get('/api/v1/x'))
    expect(problem.status).toBe(502)
    expect(problem.reason).toBe('http.unknown')
  })
  it('names a network that is down', async () => {
    answer = () => Promise.reject(new TypeError('Failed to fetch'))
    expect((await problem_of(api.get('/api/v1/x'))).reason).toBe('http.unreachable')
  })
  it('passes an abort on as an abort', async () => {
    answer = () => Promise.reject(new DOMException('aborted', 'AbortError'))
    await expect(api.get('/api/v1/x')).rejects.toHaveProperty('name', 'AbortError')
  })
  it('tells once that the session ended, but not when a sign-in is refused', async () => {
    const heard: string[] = []
    on_signed_out((problem) => heard.push(problem.reason))
    answer = () => json({ status: 401, reason: 'http.session.needed', detail: '请先登录。' }, 401)
    await problem_of(api.get('/api/v1/x'))
    answer = () => json({ status: 401, reason: 'identity.sign_in.refused', detail: '不正确。' }, 401)
    await problem_of(api.post('/api/v1/session', {}))
    expect(heard).toEqual(['http.session.needed'])
  })
})
