// The printed forms (审批表, 批准书, 认证书) opened by LibreOffice Draw: every word of them is there as text, the rare characters of
// names too, and each is one page.
//   node tests/peers/office_test.mjs [--binary build/platform/app/civitas]
// Needs libreoffice-draw-nogui. Starts its own server with its own data. Prints "N passed, N failed".
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { Jar, send } from '../harness/http.mjs'
import { password, root, Server } from '../harness/server.mjs'

const { values: options } = parseArgs({ options: { binary: { type: 'string', default: 'build/platform/app/civitas' } } })
const run = promisify(execFile)
let passed = 0
let failed = 0
const check = (what, good, shown) => {
  good ? passed++ : failed++
  if (!good) console.log(`FAILED ${what}${shown === undefined ? '' : `: ${String(shown).slice(0, 800)}`}`)
}

const draw = ['/usr/lib/libreoffice/program/libsdlo.so', '/usr/lib/libreoffice/program/libpdfimportlo.so'].every(existsSync)
if (!draw && !process.env.CIVITAS_TESTS_COMPLETE) {
  console.log('LibreOffice Draw is not here')
  console.log('0 passed, 0 failed')
  process.exit(0)
}

const folder = await mkdtemp(join(tmpdir(), 'civitas-office-'))
const server = await Server.start({ binary: resolve(root, options.binary), data: join(folder, 'data'), demo: true })
const people = {}
async function as(account, method, path, body, wanted = 200) {
  const call = (more) => send(server.base, { method, path, headers: { 'Content-Type': 'application/json', ...(more && { Cookie: more.header() }) }, body: body && JSON.stringify(body) })
  if (account && !people[account]) {
    const answer = await send(server.base, { method: 'POST', path: '/api/v1/session', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ account, password }) })
    people[account] = new Jar()
    people[account].take(answer.headers)
  }
  const answer = await call(people[account])
  if (answer.status !== wanted) throw new Error(`${account} ${method} ${path}: ${answer.status} ${answer.text.slice(0, 400)}`)
  return answer
}

/** The text of a PDF as LibreOffice Draw reads it, without spaces; and its pages. */
async function opened(name, bytes) {
  const file = join(folder, `${name}.pdf`)
  await writeFile(file, bytes)
  await run('soffice', [`-env:UserInstallation=file://${join(folder, 'profile')}`, '--headless', '--infilter=draw_pdf_import', '--convert-to', 'fodg', '--outdir', folder, file], { timeout: 180_000 })
  const drawing = await readFile(join(folder, `${name}.fodg`), 'utf8')
  const body = drawing.slice(drawing.indexOf('<office:body>'))
  return { text: body.replace(/<[^>]*>/g, '').replace(/&#x([0-9a-f]+);/gi, (_, code) => String.fromCodePoint(parseInt(code, 16))).replace(/[\s\u3000]+/g, ''), pages: body.match(/<draw:page /g)?.length }
}

try {
  const wanted = '\u{20BB7}祥听泉路' // 𠮷 is of extension B
  const division = (await as('citizen1', 'GET', "/api/v1/registers/division?filter=code='420105000000'")).body.items[0].id
  const made = await as('citizen1', 'POST', '/api/v1/place_names/name_application', {
    kind: 'new', legal_kind: 'street', category: '23510', name: wanted, division, place: { type: 'Point', coordinates: [114.25, 30.55] },
    meaning: '听泉之声，\u{20BB7}祥如意', reason: '新路', applicant_name: '李晓汉', contact_phone: '13800138000',
  }, 201)
  const path = `/api/v1/place_names/name_application/${made.body.id}`
  const step = (account, name, body = {}) => as(account, 'POST', `${path}/transitions/${name}`, body)
  await step('citizen1', 'submit')
  await step('checker', 'accept', { check_opinion: '材料齐全，予以受理' })
  await step('reviewer_hanyang', 'pass', { district_opinion: '符合规划' })
  await step('decider', 'agree', { city_opinion: '同意命名' })
  await as(null, 'POST', '/api/v1/test/clock', { advance_seconds: 20 * 86400 })
  for (const account of Object.keys(people)) delete people[account]
  for (let i = 0; (await as('decider', 'GET', path)).body.state === 'noticed' && i < 100; i++) await new Promise((done) => setTimeout(done, 100))
  await step('registrar', 'file', { filed_with: '湖北省民政厅', filing_number: '鄂地备〔2026〕11号' })
  const filed = (await as('registrar', 'GET', path)).body
  const holder = 'Griffin Steffl' // a ligature of ff, ffi or fl would be read back as another character
  const asked = await as('citizen1', 'POST', '/api/v1/place_names/name_certificate', { presented_name: `武汉市汉阳区${wanted}`, holder, paper: '房产证' }, 201)
  const confirmed = await as('registrar', 'POST', `/api/v1/place_names/name_certificate/${asked.body.id}/transitions/confirm`, { place_name: filed.place_name.id })

  const papers = {
    approval_form: { of: path, words: ['地名命名申请审批表', filed.number, wanted, '听泉之声，\u{20BB7}祥如意', '李晓汉', '材料齐全，予以受理', '符合规划', '同意命名', filed.pinyin.replace(/\s/g, ''), filed.verification] },
    naming_document: { of: path, words: ['标准地名批准书', filed.approval_number, wanted, '根据《地名管理条例》', '汉阳区', '武汉市人民政府', filed.verification] },
    authentication: { of: `/api/v1/place_names/name_certificate/${asked.body.id}`, words: ['地名认证', confirmed.body.number, wanted, holder.replace(' ', ''), '房产证', confirmed.body.verification] },
  }
  for (const [name, { of, words }] of Object.entries(papers)) {
    const { text, pages } = await opened(name, (await as('registrar', 'GET', `${of}/documents/${name}.pdf`)).bytes)
    check(`${name} is one page`, pages === 1, pages)
    for (const word of words) check(`${name} says ${word}`, text.includes(word), text)
  }
  // A paper is made from what its reader may read.
  const form = async (account) => (await opened(`approval_form_${account}`, (await as(account, 'GET', `${path}/documents/approval_form.pdf`)).bytes)).text
  const [decider, expert, owner] = [await form('decider'), await form('expert'), await form('citizen1')]
  check('who decides reads the telephone and who took each step', decider.includes('13800138000') && decider.includes('陈受理'), decider)
  check('an expert reads it masked', expert.includes('138****8000') && !expert.includes('13800138000'), expert)
  check('the applicant reads no names of officials', owner.includes('材料齐全，予以受理') && !owner.includes('陈受理'), owner)
} catch (e) {
  failed++
  console.log(`FAILED ${e.stack}`)
} finally {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed ? 1 : 0)
