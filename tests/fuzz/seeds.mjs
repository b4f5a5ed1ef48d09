// Gives the fuzzers something to begin with: what is really read, written into a corpus folder for each.
//   node tests/fuzz/seeds.mjs FOLDER       FOLDER/NAME_fuzz/seed-… for every fuzzer that has seeds here
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { workbook } from '../harness/zip.mjs'
import { root } from '../harness/server.mjs'

const folder = process.argv[2]
if (!folder) throw new Error('usage: node tests/fuzz/seeds.mjs FOLDER')

function seeds(fuzzer, items) {
  const into = join(folder, fuzzer)
  mkdirSync(into, { recursive: true })
  items.forEach((bytes, i) => writeFileSync(join(into, `seed-${i}`), bytes))
}

const declared = readdirSync(join(root, 'systems'), { recursive: true })
  .filter((f) => /^[^/]+\/(terms\/)?[^/]+\.yaml$/.test(f))
  .sort()
  .map((f) => readFileSync(join(root, 'systems', f), 'utf8'))
seeds('entities_loader_fuzz', [
  ...declared,
  'a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n',
  '['.repeat(200),
  'entity: e\ntitle: {zh: 甲, en: A}\nfields:\n  - {name: name, type: text, title: {zh: 名, en: N}}\naccess:\n  - {role: public, read: "TRUE"}\n',
])

