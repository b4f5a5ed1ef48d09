// Rooms use only the rooms above them, systems never use one another, third-party headers stay in .cpp files, and the
// link lists of CMake say the same.   node tests/architecture/check_includes.mjs [--count FILE]
import { existsSync } from 'node:fs'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

// Headers that only their own room includes may hold what the room is made with.
const internal = {
  'platform/documents/test_files.hpp': 'writes packages with libzip for the tests of documents',
  'platform/documents/xlsx_parts.hpp': 'the parts of the reader share libzip handles; no other room includes it',
  'platform/documents/pdf_state.hpp': 'the parts of the writer share cairo handles; no other room includes it',
  'platform/geo/geos_context.hpp': 'one GEOS context a thread, shared by the .cpp files of geo',
  'platform/http/connection.hpp': 'the inside of a connection; only the .cpp files of http include it',
  'platform/http/core.hpp': 'what the server and its connections share; only the .cpp files of http include it',
  'platform/http/wire.hpp': 'streams of a connection; only the .cpp files of http include it',
  'platform/http/test_client.hpp': 'sockets of the tests of http',
  'platform/sql/postgres_connection.hpp': 'the PostgreSQL driver; only the .cpp files of sql include it',
  'platform/sql/sqlite_connection.hpp': 'the SQLite driver; only the .cpp files of sql include it',
  'platform/query/city_fixture.hpp': 'only tests include it',
}

const standard = new Set(
  `algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv chrono cinttypes climits clocale cmath compare
   complex concepts condition_variable coroutine csetjmp csignal cstdarg cstddef cstdint cstdio cstdlib cstring ctime cuchar cwchar deque
   exception execution expected filesystem forward_list fstream functional future initializer_list iomanip ios iosfwd iostream istream
   iterator latch limits list locale map memory memory_resource mutex new numbers numeric optional ostream queue random ranges ratio regex
   scoped_allocator semaphore set shared_mutex source_location span sstream stack stdexcept stop_token streambuf string string_view
   syncstream system_error thread tuple type_traits typeindex typeinfo unordered_map unordered_set utility valarray variant vector version`.split(/\s+/),
)

async function files(folder) {
  const out = []
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) out.push(...(await files(path)))
    else if (/\.(cpp|hpp)$/.test(entry.name)) out.push(path)
  }
  return out.sort()
}

const list = await readFile(join(root, 'platform/CMakeLists.txt'), 'utf8')
const rooms = /foreach\(\s*room\s+([^)]*)\)/.exec(list)[1].trim().split(/\s+/)
// `app` comes after the systems and wires everything.
const order = new Map([...rooms, 'app'].map((room, i) => [room, i]))

/** USES of every civitas_room(): library name → {uses, folder}. */
async function libraries() {
  const out = new Map()
  const visit = async (folder) => {
    const at = join(root, folder, 'CMakeLists.txt')
    if (!existsSync(at)) return
    const text = (await readFile(at, 'utf8')).replace(/#.*$/gm, '')
    for (const call of text.matchAll(/civitas_room\(\s*([\w]+)([^)]*)\)/g)) {
      const uses = /\bUSES\s+([\w\s]*?)(?=\b(?:PKG|LIBS|SOURCES)\b|$)/.exec(call[2])
      out.set(call[1], { folder, uses: uses ? uses[1].trim().split(/\s+/) : [] })
    }
  }
  for (const room of rooms) await visit(`platform/${room}`)
  for (const system of await readdir(join(root, 'systems'), { withFileTypes: true }))
    if (system.isDirectory())
      for (const part of await readdir(join(root, 'systems', system.name), { withFileTypes: true })) if (part.isDirectory()) await visit(`systems/${system.name}/${part.name}`)
  return out
}

const mistakes = []
let checked = 0
const known = await libraries()
const libraryOf = new Map([...known].map(([name, l]) => [l.folder, name]))

// Everything that follows from a USES list: its libraries are PUBLIC, so what they use may be used too.
function reachable(name, seen = new Set()) {
  for (const used of known.get(name)?.uses ?? []) {
    if (seen.has(used)) continue
    seen.add(used)
    reachable(used, seen)
  }
  return seen
}

for (const [name, { uses, folder }] of known) {
  for (const used of uses) {
    ++checked
    if (!known.has(used)) mistakes.push(`${folder}/CMakeLists.txt: USES ${used}, which is no room`)
    else if (order.has(name) && !(order.get(used) < order.get(name))) mistakes.push(`${folder}/CMakeLists.txt: ${name} USES ${used}, which is not above it`)
    else if (folder.startsWith('systems/') && known.get(used).folder.startsWith('systems/') && known.get(used).folder.split('/')[1] !== folder.split('/')[1])
      mistakes.push(`${folder}/CMakeLists.txt: ${name} USES ${used} of another system`)
  }
}

