import { beforeAll, describe, expect, it } from 'vitest'
import { accepted_kinds, as_text, format_duration, format_schedule, seconds_of, time_of_day, changes, check_all, check_value, device_name, filter_text, form_sections, format_date, format_size, is_accepted, is_citizen_id, is_phone, row_pairs, term_path, term_tree, written } from './fields'
import { load_language } from './i18n'
import type { EntityMeta, Field, FieldType } from './types'

const field = (name: string, type: FieldType, more: Partial<Field> = {}): Field => ({ name, type, title: { zh: name, en: name }, ...more })
const kind = field('kind', 'term', { required: true, options: [{ code: 'new', title: { zh: '命名', en: 'New' } }, { code: 'cancel', title: { zh: '销名', en: 'End' } }] })
const target = field('target', 'ref', { visible: "kind = 'cancel'", required_if: "kind = 'cancel'", to: { system: 'parks', entity: 'place_name' } })
const category = field('category', 'term', { options: [{ code: '2', title: { zh: '人文', en: 'Made' } }, { code: '22', parent: '2', title: { zh: '道路', en: 'Road' } }, { code: '223', parent: '22', title: { zh: '街巷', en: 'Lane' } }] })
const meta: EntityMeta = {
  system: 'parks', name: 'name_application', title: { zh: '申请', en: 'Application' }, can: {},
  fields: [kind, target, category, field('name', 'text', { max: 4 }), field('on', 'date'), field('storeys', 'integer', { min: 1 }), field('number', 'code')],
  list: { columns: ['name'], filters: ['kind', 'name', 'on', 'state'], sort: ['name'] },
  form: [{ title: { zh: '内容', en: 'What' }, fields: ['kind', 'name'] }],
  process: { initial: 'draft', states: [{ name: 'draft', title: { zh: '草稿', en: 'Draft' }, kind: 'normal' }], transitions: [] },
}
beforeAll(() => load_language('zh'))

describe('values', () => {
  it('asks for what is required, and only while it is shown', () => {
    expect(Object.keys(check_all(meta.fields, { values: {} }))).toEqual(['kind'])
    expect(Object.keys(check_all(meta.fields, { values: { kind: 'cancel' } }))).toEqual(['target'])
    expect(check_all(meta.fields, { values: { kind: 'new' } })).toEqual({})
  })
  it('says what to do about an empty field', () => {
    const text = (one: Field) => check_value({ ...one, required: true }, null, { values: {} })
    expect(text(field('name', 'text'))).toBe('请填写name')
    expect(text(field('place', 'line'))).toBe('请在地图上标出place')
    expect(text(field('division', 'ref'))).toBe('请选择division')
    expect(text(field('papers', 'files'))).toBe('请添加papers')
    expect(text(field('codes', 'json', { options: [] }))).toBe('请选择codes')
  })
  it('counts characters, not code units', () => {
    expect(check_value(meta.fields[3], '𠀀𠀁𠀂路', { values: {} })).toBeNull()
    expect(check_value(meta.fields[3], '望江大道路', { values: {} })).toContain('4')
  })
  it('checks numbers, patterns and rows', () => {
    expect(check_value(meta.fields[5], '0', { values: {} })).toContain('1')
    expect(check_value(meta.fields[5], '1.5', { values: {} })).not.toBeNull()
    expect(check_value(meta.fields[5], '12', { values: {} })).toBeNull()
    const code = field('code', 'text', { pattern: '[0-9]{12}' })
    expect(check_value(code, '420106000000', { values: {} })).toBeNull()
    expect(check_value(code, 'x420106000000', { values: {} })).not.toBeNull()
    const rows = field('rows', 'rows', { fields: [field('a', 'text', { required: true })] })
    expect(check_value(rows, [{ a: 'x' }, {}], { values: {} })).toMatch(/2/)
    expect(check_value({ ...rows, max: 1 }, [{ a: 'x' }, { a: 'y' }], { values: {} })).not.toBeNull()
    expect(check_value(rows, [{ a: 'x' }], { values: {} })).toBeNull()
  })
  it('knows identity numbers and phones', () => {
    expect(is_citizen_id('11010519491231002X')).toBe(true)
    expect(is_citizen_id('110105194912310021')).toBe(false)
    expect(is_phone('13812345678')).toBe(true)
    expect(is_phone('027-82345678')).toBe(true)
    expect(is_phone('12345')).toBe(false)
  })
  it('leaves masked values alone', () => {
    expect(check_value(field('phone', 'phone', { masked: true }), '138****5678', { values: {} })).toBeNull()
    expect(check_value(field('phone', 'phone'), '138****5678', { values: {} })).not.toBeNull()
  })
})

