/** Reads the texts to be matched out of what people have: a text file, a CSV, or the first sheet of an XLSX. */

export interface Row { text: string; key?: string }
export class SheetError extends Error {}

const text_heads = /^(待匹配文本|文本|地址|名称|地名|标准地址|text|address|name)$/i
const key_heads = /^(原始编号|编号|序号|主键|key|id|code)$/i

/** RFC 4180: quotes, doubled quotes, line ends inside quotes. */
export function parse_csv(source: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let cell = ''
  let quoted = false
  const text = source.replace(/^\uFEFF/, '')
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]
    if (quoted) {
      if (letter !== '"') cell += letter
      else if (text[at + 1] === '"') {
        cell += '"'
        at++
      } else quoted = false
    } else if (letter === '"' && cell === '') quoted = true
    else if (letter === ',' || letter === '\t') {
      row.push(cell)
      cell = ''
    } else if (letter === '\n' || letter === '\r') {
      if (letter === '\r' && text[at + 1] === '\n') at++
      rows.push([...row, cell])
      row = []
      cell = ''
    } else cell += letter
  }
  if (cell || row.length) rows.push([...row, cell])
  return rows
}

/** The column is found by its head; without a head known to us the first column is the text and every row counts. */
export function rows_of(table: string[][]): Row[] {
  const head = (table[0] ?? []).map((cell) => cell.trim())
  const text_at = head.findIndex((cell) => text_heads.test(cell))
  const key_at = text_at >= 0 ? head.findIndex((cell, at) => at !== text_at && key_heads.test(cell)) : -1
  return (text_at >= 0 ? table.slice(1) : table)
    .map((cells) => ({ text: (cells[Math.max(0, text_at)] ?? '').trim(), key: key_at >= 0 ? (cells[key_at] ?? '').trim() : '' }))
    .filter((row) => row.text)
    .map((row) => (row.key ? row : { text: row.text }))
}

const most_unpacked = 64 * 1024 * 1024

/** One member of a ZIP file, by its central directory (APPNOTE 4.3.12); stored or deflated. */
async function member(bytes: Uint8Array, wanted: string): Promise<string | null> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let end = bytes.length - 22
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--
  if (end < 0) throw new SheetError('zip')
  let at = view.getUint32(end + 16, true)
  for (let count = view.getUint16(end + 10, true); count > 0 && at + 46 <= bytes.length; count--) {
    const [method, packed, unpacked] = [view.getUint16(at + 10, true), view.getUint32(at + 20, true), view.getUint32(at + 24, true)]
    const [name_size, extra, comment, start] = [view.getUint16(at + 28, true), view.getUint16(at + 30, true), view.getUint16(at + 32, true), view.getUint32(at + 42, true)]
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + name_size))
    if (name === wanted) {
      if (unpacked > most_unpacked) throw new SheetError('size')
      const begin = start + 30 + view.getUint16(start + 26, true) + view.getUint16(start + 28, true)
      const data = bytes.slice(begin, begin + packed)
      if (method === 0) return new TextDecoder().decode(data)
      if (method !== 8) throw new SheetError('zip')
      return new Response(new Blob([data]).stream().pipeThrough(new DecompressionStream('deflate-raw'))).text()
    }
    at += 46 + name_size + extra + comment
  }
  return null
}

function column_of(reference: string): number {
  let column = 0
  for (const letter of reference.replace(/\d+$/, '')) column = column * 26 + letter.charCodeAt(0) - 64
  return column - 1
}

export async function parse_xlsx(bytes: Uint8Array): Promise<string[][]> {
  const read = async (name: string) => {
    const text = await member(bytes, name)
    return text === null ? null : new DOMParser().parseFromString(text, 'application/xml')
  }
  const texts = (element: Element) => [...element.getElementsByTagName('t')].filter((one) => one.parentElement?.tagName !== 'rPh').map((one) => one.textContent ?? '').join('')
  const strings = [...((await read('xl/sharedStrings.xml'))?.getElementsByTagName('si') ?? [])].map(texts)
  const sheet = await read('xl/worksheets/sheet1.xml')
  if (!sheet) throw new SheetError('sheet')
  return [...sheet.getElementsByTagName('row')].map((row) => {
    const cells: string[] = []
    for (const cell of row.getElementsByTagName('c')) {
      const value = cell.getElementsByTagName('v')[0]?.textContent ?? ''
      const kind = cell.getAttribute('t')
      const at = column_of(cell.getAttribute('r') ?? '')
      cells[at >= 0 ? at : cells.length] = kind === 's' ? (strings[Number(value)] ?? '') : kind === 'inlineStr' ? texts(cell) : value
    }
    return Array.from(cells, (cell) => cell ?? '')
  })
}

export async function read_file(file: File): Promise<Row[]> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return rows_of(await parse_xlsx(bytes))
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    text = new TextDecoder('gb18030').decode(bytes)
  }
  return rows_of(/\.csv$/i.test(file.name) ? parse_csv(text) : text.split(/\r?\n/).map((line) => line.split('\t')))
}
