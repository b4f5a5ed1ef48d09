// Compares what came back with what a scenario expects: objects by the named members only, lists by element and length,
// "/…/" as a regular expression, and {$length|$exists|$contains|$gt|$gte|$lt|$lte|$not|$any|$every|$absent} as named.

const operators = {
  $length: (a, n) => (a == null || a.length === undefined ? `has no length` : typeof n === 'object' ? inner(a.length, n) : a.length === n ? '' : `length ${a.length}, expected ${n}`),
  $exists: (a, yes) => ((a !== undefined && a !== null) === yes ? '' : yes ? 'is missing' : `should not be there, is ${show(a)}`),
  $contains: (a, part) => {
    if (typeof a === 'string') return a.includes(part) ? '' : `${show(a)} does not contain ${show(part)}`
    if (!Array.isArray(a)) return `${show(a)} is no list`
    return a.some((x) => compare(x, part).length === 0) ? '' : `no element like ${show(part)} in ${show(a)}`
  },
  $lacks: (a, part) => (operators.$contains(a, part) ? '' : `${show(a)} contains ${show(part)}`),
  $every: (a, part) => {
    if (!Array.isArray(a)) return `${show(a)} is no list`
    const bad = a.find((x) => compare(x, part).length > 0)
    return bad === undefined ? '' : `${show(bad)} is not like ${show(part)}`
  },
  $gt: (a, n) => (ordered(a, n) > 0 ? '' : `${show(a)} is not above ${n}`),
  $gte: (a, n) => (ordered(a, n) >= 0 ? '' : `${show(a)} is below ${n}`),
  $lt: (a, n) => (ordered(a, n) < 0 ? '' : `${show(a)} is not below ${n}`),
  $lte: (a, n) => (ordered(a, n) <= 0 ? '' : `${show(a)} is above ${n}`),
  $not: (a, part) => (compare(a, part).length > 0 ? '' : `is ${show(a)}, which it should not be`),
  $any: (a, list) => (list.some((part) => compare(a, part).length === 0) ? '' : `${show(a)} is none of ${show(list)}`),
}

// Numbers as numbers (also those written as text), dates as text; nothing is in no order with anything.
const ordered = (a, n) => (a == null ? NaN : typeof n === 'number' ? Number(a) - n : String(a) < n ? -1 : String(a) > n ? 1 : 0)
const inner = (a, n) => compare(a, n).map((d) => d.why).join(', ')

export function show(value) {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 500 ? text.slice(0, 200) + " … " + text.slice(-300) + '…' : text
}

export function isOperator(key) {
  return key in operators
}

/** Differences as [{at, why}]; none when it matches. */
export function compare(actual, expected, at = '') {
  if (typeof expected === 'string' && /^\/.+\/[iu]*$/s.test(expected)) {
    const end = expected.lastIndexOf('/')
    const pattern = new RegExp(expected.slice(1, end), expected.slice(end + 1) || 'u')
    const ok = (typeof actual === 'string' || typeof actual === 'number') && pattern.test(String(actual))
    return ok ? [] : [{ at, why: `${show(actual)} does not match ${expected}` }]
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return [{ at, why: `expected a list, got ${show(actual)}` }]
    if (actual.length !== expected.length) return [{ at, why: `expected ${expected.length} elements, got ${actual.length}: ${show(actual)}` }]
    return expected.flatMap((e, i) => compare(actual[i], e, `${at}[${i}]`))
  }
  if (expected !== null && typeof expected === 'object') {
    const keys = Object.keys(expected)
    if (keys.length > 0 && keys.every((k) => k.startsWith('$'))) {
      return keys.flatMap((k) => {
        if (!operators[k]) return [{ at, why: `unknown operator ${k}` }]
        const why = operators[k](actual, expected[k])
        return why ? [{ at, why }] : []
      })
    }
    if (actual === null || typeof actual !== 'object') return [{ at, why: `expected ${show(expected)}, got ${show(actual)}` }]
    return keys.flatMap((k) => compare(actual[k], expected[k], at ? `${at}.${k}` : k))
  }
  return Object.is(actual, expected) || (actual === undefined && expected === null) ? [] : [{ at, why: `expected ${show(expected)}, got ${show(actual)}` }]
}
