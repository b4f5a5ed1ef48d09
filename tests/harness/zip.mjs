// A ZIP archive from names and bytes, and the smallest workbook of it: for tests that need one no program would write.
import { crc32 as crcOf, deflateRawSync } from 'node:zlib'

// node:zlib has crc32 since 20.15.
const crc32 = crcOf ?? ((bytes) => {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; ++bit) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return ~crc >>> 0
})

/** entries: {name, bytes} or {name, packed, crc, size} for what was deflated before. */
export function zip(entries) {
  const parts = []
  const directory = []
  let at = 0
  for (const entry of entries) {
    const name = Buffer.from(entry.name)
    const bytes = entry.packed ? undefined : Buffer.from(entry.bytes)
    const packed = entry.packed ?? deflateRawSync(bytes)
    const head = Buffer.alloc(26)
    head.writeUInt16LE(20, 0)
    head.writeUInt16LE(0x0800, 2)
    head.writeUInt16LE(8, 4)
    head.writeUInt32LE(0x5821, 6)
    head.writeUInt32LE(entry.crc ?? crc32(bytes), 10)
    head.writeUInt32LE(packed.length, 14)
    head.writeUInt32LE(entry.size ?? bytes.length, 18)
    head.writeUInt16LE(name.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), head, name, packed])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(at, 10)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), head, tail, name]))
    parts.push(local)
    at += local.length
  }
  const index = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(directory.length, 4)
  end.writeUInt16LE(directory.length, 6)
  end.writeUInt32LE(index.length, 8)
  end.writeUInt32LE(at, 12)
  return Buffer.concat([...parts, index, Buffer.from('PK\x05\x06'), end])
}

const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const relations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const packaged = 'http://schemas.openxmlformats.org/package/2006/relationships'

/** The parts of a workbook beside its one sheet. */
export const workbookParts = () => [
  { name: '[Content_Types].xml', bytes: '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>' },
  { name: '_rels/.rels', bytes: `<Relationships xmlns="${packaged}"><Relationship Id="r1" Type="${relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>` },
  { name: 'xl/workbook.xml', bytes: `<workbook xmlns="${main}" xmlns:r="${relations}"><sheets><sheet name="1" sheetId="1" r:id="r1"/></sheets></workbook>` },
  { name: 'xl/_rels/workbook.xml.rels', bytes: `<Relationships xmlns="${packaged}"><Relationship Id="r1" Type="${relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>` },
]

const escaped = (text) => String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;')
const sheetBegin = `<worksheet xmlns="${main}"><sheetData>`
const sheetEnd = '</sheetData></worksheet>'
const cell = (value) => (typeof value === 'number' ? `<c><v>${value}</v></c>` : `<c t="inlineStr"><is><t>${escaped(value)}</t></is></c>`)

export function workbook(rows) {
  const sheet = sheetBegin + rows.map((row) => `<row>${row.map(cell).join('')}</row>`).join('') + sheetEnd
  return zip([...workbookParts(), { name: 'xl/worksheets/sheet1.xml', bytes: sheet }])
}

/** A workbook of a few hundred kilobytes whose sheet unpacks to `megabytes` of spaces after its head row. */
export function bomb(head, megabytes) {
  const sheet = Buffer.concat([Buffer.from(sheetBegin + `<row>${head.map(cell).join('')}</row>`), Buffer.alloc(megabytes * 1048576, ' '), Buffer.from(sheetEnd)])
  return zip([...workbookParts(), { name: 'xl/worksheets/sheet1.xml', bytes: sheet }])
}
