// A person at a browser: Debian's Chromium on a server with its own copy of the demonstration city.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { password, root } from './server.mjs'

const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
const out = join(root, "tests/out/journeys")
export const wide = { width: 1440, height: 900 }
export const phone = { width: 390, height: 844 }

export async function openBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args, headless: true })
}

/** One person: own cookies, own size of screen. What the page complains about is collected in `complaints`. */
export class Person {
  static async create(browser, server, name, { viewport = wide, journey = '' } = {}) {
    const person = new Person()
    Object.assign(person, { name, server, journey, complaints: [], shots: 0 })
    person.context = await browser.newContext({ viewport, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', hasTouch: viewport.width < 600, isMobile: viewport.width < 600, baseURL: server.base })
    person.context.setDefaultTimeout(20_000)
    // The page's clock shows what the city's does.
    await person.context.addInitScript((ahead) => {
      globalThis.Date = new Proxy(Date, {
        construct: (real, args, as) => Reflect.construct(real, args.length ? args : [real.now() + ahead], as),
        get: (real, key) => (key === 'now' ? () => real.now() + ahead : real[key]),
      })
    }, (await server.now()).getTime() - Date.now())
    person.page = await person.context.newPage()
    person.page.on('pageerror', (e) => person.complaints.push(`error in the page: ${e.message}`))
    person.page.on('request', (r) => {
      // Nothing may leave the city: no outside fonts, tiles or scripts.
      if (!r.url().startsWith(server.base) && !/^(data|blob|about):/.test(r.url())) person.complaints.push(`request to ${r.url()}`)
    })
    person.page.on('response', (r) => {
      if (r.status() >= 500) person.complaints.push(`${r.status()} from ${r.request().method()} ${new URL(r.url()).pathname}`)
    })
    return person
  }

  go(path) {
    return this.page.goto(this.server.base + path)
  }

  /** Signs in on the page of the console or the portal. */
  async signIn(account, entrance = '/console/') {
    await this.go(`${entrance}sign-in`)
    await this.page.locator('input[autocomplete="username"]').fill(account)
    await this.page.locator('input[type="password"]').fill(password)
    await this.page.locator('form button[type="submit"]').first().click()
    await this.page.waitForURL((url) => !url.pathname.endsWith('/sign-in'))
  }

  /** The interface, with this person's cookies: to look at what a journey left behind. */
  async api(method, path, body) {
    const answer = await this.context.request.fetch(this.server.base + path, { method, data: body, headers: body ? { 'Content-Type': 'application/json' } : {} })
    return { status: answer.status(), body: await answer.json().catch(() => null) }
  }

  async shot(what) {
    mkdirSync(out, { recursive: true })
    const file = join(out, `${this.journey}-${this.name}-${++this.shots}-${what}.png`)
    await this.page.screenshot({ path: file })
    return file
  }

  /** Nothing is wider than the screen: a page that scrolls sideways on a phone is broken. */
  async fitsScreen() {
    return this.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth + 1)
  }
}