// Every condition of the declarations, and the operators that none of them uses.
const conditions = new Set(declared.flatMap((text) => [...text.matchAll(/(?:read|write|create|remove|when|visible|required_if|filter): "((?:[^"\\]|\\.)+)"/g)].map((m) => m[1].replaceAll('\\"', '"'))))
seeds('query_cql2_text_fuzz', [
  ...conditions,
  "name LIKE '武%' AND NOT (kind IN ('a','b') OR code IS NULL)",
  "CASEI(name) = CASEI('Wuhan') AND ACCENTI(name) = ACCENTI('é')",
  'floors BETWEEN 1 AND 2 + 3 * -4 / 5',
  "S_INTERSECTS(place,POLYGON((114 30,115 30,115 31,114 31,114 30))) AND S_DWITHIN(place,POINT(114.3 30.6),100)",
  "T_AFTER(since,DATE('1949-10-01')) AND T_DURING(updated_at,INTERVAL('2026-01-01T00:00:00Z','..'))",
  "A_CONTAINS(tags,('a','b')) AND \"name\"=''''",
  'matter = $matter AND first(grid_cell, S_CONTAINS(boundary, $place)) = $grid.id',
])
seeds('entities_value_text_fuzz', [
  '8：30', '8点半', '2 hours', '1小时30分', 'PT2H30M', '1:30:05', '积水、内涝；低洼',
  '{"week":{"mon":["8:30-12:00","14:00-24:00"]},"except":[{"on":"2026-10-01","hours":[]}]}',
])
seeds('query_cql2_json_fuzz', [
  '{"op":"and","args":[{"op":"like","args":[{"property":"name"},"武%"]},{"op":"not","args":[{"op":"in","args":[{"property":"kind"},["a","b"]]}]}]}',
  '{"op":"s_intersects","args":[{"property":"place"},{"type":"Polygon","coordinates":[[[114,30],[115,30],[115,31],[114,31],[114,30]]]}]}',
  '{"op":"s_within","args":[{"property":"place"},{"bbox":[114,30,115,31]}]}',
  '{"op":"t_during","args":[{"property":"updated_at"},{"interval":["2026-01-01T00:00:00Z",".."]}]}',
  '{"op":"between","args":[{"property":"floors"},1,{"op":"+","args":[2,{"op":"*","args":[3,-4]}]}]}',
  '{"op":"=","args":[{"op":"casei","args":[{"property":"name"}]},{"op":"casei","args":["Wuhan"]}]}',
  '{"op":"isNull","args":[{"property":"code"}]}',
])

const heads = [
  'GET /a/b?x=%E5%9F%8E&y=1 HTTP/1.1\r\nHost: h\r\nAccept-Language: zh-CN,en;q=0.5\r\nCookie: a=b; c=d\r\n\r\n',
  'POST /x/y HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n',
  'PATCH /x HTTP/1.0\r\nHost: h\r\nContent-Length: 10\r\nConnection: keep-alive\r\nIf-Match: "3"\r\n\r\n',
  '5;a="b"\r\nabcde\r\n10\r\n0123456789abcdef\r\n0\r\nTrailer: x\r\n\r\n',
  '--B\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\na,b\r\n--B--\r\n',
  '/a/../b//c;d?e=f&g=%2e%2E',
]
// The first byte of an input chooses what is tried.
// Masked with zeros; the two bytes in front choose pieces and limits.
const frames = [[0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69], [0x01, 0x81, 0, 0, 0, 0, 0xe6], [0x89, 0x80, 0, 0, 0, 0], [0x80, 0x82, 0, 0, 0, 0, 0x94, 0xbf],
  [0x82, 0xfe, 0, 126, 0, 0, 0, 0, ...Array(126).fill(1)], [0x88, 0x85, 0, 0, 0, 0, 0x03, 0xe8, 0x62, 0x79, 0x65]]
seeds('http_websocket_fuzz', [...frames, frames.flat()].flatMap((bytes) => [[0, 1], [6, 2], [16, 3], [2, 0]].map((choice) => Buffer.from([...choice, ...bytes]))))
seeds('http_http_fuzz', heads.flatMap((text) => Array.from({ length: 6 }, (_, i) => Buffer.concat([Buffer.from([i]), Buffer.from(text)]))))

const tables = ['标准名称,地名类别\r\n知音路,23510\r\n', 'a;b\n"x;""y";1\n', 'a\tb\n1\t\n', '\ufeffa,b\n,\n', Buffer.from([0xb5, 0xd8, 0xc3, 0xfb, 0x2c, 0x61, 0x0a]), '"open']
seeds('documents_csv_fuzz', tables.flatMap((text) => [0, 1, 2, 3].map((choice) => Buffer.concat([Buffer.from([choice]), Buffer.from(text)]))))
seeds('documents_xlsx_fuzz', [
  workbook([['标准名称', '经度'], ['知音路', 114.3], ['<b>', 1e300]]),
  workbook([]),
  '0<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="C1" t="s"><v>0</v></c></row><row r="9"><c r="B9" s="1"><v>45000.5</v></c></row></sheetData></worksheet>',
  '1<sst><si><t>a</t></si><si><r><t xml:space="preserve"> b</t></r><rPh><t>c</t></rPh></si></sst>',
  '1<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy-mm-dd;@"/></numFmts><cellXfs><xf numFmtId="164"/><xf numFmtId="14"/></cellXfs></styleSheet>',
])

// A receipt of a short message as a gateway sends it, and a link that is asked whether it lives.
const pdu = (command, body) => {
  const head = Buffer.alloc(16)
  head.writeUInt32BE(16 + body.length, 0)
  head.writeUInt32BE(command, 4)
  head.writeUInt32BE(7, 12)
  return Buffer.concat([head, body])
}
const receipt = 'id:abc123 sub:001 dlvrd:001 submit date:2611230900 done date:2611230901 stat:DELIVRD err:000 text:'
seeds('notify_smpp_pdu_fuzz', [
  pdu(0x15, Buffer.alloc(0)),
  pdu(0x05, Buffer.concat([Buffer.from('\0\x01\x0113800000000\0\0\x0110690000\0\x04\0\0\0\0\0\0\0\0', 'latin1'), Buffer.from([receipt.length]), Buffer.from(receipt), Buffer.from('\0\x1e\0\x04xyz\0\x04\x27\0\x01\x02', 'latin1')])),
])

console.log(`seeds in ${relative(process.cwd(), folder) || folder}`)