describe('rows beside each other', () => {
  const aliases = field('aliases', 'rows', { fields: [field('name', 'text'), field('year', 'integer')] })
  const row = (name: string, year?: number) => ({ name, year })
  it('knows what was added, removed and changed', () => {
    expect(row_pairs(aliases, [row('a'), row('b'), row('c')], [row('b'), row('c', 1920), row('d')])).toEqual([
      { a: 'name a', b: '' }, { a: 'name b', b: 'name b' }, { a: 'name c', b: 'name c · year 1920' }, { a: '', b: 'name d' },
    ])
    expect(row_pairs(aliases, [row('a', 1), row('b', 2)], [row('b', 3)])).toEqual([{ a: 'name a · year 1', b: '' }, { a: 'name b · year 2', b: 'name b · year 3' }])
    expect(row_pairs(aliases, null, [row('a')])).toEqual([{ a: '', b: 'name a' }])
    expect(row_pairs(aliases, undefined, undefined)).toEqual([])
  })
  it('takes the files that are declared, and leaves the unknown to the server', () => {
    const accept = ['application/pdf', 'image/*']
    expect(['application/pdf', 'image/heic', '', 'text/plain', 'imagery/x'].map((type) => is_accepted(accept, type))).toEqual([true, true, true, false, false])
    expect([is_accepted(undefined, 'text/plain'), accepted_kinds(accept)]).toEqual([true, 'PDF、图片'])
  })
  it('takes a day as it is read in the list, from its midnight to the next', () => {
    const zone = process.env.TZ
    process.env.TZ = 'Asia/Shanghai'
    try {
      expect(filter_text(meta, { created_at: ['2026-11-21', '2026-11-30'] })).toBe("created_at >= TIMESTAMP('2026-11-20T16:00:00.000Z') AND created_at < TIMESTAMP('2026-11-30T16:00:00.000Z')")
      expect(filter_text(meta, { created_at: [null, '2026-12-31'] })).toBe("created_at < TIMESTAMP('2026-12-31T16:00:00.000Z')")
      expect([format_date('2026-11-21'), format_date('2026-11-21T16:30:00Z'), format_date(null)]).toEqual(['2026-11-21', '2026-11-22', ''])
      expect(filter_text(meta, { on: ['2026-11-21', null] })).toBe("on >= DATE('2026-11-21')")
    } finally {
      process.env.TZ = zone
    }
  })
  it('filters several references by membership', () => {
    const meta = { fields: [field('roles', 'refs')], list: { columns: [], filters: ['roles'], sort: [] } } as unknown as EntityMeta
    expect(filter_text(meta, { roles: [{ id: '5', title: 'x' }] })).toBe("A_OVERLAPS(roles, ('5'))")
  })
})

describe('writing', () => {
  it('writes references and files as ids, emptiness as null', () => {
    expect(written(target, { id: '7', title: '长江' })).toBe('7')
    expect(written(field('files', 'files'), [{ id: 'f1', name: 'a', size: 1, type: '' }])).toEqual(['f1'])
    expect(written(meta.fields[3], '')).toBeNull()
    expect(written(meta.fields[5], '12')).toBe(12)
  })
  it('sends only what changed, never what cannot be written', () => {
    const before = { kind: 'new', name: 'a', target: { id: '7', title: 'x' }, number: '1' }
    expect(changes(meta.fields, before, { ...before, name: 'b', number: '2', target: { id: '7', title: 'renamed meanwhile' } })).toEqual({ name: 'b' })
    expect(changes(meta.fields, before, { ...before, name: '' })).toEqual({ name: null })
    expect(changes(meta.fields, { name: null }, { name: '' })).toEqual({})
  })
})

