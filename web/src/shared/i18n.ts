/** Two languages, one file each, loaded when chosen. Titles of declarations come from the server in both. */
import { shallowReactive } from 'vue'
import type { Language, Title } from './types'

export type Messages = Record<string, string>

const loaders: Record<Language, () => Promise<{ default: Messages }>> = {
  zh: () => import('./messages/zh'),
  en: () => import('./messages/en'),
}

const state = shallowReactive<{ language: Language; messages: Messages }>({ language: 'zh', messages: {} })

function remembered(): Language {
  const cookie = /(?:^|;\s*)lang=(zh|en)/.exec(document.cookie)
  if (cookie) return cookie[1] as Language
  return navigator.language?.toLowerCase().startsWith('en') ? 'en' : 'zh'
}

export async function load_language(wanted: Language = remembered()): Promise<void> {
  const messages = (await loaders[wanted]()).default
  state.messages = messages
  state.language = wanted
  document.documentElement.lang = wanted === 'zh' ? 'zh-CN' : 'en'
}

/** The server reads the same cookie when it writes sentences for people. */
export async function choose_language(wanted: Language): Promise<void> {
  document.cookie = `lang=${wanted}; Path=/; Max-Age=31536000; SameSite=Lax`
  await load_language(wanted)
}

export const language = (): Language => state.language

export function t(key: string, values?: Record<string, string | number>): string {
  const text = state.messages[key] ?? key
  if (!values) return text
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole))
}

export function has_message(key: string): boolean {
  return key in state.messages
}

export function tt(title: Title | string | null | undefined): string {
  if (title == null) return ''
  if (typeof title === 'string') return title
  return title[state.language] || title.zh || title.en || ''
}
