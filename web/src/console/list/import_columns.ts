/** What the preview of a table says, and what the person answers: sheet, head row, and the field of each column. */
import type { Title } from '../../shared/types'

export interface PreviewColumn { column: string; head: string; field: string | null; sample: string[] }
export interface PreviewField { name: string; title: Title; required: boolean }
export interface ImportPreview {
  sheets: string[]
  sheet: string | null
  head_row: number | null
  top: { row: number; cells: string[] }[]
  columns: PreviewColumn[]
  fields: PreviewField[]
  missing: string[]
  questions: { about: 'sheet' | 'head_row' | 'columns'; message: Title }[]
}

/** A field has one column: choosing it for another takes it away from the first. */
export function choose_field(columns: PreviewColumn[], at: number, field: string | null): PreviewColumn[] {
  return columns.map((column, index) => index === at ? { ...column, field } : field && column.field === field ? { ...column, field: null } : column)
}

/** Required fields that have no column yet; a position counts when either half has one. */
export function still_missing(preview: ImportPreview): PreviewField[] {
  const taken = new Set(preview.columns.map((column) => column.field?.split('.')[0]))
  return preview.fields.filter((field, index, all) => field.required && !taken.has(field.name.split('.')[0]) && all.findIndex((other) => other.name.split('.')[0] === field.name.split('.')[0]) === index)
}

/** The answer as the import takes it; fixed: values that all rows share. */
export function answer_of(preview: ImportPreview, fixed?: Record<string, unknown>, row_field?: string): Record<string, string | undefined> {
  const columns = Object.fromEntries(preview.columns.filter((column) => column.field).map((column) => [column.field as string, column.column]))
  if (row_field) columns[row_field] = '#'
  return {
    sheet: preview.sheet ?? undefined,
    head_row: preview.head_row === null ? undefined : String(preview.head_row),
    columns: JSON.stringify(columns),
    values: fixed ? JSON.stringify(fixed) : undefined,
  }
}