const folders = (await Promise.all(['platform', 'systems'].map((f) => files(join(root, f))))).flat()
for (const path of folders) {
  const file = relative(root, path)
  const [top, first, second] = file.split('/')
  const lines = (await readFile(path, 'utf8')).split('\n')
  const test = /_(test|fuzz|bench)\.cpp$/.test(file)
  lines.forEach((line, i) => {
    const include = /^\s*#\s*include\s*(["<])([^">]+)[">]/.exec(line)
    if (!include) return
    ++checked
    const wrong = (why) => mistakes.push(`${file}:${i + 1}: ${why}`)
    const target = include[2]
    const part = target.split('/')
    if (include[1] === '<') {
      const thirdParty = !standard.has(target) && !/^(sys|netinet|arpa)\/|^(unistd|fcntl|poll|netdb|signal|pthread|dirent|sched|ifaddrs)\.h$/.test(target)
      if (thirdParty && file.endsWith('.hpp') && !/(^|\/)test_\w+\.hpp$/.test(file) && !(file in internal)) wrong(`<${target}> in a header: third-party headers stay in .cpp files`)
      return
    }
    const inPlatform = order.has(part[0]) && existsSync(join(root, 'platform', target))
    const inSystem = existsSync(join(root, 'systems', target))
    if (!inPlatform && !inSystem) {
      if (!existsSync(join(dirname(path), target)) && !target.endsWith('.inc')) wrong(`"${target}" is in no room and no system`)
      return
    }
    // A header for the inside of a room is not for others.
    const full = (inPlatform ? 'platform/' : 'systems/') + target
    if (full in internal && dirname(full) !== dirname(file)) wrong(`"${target}" is for the inside of its room`)
    if (top === 'platform' && first !== 'app') {
      if (inSystem) return wrong(`${first} includes "${target}": the platform knows no system`)
      if (part[0] === first) return
      if (!(order.get(part[0]) < order.get(first))) return wrong(`${first} includes "${target}": ${part[0]} is not above ${first}`)
      if (!test && !reachable(first).has(part[0])) wrong(`${first} includes "${target}" but its CMakeLists.txt does not use ${part[0]}`)
    } else if (top === 'systems') {
      if (inSystem && part[0] !== first) return wrong(`system ${first} includes "${target}" of system ${part[0]}`)
      if (inPlatform && part[0] === 'app') return wrong(`system ${first} includes "${target}" of app`)
      const library = libraryOf.get(`systems/${first}/${second}`)
      if (library && !test && inPlatform && !reachable(library).has(part[0])) wrong(`${library} includes "${target}" but its CMakeLists.txt does not use ${part[0]}`)
      if (library && !test && inSystem && part[1] !== second && !reachable(library).has(libraryOf.get(`systems/${part[0]}/${part[1]}`)))
        wrong(`${library} includes "${target}" but its CMakeLists.txt does not use it`)
    }
  })
}
for (const file of Object.keys(internal)) if (!existsSync(join(root, file))) mistakes.push(`tests/architecture: ${file} is listed as internal and does not exist`)

// SQL, too: a room's tables are its own. People, departments and roles are records of the system `identity` whose columns
// the room of that name promises; others join them for names, which would else be asked one by one.
const joined = new Set(['identity_person', 'identity_department', 'identity_role'])
const keptBy = { identity_application_key: 'gateway', identity_password_request: 'api', identity_post: 'identity' }
const plain = (text) => text.replace(/^\s*\/\/.*$/gm, '').replace(/"\s*\n\s*"/g, '')
const owner = new Map(Object.entries(keptBy))
for (const path of folders) {
  const [top, room] = relative(root, path).split('/')
  if (top !== 'platform' || !path.endsWith('.cpp')) continue
  for (const table of plain(await readFile(path, 'utf8')).matchAll(/CREATE TABLE IF NOT EXISTS ([a-z_]+)\(/g)) owner.set(table[1], room)
}
const systems = (await readdir(join(root, 'systems'), { withFileTypes: true })).filter((e) => e.isDirectory()).map((e) => e.name)
for (const path of folders) {
  if (!path.endsWith('.cpp') || /_(test|fuzz|bench)\.cpp$/.test(path)) continue
  const file = relative(root, path)
  const [top, own] = file.split('/')
  for (const text of plain(await readFile(path, 'utf8')).matchAll(/"(?:[^"\\\n]|\\.)*"/g))
    for (const [, table] of text[0].matchAll(/\b(?:FROM|JOIN|INTO|UPDATE)\s+([a-z]+_[a-z_]+)/g)) {
      ++checked
      const room = owner.get(table)
      if (room && room !== own && !joined.has(table)) mistakes.push(`${file}: SQL names ${table}, a table of ${room}: ask that room`)
      const of = systems.find((name) => table.startsWith(`${name}_`))
      if (top === 'systems' && of && of !== own && !joined.has(table)) mistakes.push(`${file}: SQL names ${table} of the system ${of}`)
      if (top === 'platform' && of && of !== 'identity') mistakes.push(`${file}: SQL names ${table}: the platform knows no system`)
    }
}

for (const m of mistakes) console.log(m)
console.log(`${folders.length} files, ${checked} includes and links checked, ${mistakes.length} wrong`)
const at = process.argv.indexOf('--count')
if (at > 0) await writeFile(process.argv[at + 1], mistakes.length > 0 ? `0 ${mistakes.length}\n` : '1 0\n')
process.exit(mistakes.length > 0 ? 1 : 0)
