import { describe, expect, it } from 'vitest'
import { answer_of, choose_field, still_missing, type ImportPreview } from './import_columns'

const title = (zh: string) => ({ zh, en: zh })
const preview: ImportPreview = {
  sheets: ['一', '二'], sheet: '二', head_row: 2, top: [],
  columns: [{ column: 'A', head: '序号', field: null, sample: [] }, { column: 'B', head: '名称', field: 'name', sample: [] }, { column: 'C', head: '经度', field: null, sample: [] }],
  fields: [{ name: 'name', title: title('名称'), required: true }, { name: 'spot.longitude', title: title('经度'), required: true }, { name: 'spot.latitude', title: title('纬度'), required: true }],
  missing: ['spot'], questions: [],
}

describe('the answer to a preview', () => {
  it('gives a field to one column only', () => {
    expect(choose_field(preview.columns, 0, 'name').map((column) => column.field)).toEqual(['name', null, null])
    expect(choose_field(preview.columns, 1, null).map((column) => column.field)).toEqual([null, null, null])
  })
  it('tells required fields without a column, a position once', () => {
    expect(still_missing(preview).map((field) => field.name)).toEqual(['spot.longitude'])
    expect(still_missing({ ...preview, columns: choose_field(preview.columns, 2, 'spot.latitude') })).toEqual([])
  })
  it('sends all that was shown, so that nothing is guessed later', () => {
    expect(answer_of(preview)).toEqual({ sheet: '二', head_row: '2', columns: '{"name":"B"}', values: undefined })
    expect(answer_of({ ...preview, sheet: null, head_row: 0 }, { batch: '5' }, 'row')).toEqual({ sheet: undefined, head_row: '0', columns: '{"name":"B","row":"#"}', values: '{"batch":"5"}' })
  })
})
