/**
 * The part of OGC CQL2 text that conditions of forms use, evaluated in the page: comparison, AND/OR/NOT, IN, IS NULL, BETWEEN, LIKE.
 * The server evaluates the same conditions again; here they only decide what is shown. Three-valued like SQL: null is unknown.
 */
import type { Values } from './types'

type Truth = boolean | null
type Scalar = string | number | boolean | null
/** The day it is where one sits; the day of UTC is another until eight in the morning. */
const day_here = (now: Date): string => new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10)
/** What of a dimension somebody works in (`GET /session`): all of it, records by id, or whatever has a code that begins so. */
export interface Scope { everything?: boolean; ids?: string[]; codes?: string[] }
export type Context = { values: Values; me?: string | null; department?: string | null; today?: string; scopes?: Record<string, Scope>; old?: Values }
type Node = (context: Context) => unknown

interface Token { kind: 'word' | 'text' | 'number' | 'sign' | 'end'; text: string; at: number }

export class Cql2Error extends Error {}

function tokens_of(source: string): Token[] {
  const found: Token[] = []
  const pattern = /\s+|'((?:[^']|'')*)'|"((?:[^"]|"")*)"|(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|([\p{L}_][\p{L}\p{N}_.]*)|(<>|<=|>=|[=<>(),+\-*/])/uy
  while (pattern.lastIndex < source.length) {
    const at = pattern.lastIndex
    const match = pattern.exec(source)
    if (!match) throw new Cql2Error(`unexpected character at ${at}: ${source.slice(at, at + 10)}`)
    if (match[1] !== undefined) found.push({ kind: 'text', text: match[1].replace(/''/g, "'"), at })
    else if (match[2] !== undefined) found.push({ kind: 'word', text: match[2].replace(/""/g, '"'), at })
    else if (match[3] !== undefined) found.push({ kind: 'number', text: match[3], at })
    else if (match[4] !== undefined) found.push({ kind: 'word', text: match[4], at })
    else if (match[5] !== undefined) found.push({ kind: 'sign', text: match[5], at })
  }
  found.push({ kind: 'end', text: '', at: source.length })
  return found
}

function scalar(value: unknown): Scalar {
  if (value === undefined || value === null || value === '') return null
  if (Array.isArray(value)) return value.length ? JSON.stringify(value) : null
  if (typeof value === 'object') {
    const id = (value as { id?: unknown }).id
    return typeof id === 'string' || typeof id === 'number' ? id : JSON.stringify(value)
  }
  return value as Scalar
}

function property(values: Values | undefined, path: string): unknown {
  let at: unknown = values
  for (const step of path.split('.')) {
    if (at === null || at === undefined || typeof at !== 'object') return null
    at = (at as Values)[step]
  }
  return at ?? null
}

function compare(left: Scalar, right: Scalar): number | null {
  if (left === null || right === null) return null
  if (typeof left === 'number' || typeof right === 'number') {
    const [a, b] = [Number(left), Number(right)]
    return Number.isNaN(a) || Number.isNaN(b) ? (String(left) === String(right) ? 0 : 1) : Math.sign(a - b)
  }
  if (typeof left === 'boolean' || typeof right === 'boolean') return String(left) === String(right) ? 0 : 1
  return left < right ? -1 : left > right ? 1 : 0
}

const not = (value: Truth): Truth => (value === null ? null : !value)
const and = (a: Truth, b: Truth): Truth => (a === false || b === false ? false : a === null || b === null ? null : true)
const or = (a: Truth, b: Truth): Truth => (a === true || b === true ? true : a === null || b === null ? null : false)
const truth = (value: unknown): Truth => (value === null || value === undefined ? null : Boolean(value))

class Parser {
  private at = 0
  private readonly tokens: Token[]

  constructor(source: string) {
    this.tokens = tokens_of(source)
  }

  whole(): Node {
    const node = this.either()
    if (this.peek().kind !== 'end') this.fail()
    return node
  }

