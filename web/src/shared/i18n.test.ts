import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { load_language, t, tt } from './i18n'
import en from './messages/en'
import zh from './messages/zh'

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return name === 'messages' ? [] : sources(path)
    return /\.(vue|ts)$/.test(name) && !name.endsWith('.test.ts') ? [path] : []
  })
}
const text = [...sources('src'), ...readdirSync('../systems').flatMap((name) => {
  try {
    return sources(`../systems/${name}/pages`)
  } catch {
    return []
  }
})].map((path) => readFileSync(path, 'utf8')).join('\n')

describe('messages', () => {
  it('have the same keys in both languages', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort())
  })
  it('use the same values in both languages', () => {
    const values = (message: string) => (message.match(/\{\w+\}/g) ?? []).sort()
    for (const key of Object.keys(zh)) expect(values(en[key]), key).toEqual(values(zh[key]))
  })
  it('are Chinese in one and not in the other', () => {
    for (const [key, message] of Object.entries(en)) expect(/[\u4e00-\u9fff]/.test(message), key).toBe(false)
    for (const [key, message] of Object.entries(zh)) expect(message.trim().length, key).toBeGreaterThan(0)
  })
  it('exist for every key the pages use', () => {
    const used = new Set([...text.matchAll(/\bt\('([\w.]+)'/g)].map((match) => match[1]))
    expect(used.size).toBeGreaterThan(200)
    expect([...used].filter((key) => !(key in zh))).toEqual([])
  })
  it('exist for keys built at run time', () => {
    const built = [
      ...[1, 2, 3, 4, 5].map((stars) => `rate.${stars}`),
      ...['claim', 'release', 'transfer', 'urge', 'recall', 'delegate', 'sign', 'add_party', 'drop_party'].flatMap((what) => [`course.${what}`, `course.did_${what}`]),
      ...['todo', 'done', 'closed', 'copied'].flatMap((box) => [`tasks.${box}`, `tasks.none_${box}`]), ...['point', 'linestring', 'polygon'].map((kind) => `geometry.${kind}`),
    ]
    expect(built.filter((key) => !(key in zh))).toEqual([])
  })
  it('are filled in and changed with the language', async () => {
    await load_language('zh')
    expect(t('list.total', { count: 3 })).toBe('共 3 条')
    expect(tt({ zh: '地名', en: 'Name' })).toBe('地名')
    await load_language('en')
    expect(t('list.total', { count: 3 })).toBe('3 in all')
    expect(tt({ zh: '地名', en: 'Name' })).toBe('Name')
    expect(document.documentElement.lang).toBe('en')
    expect(t('no.such.key')).toBe('no.such.key')
  })
})
