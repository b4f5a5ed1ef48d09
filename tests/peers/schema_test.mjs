// The JSON Schema of the declarations (`civitas schema`) tried with ajv: it is a good schema, every declaration of this
// repository keeps it, and what the loader refuses it refuses.
//   node tests/peers/schema_test.mjs [--binary build/platform/app/civitas]
// Prints "N passed, N failed".
import Ajv from 'ajv'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { parse } from 'yaml'
import { root } from '../harness/server.mjs'

const { values: options } = parseArgs({ options: { binary: { type: 'string', default: 'build/platform/app/civitas' } } })
const schema = JSON.parse(execFileSync(resolve(root, options.binary), ['schema'], { encoding: 'utf8' }))
const keeps = new Ajv({ allErrors: true, strict: true, strictTypes: false, strictRequired: false, allowUnionTypes: true }).compile(schema)
let passed = 0
let failed = 0
function expect(what, document, good) {
  const kept = keeps(document)
  kept === good ? passed++ : failed++
  if (kept !== good) console.log(`FAILED ${what}: ${good ? JSON.stringify(keeps.errors.slice(0, 3)) : 'was accepted'}`)
}

const systems = join(root, 'systems')
const declarations = readdirSync(systems, { withFileTypes: true })
  .filter((e) => e.isDirectory())
  .flatMap((e) => ['.', 'terms'].flatMap((part) => {
    const folder = join(systems, e.name, part)
    try {
      return readdirSync(folder).filter((f) => f.endsWith('.yaml')).map((f) => join(folder, f))
    } catch {
      return []
    }
  }))
if (declarations.length < 10) throw new Error('there should be more declarations')
for (const file of declarations) expect(relative(root, file), parse(readFileSync(file, 'utf8')), true)

const title = { zh: '甲', en: 'A' }
const entity = (more) => ({ entity: 'sign', title, fields: [{ name: 'name', type: 'text', title }], access: [{ role: 'public', read: 'TRUE' }], ...more })
expect('a small entity', entity(), true)
expect('rows hold fields', entity({ fields: [{ name: 'items', type: 'rows', title, fields: [{ name: 'price', type: 'decimal', title }] }] }), true)
expect('a key written wrong', entity({ titel: title }), false)
expect('a key of a field written wrong', entity({ fields: [{ name: 'name', type: 'text', title, requird: true }] }), false)
expect('one of child rows', entity({ fields: [{ name: 'items', type: 'rows', title, fields: [{ name: 'price', typ: 'decimal', title }] }] }), false)
expect('a type there is not', entity({ fields: [{ name: 'name', type: 'txt', title }] }), false)
expect('a title in one language', entity({ title: { zh: '甲' } }), false)
expect('a state without a name', entity({ process: { initial: 'a', states: [{ title }] } }), false)
expect('a kind of state there is not', entity({ process: { initial: 'a', states: [{ name: 'a', title, kind: 'ended' }] } }), false)
expect('a step that goes nowhere', entity({ process: { initial: 'a', states: [{ name: 'a', title }], transitions: [{ name: 'go', title, from: 'a', role: 'public' }] } }), false)
expect('a code without a title', { terms: 'kind', title, codes: [{ code: '1' }] }, false)
expect('a system with a role', { system: 'town', title, roles: [{ name: 'clerk', title }] }, true)
expect('a menu without titles', { system: 'town', title, menu: [{ items: [] }] }, false)
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed ? 1 : 0)
