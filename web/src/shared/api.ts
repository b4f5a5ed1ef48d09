/** Calls to the server: JSON in and out, problems as one typed error, preconditions, idempotency keys, uploads with progress. */
import { language } from './i18n'
import type { FileRef, Values } from './types'

export interface FieldProblem { field: string; reason: string; detail: string }

/** RFC 9457. `reason` is stable and dotted; `detail` is a sentence for the person at the screen. */
export class Problem extends Error {
  readonly status: number
  readonly reason: string
  readonly field: string | null
  readonly errors: FieldProblem[]
  readonly request_id: string | null

  constructor(status: number, body: Partial<Record<string, unknown>>) {
    const detail = typeof body.detail === 'string' && body.detail ? body.detail : ''
    super(detail || (typeof body.title === 'string' ? body.title : '') || String(status))
    this.name = 'Problem'
    this.status = status
    this.reason = typeof body.reason === 'string' ? body.reason : 'http.unknown'
    this.field = typeof body.field === 'string' && body.field ? body.field : null
    this.errors = Array.isArray(body.errors) ? (body.errors as FieldProblem[]) : []
    this.request_id = typeof body.request_id === 'string' ? body.request_id : null
  }

  /** What to show at each field. */
  by_field(): Record<string, string> {
    const found: Record<string, string> = {}
    for (const error of [...this.errors, { field: this.field, detail: this.message }]) {
      // A cell of a row is named by a JSON pointer, /aliases/0/name: the form shows it with the field.
      const name = error.field?.startsWith('/') ? error.field.split('/')[1] : error.field
      if (name && !(name in found)) found[name] = error.detail
    }
    return found
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>

export interface CallOptions {
  query?: Query
  body?: unknown
  if_match?: string | number
  /** The same key makes a repeated call answer what the first one answered. */
  idempotency_key?: string
  headers?: Record<string, string>
  signal?: AbortSignal
}

export function with_query(path: string, query?: Query): string {
  if (!query) return path
  const parts = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') parts.append(name, String(value))
  }
  const text = parts.toString()
  return text ? `${path}?${text}` : path
}

export function new_key(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

type Listener = (problem: Problem) => void
let when_signed_out: Listener | null = null
/** Called when a call other than sign-in itself is answered 401: the session has ended. */
export function on_signed_out(listener: Listener | null): void {
  when_signed_out = listener
}

async function to_problem(response: Response): Promise<Problem> {
  let body: Partial<Record<string, unknown>> = {}
  try {
    const text = await response.text()
    if ((response.headers.get('Content-Type') ?? '').includes('json')) body = JSON.parse(text) as typeof body
  } catch {
    // A body that cannot be read leaves the status to speak.
  }
  return new Problem(response.status, body)
}

export interface Answer<T> { data: T; etag: string | null; status: number; location: string | null }

export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<Answer<T>> {
  const headers: Record<string, string> = { Accept: 'application/json, application/problem+json', 'Accept-Language': language() === 'zh' ? 'zh-CN' : 'en', ...options.headers }
  let body: BodyInit | undefined
  if (options.body instanceof FormData || options.body instanceof Blob) {
    body = options.body
  } else if (options.body !== undefined) {
    headers['Content-Type'] = 'application/json'
    body = JSON.stringify(options.body)
  }
  if (options.if_match !== undefined) headers['If-Match'] = `"${options.if_match}"`
  if (method === 'POST') headers['Idempotency-Key'] = options.idempotency_key ?? new_key()
  let response: Response
  try {
    response = await fetch(with_query(path, options.query), { method, headers, body, signal: options.signal, credentials: 'same-origin' })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new Problem(0, { reason: 'http.unreachable' })
  }
  if (!response.ok) {
    const problem = await to_problem(response)
    if (problem.status === 401 && !problem.reason.startsWith('identity.') && when_signed_out) when_signed_out(problem)
    throw problem
  }
  const type = response.headers.get('Content-Type') ?? ''
  const data = response.status === 204 || !type.includes('json') ? (undefined as T) : ((await response.json()) as T)
  return { data, etag: response.headers.get('ETag'), status: response.status, location: response.headers.get('Location') }
}

export const api = {
  get: async <T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> => (await call<T>('GET', path, { query, signal })).data,
  post: async <T>(path: string, body?: unknown, options: Omit<CallOptions, 'body'> = {}): Promise<T> => (await call<T>('POST', path, { ...options, body })).data,
  patch: async <T>(path: string, body: Values, version?: string | number): Promise<T> => (await call<T>('PATCH', path, { body, if_match: version })).data,
  delete: async <T = void>(path: string, options: CallOptions = {}): Promise<T> => (await call<T>('DELETE', path, options)).data,
}

export const entity_path = (system: string, entity: string, ...more: string[]): string =>
  ['/api/v1', system, entity, ...more].map((part, at) => (at === 0 ? part : encodeURIComponent(part))).join('/')

/** XMLHttpRequest, because fetch does not report how much has been sent. */
export function upload(file: File, progress?: (share: number) => void, signal?: AbortSignal): Promise<FileRef> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', with_query('/api/v1/files', { name: file.name }))
    request.setRequestHeader('Content-Type', file.type || 'application/octet-stream')
    request.setRequestHeader('Accept-Language', language() === 'zh' ? 'zh-CN' : 'en')
    request.setRequestHeader('Idempotency-Key', new_key())
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) progress?.(event.loaded / event.total)
    }
    request.onload = () => {
      let body: unknown = {}
      try {
        body = JSON.parse(request.responseText)
      } catch {
        // Not JSON: the status says it.
      }
      if (request.status >= 200 && request.status < 300) resolve(body as FileRef)
      else reject(new Problem(request.status, body as Partial<Record<string, unknown>>))
    }
    request.onerror = () => reject(new Problem(0, { reason: 'http.unreachable' }))
    request.onabort = () => reject(new DOMException('aborted', 'AbortError'))
    signal?.addEventListener('abort', () => request.abort())
    request.send(file)
  })
}

/** A download by the browser itself, so that large exports are not held in memory. */
export function download(path: string, query?: Query): void {
  const anchor = document.createElement('a')
  anchor.href = with_query(path, query)
  anchor.download = ''
  document.body.append(anchor)
  anchor.click()
  anchor.remove()
}
