import { computed, reactive } from 'vue'
import { api, on_signed_out, Problem } from './api'
import type { EntityMeta, Field, Meta, ScopeMeta, SessionUser, SystemMeta, TermOption } from './types'

const state = reactive<{ user: SessionUser | null; ready: boolean; meta: Meta | null }>({ user: null, ready: false, meta: null })
const entities = new Map<string, Promise<EntityMeta>>()
export const user = computed(() => state.user)
export const meta = computed(() => state.meta)
export const systems = computed<SystemMeta[]>(() => state.meta?.systems ?? [])

/** What was read for one person is not shown to the next. */
function forget(): void {
  entities.clear()
  state.meta = null
}

export async function load_session(): Promise<SessionUser | null> {
  const answer = await api.get<{ user: SessionUser | null }>('/api/v1/session')
  state.user = answer.user
  state.ready = true
  return answer.user
}

export async function sign_in(account: string, password: string, totp?: string): Promise<SessionUser> {
  const answer = await api.post<{ user: SessionUser }>('/api/v1/session', { account, password, ...(totp ? { totp } : {}) })
  forget()
  state.user = answer.user
  return answer.user
}

export async function register(body: { account: string; password: string; name: string; phone?: string }): Promise<SessionUser> {
  await api.post('/api/v1/registration', body)
  forget()
  const found = await load_session()
  if (!found) throw new Problem(401, { reason: 'identity.sign_in.refused' })
  return found
}

/** A code goes to the phone; `demo_code` only in a demonstration, which sends nothing. */
export const send_phone_code = (phone: string): Promise<{ seconds?: number; demo_code?: string }> => api.post('/api/v1/session/phone', { phone })
export async function sign_in_by_phone(phone: string, code: string): Promise<SessionUser> {
  await api.post('/api/v1/session/phone/confirm', { phone, code })
  forget()
  const found = await load_session()
  if (!found) throw new Problem(401, { reason: 'identity.sign_in.refused' })
  return found
}

export async function sign_out(): Promise<void> {
  try {
    await api.delete('/api/v1/session')
  } finally {
    forget()
    state.user = null
  }
}

/** Ends every session of the account, this one too, and signs in again with the new password; false when that needs a code. */
export async function change_password(old: string, wanted: string): Promise<boolean> {
  const account = state.user?.account ?? ''
  await api.post('/api/v1/password', { old, new: wanted })
  try {
    await sign_in(account, wanted)
    return true
  } catch {
    forget()
    state.user = null
    return false
  }
}

/** What the server will refuse in any case; it knows more (common words, sequences, the account's name). */
export function is_weak_password(text: string): boolean {
  const length = [...text].length
  return length < 8 || (length < 12 && !(/[a-z]/i.test(text) && /\d/.test(text)))
}

export async function load_meta(): Promise<Meta> {
  state.meta ??= await api.get<Meta>('/api/v1/meta')
  return state.meta
}

/** Codes that a list of free words, or a column of rows (`scopes.record`), is made of, where the pages of a system know them. */
type Choices = (system: string, entity: string, field: string) => Promise<TermOption[]> | undefined
let choices: Choices = () => undefined
export function take_choices_from(source: Choices): void {
  choices = source
}
async function read_entity(system: string, entity: string): Promise<EntityMeta> {
  const found = await api.get<EntityMeta>(`/api/v1/meta/${encodeURIComponent(system)}/${encodeURIComponent(entity)}`)
  const chosen = async (field: Field, name: string): Promise<void> => {
    const options = await choices(system, entity, name)?.catch(() => undefined)
    if (options) field.options = options
    await Promise.all((field.fields ?? []).map((cell) => chosen(cell, `${name}.${cell.name}`)))
  }
  await Promise.all(found.fields.map((field) => chosen(field, field.name)))
  return found
}

export function entity_meta(system: string, entity: string): Promise<EntityMeta> {
  const key = `${system}/${entity}`
  let found = entities.get(key)
  if (!found) {
    found = read_entity(system, entity)
    entities.set(key, found)
    found.catch(() => entities.delete(key))
  }
  return found
}

export const may_see = (system: string, entity: string): boolean => Boolean(systems.value.find((one) => one.name === system)?.entities.includes(entity))

/** The record type of a dimension of data scopes, such as the city's divisions. */
export const records_of = (dimension: string): ScopeMeta | undefined => state.meta?.scopes?.find((one) => one.name === dimension)

export function end_session_with(listener: () => void): void {
  on_signed_out(() => {
    forget()
    state.user = null
    listener()
  })
}