  private peek(): Token {
    return this.tokens[this.at]
  }
  private fail(): never {
    const token = this.peek()
    throw new Cql2Error(`unexpected ${token.text || 'end'} at ${token.at}`)
  }
  private word(text: string): boolean {
    const token = this.peek()
    if (token.kind === 'word' && token.text.toUpperCase() === text) {
      this.at++
      return true
    }
    return false
  }
  private sign(text: string): boolean {
    const token = this.peek()
    if (token.kind === 'sign' && token.text === text) {
      this.at++
      return true
    }
    return false
  }
  private expect(text: string): void {
    if (!this.sign(text)) this.fail()
  }

  private either(): Node {
    let left = this.both()
    while (this.word('OR')) {
      const [a, b] = [left, this.both()]
      left = (context) => or(truth(a(context)), truth(b(context)))
    }
    return left
  }
  private both(): Node {
    let left = this.negated()
    while (this.word('AND')) {
      const [a, b] = [left, this.negated()]
      left = (context) => and(truth(a(context)), truth(b(context)))
    }
    return left
  }
  private negated(): Node {
    if (this.word('NOT')) {
      const inner = this.negated()
      return (context) => not(truth(inner(context)))
    }
    return this.predicate()
  }

  private predicate(): Node {
    const left = this.sum()
    const value = (context: Context) => scalar(left(context))
    for (const operator of ['=', '<>', '<=', '>=', '<', '>']) {
      if (this.sign(operator)) {
        const right = this.sum()
        return (context) => {
          const order = compare(value(context), scalar(right(context)))
          if (order === null) return null
          switch (operator) {
            case '=': return order === 0
            case '<>': return order !== 0
            case '<': return order < 0
            case '>': return order > 0
            case '<=': return order <= 0
            default: return order >= 0
          }
        }
      }
    }
    if (this.word('IS')) {
      const negative = this.word('NOT')
      if (!this.word('NULL')) this.fail()
      return (context) => (value(context) === null) !== negative
    }
    const negative = this.word('NOT')
    const finish = (test: (context: Context) => Truth): Node => (negative ? (context) => not(test(context)) : test)
    if (this.word('IN')) {
      if (this.peek().kind === 'word') {
        const scope = this.scope()
        if (scope) return finish((context) => within(left(context), context.scopes, scope))
        const list = this.atom()
        return finish((context) => {
          const from = list(context)
          const wanted = value(context)
          return wanted === null || !Array.isArray(from) ? null : from.some((one) => compare(wanted, scalar(one)) === 0)
        })
      }
      this.expect('(')
      const members: Node[] = []
      do members.push(this.sum())
      while (this.sign(','))
      this.expect(')')
      return finish((context) => {
        const wanted = value(context)
        if (wanted === null) return null
        return members.some((member) => compare(wanted, scalar(member(context))) === 0)
      })
    }
    if (this.word('BETWEEN')) {
      const low = this.sum()
      if (!this.word('AND')) this.fail()
      const high = this.sum()
      return finish((context) => {
        const a = compare(value(context), scalar(low(context)))
        const b = compare(value(context), scalar(high(context)))
        return a === null || b === null ? null : a >= 0 && b <= 0
      })
    }
    if (this.word('LIKE')) {
      const pattern = this.sum()
      return finish((context) => {
        const [text, like] = [value(context), scalar(pattern(context))]
        return text === null || like === null ? null : like_matches(String(text), String(like))
      })
    }
    if (negative) this.fail()
    return left
  }

  /** The dimension of my_scope('hall') and its short forms. */
  private scope(): string | null {
    const forms: Record<string, string | undefined> = { MY_DIVISIONS: 'division', MY_DEPARTMENTS: 'department', MY_SCOPE: '' }
    const dimension = forms[this.peek().text.toUpperCase()]
    if (dimension === undefined) return null
    this.at++
    this.expect('(')
    const named = dimension || this.peek().text
    if (!dimension && this.tokens[this.at++].kind !== 'text') this.fail()
    this.expect(')')
    return named
  }