describe('lists and forms', () => {
  it('makes CQL2 of the filters', () => {
    expect(filter_text(meta, { kind: ['new'], name: "it's" })).toBe("kind = 'new' AND name LIKE '%it''s%'")
    expect(filter_text(meta, { kind: ['new', 'cancel'], on: ['2026-01-01', null] })).toBe("kind IN ('new', 'cancel') AND on >= DATE('2026-01-01')")
    expect(filter_text(meta, { state: ['draft'] })).toBe("state = 'draft'")
    expect(filter_text(meta, { kind: [], name: '', unknown: 'x' })).toBeUndefined()
  })
  it('puts forgotten fields at the end of the form', () => {
    const sections = form_sections(meta)
    expect(sections[0].fields.map((one) => one.name)).toEqual(['kind', 'name'])
    expect(sections[1].fields.map((one) => one.name)).toEqual(['target', 'category', 'on', 'storeys', 'number'])
  })
  it('builds trees of terms', () => {
    expect(term_tree(category)[0].children?.[0].children?.[0].value).toBe('223')
    expect(term_path(category, '223')).toEqual(['2', '22', '223'])
  })
  it('reads values as text', () => {
    expect(as_text(kind, 'new')).toBe('命名')
    expect(as_text(target, { id: '7', title: '长江' })).toBe('长江')
    expect(as_text(field('p', 'point'), { type: 'Point', coordinates: [114.3, 30.6] })).toBe('114.300000, 30.600000')
    expect(as_text(field('b', 'boolean'), false)).toBe('否')
    expect(as_text(kind, null)).toBe('')
  })
})

describe('devices', () => {
  it('are named as people know them', () => {
    expect(device_name('Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0')).toBe('Edge · Windows')
    expect(device_name('Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1')).toBe('Safari · iPhone')
    expect(device_name('curl/8.5')).toBe('curl/8.5')
  })
  it('a size that is not known is not shown', () => {
    expect(format_size(undefined)).toBe('')
    expect(format_size(2048)).toBe('2 KB')
  })
})

describe('what a person never sees', () => {
  it('is a code in brackets, a finding as JSON, or the closing point of a ring', () => {
    const roles = field('permissions', 'json', { options: [{ code: 'a.checker', title: { zh: '受理', en: 'Checker' } }] })
    expect(as_text(roles, ['a.checker', 'b.unknown'])).toBe('受理、b.unknown')
    const findings = field('check_findings', 'json')
    expect(as_text(findings, { verdict: 'pass', findings: [] })).toBe('没有发现问题')
    expect(as_text(findings, { verdict: 'warn', findings: [{ rule: 'x', severity: 'warn', title: { zh: '重名', en: '' }, message: '' }] })).toBe('重名')
    const matches = field('candidates', 'json')
    expect(as_text(matches, { verdict: 'review', matches: [{ code: '1', name: '解放大道', full_name: '江城市解放大道', score: 0.6 }] })).toBe('江城市解放大道')
    expect(as_text(matches, { verdict: 'none', matches: [] })).toBe('没有找到')
    expect(as_text(field('place', 'polygon'), { type: 'Polygon', coordinates: [[[0, 0], [1, 0], [1, 1], [0, 0]]] })).toContain('3')
    expect(as_text(field('place', 'geometry'), { type: 'MultiPolygon', coordinates: [[[[0, 0], [1, 0], [1, 1], [0, 0]]], [[[0, 0], [2, 0], [2, 2], [0, 0]]]] })).toContain('6')
  })
})

describe('times, durations, labels and opening hours', () => {
  it('reads what people type', () => {
    expect(time_of_day('8：30')).toBe('08:30')
    expect(time_of_day('24:00')).toBeNull()
    expect([seconds_of('2 hours'), seconds_of('1小时30分'), seconds_of('1:30'), seconds_of(90), seconds_of('soon')]).toEqual([7200, 5400, 5400, 90, null])
    expect(format_duration(5400)).toBe('1:30')
    expect(written(field('visit', 'duration'), '90 分钟')).toBe(5400)
  })
  it('filters by them', () => {
    const meta = { system: 's', name: 'e', title_field: 'name', title: { zh: '', en: '' }, fields: [field('tags', 'labels'), field('opens', 'time'), field('number', 'citizen_id', { find: 'exact' })], list: { columns: [], filters: ['tags', 'opens', 'number'], sort: [] }, form: [] } as unknown as EntityMeta
    expect(filter_text(meta, { tags: '积水', opens: '8:30', number: "1'" })).toBe("A_CONTAINS(tags, ('积水')) AND opens = '08:30' AND number = '1'''")
  })
  it('shows opening hours', () => {
    expect(format_schedule({ week: { mon: ['08:30-12:00'] }, except: [{ on: '2026-10-01', hours: [] }] })).toContain('2026-10-01')
  })
  it('does not demand what the product finds', () => {
    expect(check_all([field('cell', 'ref', { required: true, defaulted: true })], { values: {} })).toEqual({})
  })
})
