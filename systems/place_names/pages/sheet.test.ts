import { describe, expect, it } from 'vitest'
import { parse_csv, parse_xlsx, read_file, rows_of, SheetError } from './sheet'

/** A ZIP with stored members, enough for the reader of central directories. */
function zip(members: Record<string, string>): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder()
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const [name, content] of Object.entries(members)) {
    const [bytes, title] = [encoder.encode(content), encoder.encode(name)]
    const local = new DataView(new ArrayBuffer(30))
    local.setUint32(0, 0x04034b50, true)
    local.setUint16(26, title.length, true)
    const central = new DataView(new ArrayBuffer(46))
    central.setUint32(0, 0x02014b50, true)
    central.setUint32(20, bytes.length, true)
    central.setUint32(24, bytes.length, true)
    central.setUint16(28, title.length, true)
    central.setUint32(42, offset, true)
    parts.push(new Uint8Array(local.buffer), title, bytes)
    directory.push(new Uint8Array(central.buffer), title)
    offset += 30 + title.length + bytes.length
  }
  const end = new DataView(new ArrayBuffer(22))
  end.setUint32(0, 0x06054b50, true)
  end.setUint16(10, Object.keys(members).length, true)
  end.setUint32(16, offset, true)
  const all = [...parts, ...directory, new Uint8Array(end.buffer)]
  const out = new Uint8Array(all.reduce((sum, one) => sum + one.length, 0))
  let at = 0
  for (const one of all) {
    out.set(one, at)
    at += one.length
  }
  return out
}
const sheet = '<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>地址</t></is></c></row><row r="2"><c r="A2"><v>17</v></c><c r="C2" t="s"><v>1</v></c></row></sheetData></worksheet>'
const book = { 'xl/sharedStrings.xml': '<sst><si><t>编号</t></si><si><r><t>武昌区</t></r><r><t>中北路1号</t></r><rPh><t>wu</t></rPh></si></sst>', 'xl/worksheets/sheet1.xml': sheet }

describe('files of texts', () => {
  it('reads quotes, commas and line ends inside quotes', () => {
    expect(parse_csv('\uFEFFa,"b,""c"\r\n"d\ne",f\n')).toEqual([['a', 'b,"c'], ['d\ne', 'f']])
  })
  it('finds the columns by their heads, or takes the first', () => {
    expect(rows_of([['编号', '地址'], ['7', ' 中山路 '], ['8', '']])).toEqual([{ text: '中山路', key: '7' }])
    expect(rows_of([['中山路1号'], ['解放大道']])).toEqual([{ text: '中山路1号' }, { text: '解放大道' }])
    expect(rows_of([])).toEqual([])
  })
  it('reads shared, rich and inline strings of a sheet with gaps', async () => {
    expect(await parse_xlsx(zip(book))).toEqual([['编号', '', '地址'], ['17', '', '武昌区中北路1号']])
    expect(await read_file(new File([zip(book)], 'a.xlsx'))).toEqual([{ text: '武昌区中北路1号', key: '17' }])
  })
  it('refuses what is not a workbook', async () => {
    await expect(parse_xlsx(new Uint8Array([0x50, 0x4b, 3, 4]))).rejects.toThrow(SheetError)
    await expect(parse_xlsx(zip({ 'x.txt': 'y' }))).rejects.toThrow(SheetError)
  })
  it('reads text files in UTF-8 and in GB 18030', async () => {
    expect(await read_file(new File(['中山路\n解放大道\n'], 'a.txt'))).toEqual([{ text: '中山路' }, { text: '解放大道' }])
    expect(await read_file(new File([new Uint8Array([0xd6, 0xd0, 0xc9, 0xbd, 0xc2, 0xb7])], 'a.txt'))).toEqual([{ text: '中山路' }])
  })
})
