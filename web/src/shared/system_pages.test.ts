import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { act_title, former_addresses, grounds, pages_at, portal_pages } from './system_pages'

const files = (folder: string): string[] => readdirSync(folder).flatMap((name) => {
  const path = join(folder, name)
  return statSync(path).isDirectory() ? files(path) : [path]
})

describe('what systems bring along', () => {
  it('is found, and the client itself names no system but the one of people and their rights', () => {
    const named = readdirSync('../systems').filter((name) => name !== 'identity' && statSync(`../systems/${name}`).isDirectory())
    expect(named.length).toBeGreaterThan(0)
    const found = files('src').filter((path) => !path.endsWith('system_pages.test.ts')).flatMap((path) => {
      const text = readFileSync(path, 'utf8')
      return named.filter((name) => new RegExp(`['"\`/.]${name}['"\`/.]|\u6b66\u6c49`, 'u').test(text)).map((name) => `${path}: ${name}`)
    })
    expect(found).toEqual([])
  })
  it('has pages of the portal with an address each, and no page in two entrances', () => {
    expect(portal_pages.filter(({ page }) => !page.path?.startsWith('/'))).toEqual([])
    const paths = portal_pages.map(({ page }) => page.path)
    expect(new Set(paths).size).toBe(paths.length)
    for (const { system, page } of portal_pages) expect(pages_at('console', system)).not.toContain(page)
  })
  it('keeps former addresses apart from those of today', () => {
    const today = ['/', '/search', '/cases', '/messages', '/notices', '/follow', '/verify', '/sign-in', '/register', '/lost-password', '/account']
    for (const { from, to } of former_addresses) {
      expect(today).not.toContain(from.replace(/\/:\w+\?$/, ''))
      const given = [...from.matchAll(/:(\w+)/g)].map((match) => match[1])
      expect([...to.matchAll(/:(\w+)/g)].map((match) => match[1]).filter((name) => !given.includes(name)), from).toEqual([])
    }
  })
  it('names the ground of maps and what actions are called', () => {
    expect(grounds.every((one) => one.entity && one.title.zh && one.title.en)).toBe(true)
    expect(act_title('approved by application 7号')).toEqual({ zh: '申请获批 7号', en: 'approved by application 7号' })
    expect(act_title('nobody ever did this')).toBeUndefined()
  })
})