  private sum(): Node {
    let left = this.atom()
    for (;;) {
      const plus = this.sign('+')
      if (!plus && !this.sign('-')) return left
      const [a, b] = [left, this.atom()]
      left = (context) => {
        const [x, y] = [scalar(a(context)), scalar(b(context))]
        return x === null || y === null ? null : Number(x) + (plus ? Number(y) : -Number(y))
      }
    }
  }

  private atom(): Node {
    const token = this.peek()
    if (token.kind === 'number') {
      this.at++
      return () => Number(token.text)
    }
    if (token.kind === 'text') {
      this.at++
      return () => token.text
    }
    if (this.sign('-')) {
      const inner = this.atom()
      return (context) => {
        const number = scalar(inner(context))
        return number === null ? null : -Number(number)
      }
    }
    if (this.sign('(')) {
      const inner = this.either()
      this.expect(')')
      return inner
    }
    if (token.kind !== 'word') this.fail()
    this.at++
    const upper = token.text.toUpperCase()
    if (upper === 'TRUE') return () => true
    if (upper === 'FALSE') return () => false
    if (upper === 'NULL') return () => null
    if (!this.sign('(')) return (context) => property(context.values, token.text)
    const inside: Node[] = []
    let name = ''
    if (!this.sign(')')) {
      if (this.peek().kind === 'word') name = this.peek().text
      do inside.push(this.either())
      while (this.sign(','))
      this.expect(')')
    }
    switch (upper) {
      case 'ME': return (context) => context.me ?? null
      case 'TODAY': return (context) => context.today ?? day_here(new Date())
      case 'MY_DEPARTMENT': return (context) => context.department ?? null
      case 'OLD': return (context) => property(context.old, name)
      case 'DATE':
      case 'TIMESTAMP':
      case 'CASEI':
        return (context) => {
          const inner = scalar(inside[0](context))
          return upper === 'CASEI' && inner !== null ? String(inner).toLowerCase() : inner
        }
      default: throw new Cql2Error(`unknown function ${token.text}`)
    }
  }
}

/** Fails where the page does not know enough: the code of a record just chosen, or the scopes of who is asked about. */
function within(value: unknown, scopes: Record<string, Scope> | undefined, dimension: string): Truth {
  if (!scopes) throw new Cql2Error('the scope is not known here')
  const scope = scopes[dimension]
  if (scope?.everything) return true
  if (!scope?.ids?.length && !scope?.codes?.length) return false
  const id = scalar(value)
  if (id === null) return null
  if (!scope.codes) return scope.ids!.includes(String(id))
  const code = (value as { code?: unknown }).code
  if (typeof code !== 'string') throw new Cql2Error(`the ${dimension} has no code here`)
  return scope.codes.some((prefix) => code.startsWith(prefix))
}

function like_matches(text: string, pattern: string): boolean {
  let expression = '^'
  for (const letter of pattern) expression += letter === '%' ? '[\\s\\S]*' : letter === '_' ? '[\\s\\S]' : letter.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`${expression}$`, 'u').test(text)
}

const parsed = new Map<string, Node | Cql2Error>()

/** Unknown (null) counts as not true. A condition that cannot be read, or asks for what the page
 * does not know (any(), took_part(), a scope), answers `otherwise`: the server decides then. */
export function holds(condition: string | null | undefined, context: Context, otherwise = true): boolean {
  if (!condition) return otherwise
  let node = parsed.get(condition)
  if (!node) {
    try {
      node = new Parser(condition).whole()
    } catch (error) {
      node = error instanceof Cql2Error ? error : new Cql2Error(String(error))
    }
    parsed.set(condition, node)
  }
  if (node instanceof Cql2Error) return otherwise
  try {
    return truth(node(context)) === true
  } catch (error) {
    if (error instanceof Cql2Error) return otherwise
    throw error
  }
}

export function evaluate(condition: string, context: Context): Truth {
  return truth(new Parser(condition).whole()(context))
}

/** A literal for a filter sent to the server. */
export function literal(value: string | number | boolean): string {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE'
  return `'${value.replace(/'/g, "''")}'`
}
