#include "sql/sqlite_log.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/log.hpp"

namespace civitas::sql {

namespace {

// SQLite's own files take at most 17 bits of size in one write.
constexpr std::size_t most_gathered = (1 << 17) - 1;

// SQLite allocates this with room for the real file behind it.
struct LogFile {
  sqlite3_file base;
  sqlite3_int64 at;  // where `gathered` belongs
  std::string* gathered;
  int descriptor;     // another one of the same file; -1: none
  bool commits_wait;  // false: whoever commits waits for the disk elsewhere
  bool begun;         // its header was written and is not known to be on the disk
};
static_assert(sizeof(LogFile) % 8 == 0);

LogFile& log(sqlite3_file* f) { return *reinterpret_cast<LogFile*>(f); }
sqlite3_file* real(sqlite3_file* f) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(f) + sizeof(LogFile));
}

int write_gathered(sqlite3_file* f) {
  LogFile& l = log(f);
  if (l.gathered->empty()) return SQLITE_OK;
  const int code = real(f)->pMethods->xWrite(real(f), l.gathered->data(), static_cast<int>(l.gathered->size()), l.at);
  l.gathered->clear();
  return code;
}

int close_log(sqlite3_file* f) {
  const int written = write_gathered(f);
  delete log(f).gathered;
  if (log(f).descriptor >= 0) close(log(f).descriptor);
  const int closed = real(f)->pMethods->xClose(real(f));
  return written != SQLITE_OK ? written : closed;
}

int read_log(sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
  if (const int code = write_gathered(f); code != SQLITE_OK) return code;
  return real(f)->pMethods->xRead(real(f), to, size, at);
}

int write_log(sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
  LogFile& l = log(f);
  const bool follows = at == l.at + static_cast<sqlite3_int64>(l.gathered->size());
  if (!follows || l.gathered->size() + static_cast<std::size_t>(size) > most_gathered)
    if (const int code = write_gathered(f); code != SQLITE_OK) return code;
  if (l.gathered->empty()) l.at = at;
  if (at == 0) l.begun = true;
  l.gathered->append(static_cast<const char*>(from), static_cast<std::size_t>(size));
  return SQLITE_OK;
}

int truncate_log(sqlite3_file* f, sqlite3_int64 size) {
  if (const int code = write_gathered(f); code != SQLITE_OK) return code;
  return real(f)->pMethods->xTruncate(real(f), size);
}

int sync_log(sqlite3_file* f, int flags) {
  if (const int code = write_gathered(f); code != SQLITE_OK) return code;
  LogFile& l = log(f);
  if (!l.commits_wait && !l.begun) return SQLITE_OK;
  const int code = real(f)->pMethods->xSync(real(f), flags);
  if (code == SQLITE_OK) l.begun = false;
  return code;
}

int size_of_log(sqlite3_file* f, sqlite3_int64* size) {
  if (const int code = write_gathered(f); code != SQLITE_OK) return code;
  return real(f)->pMethods->xFileSize(real(f), size);
}

int lock_log(sqlite3_file* f, int level) { return real(f)->pMethods->xLock(real(f), level); }
int unlock_log(sqlite3_file* f, int level) { return real(f)->pMethods->xUnlock(real(f), level); }
int is_reserved(sqlite3_file* f, int* out) { return real(f)->pMethods->xCheckReservedLock(real(f), out); }
int control_log(sqlite3_file* f, int operation, void* argument) {
  return real(f)->pMethods->xFileControl(real(f), operation, argument);
}
int sector_size(sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); }
int characteristics(sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); }

// Version 1: the log is neither shared memory nor mapped.
const sqlite3_io_methods log_methods{1,           close_log,   read_log,        write_log,  truncate_log,
                                     sync_log,    size_of_log, lock_log,        unlock_log, is_reserved,
                                     control_log, sector_size, characteristics, nullptr,    nullptr,
                                     nullptr,     nullptr,     nullptr,         nullptr};

int open_file(sqlite3_vfs* layer, sqlite3_filename name, sqlite3_file* f, int flags, int* out_flags) {
  auto* below = static_cast<sqlite3_vfs*>(layer->pAppData);
  if (!(flags & SQLITE_OPEN_WAL)) return below->xOpen(below, name, f, flags, out_flags);
  f->pMethods = nullptr;
  const int code = below->xOpen(below, name, real(f), flags, out_flags);
  if (code != SQLITE_OK) return code;
  log(f).at = 0;
  log(f).gathered = new std::string();
  log(f).descriptor =
      open(name, O_WRONLY | O_CLOEXEC);  // SQLite keeps no lock on its log, which closing this one would drop
  log(f).commits_wait = true;
  log(f).begun = false;
  f->pMethods = &log_methods;
  return SQLITE_OK;
}

LogFile* log_of(sqlite3* writer) {
  sqlite3_file* f = nullptr;
  if (sqlite3_file_control(writer, "main", SQLITE_FCNTL_JOURNAL_POINTER, &f) != SQLITE_OK || !f ||
      f->pMethods != &log_methods)
    return nullptr;
  return &log(f);
}

}  // namespace

int log_descriptor(sqlite3* writer) {
  const LogFile* l = log_of(writer);
  return l ? l->descriptor : -1;
}

CommitsDoNotWait::CommitsDoNotWait(sqlite3* writer) : writer_(writer) {
  if (LogFile* l = log_of(writer_)) l->commits_wait = false;
}

CommitsDoNotWait::~CommitsDoNotWait() {
  if (LogFile* l = log_of(writer_)) l->commits_wait = true;
}

void wait_for_disk(int log_descriptor) {
  while (fdatasync(log_descriptor) != 0) {
    if (errno == EINTR) continue;
    log_error("sql.disk_refused", {{"error", std::strerror(errno)}});
    flush_log();
    std::_Exit(74);
  }
}

const char* log_file_system() {
  static const char* const registered = []() -> const char* {
    sqlite3_vfs* below = sqlite3_vfs_find(nullptr);
    if (!below) return nullptr;
    static sqlite3_vfs layer;
    layer = *below;  // everything but opening is the system's own
    layer.pNext = nullptr;
    layer.zName = "civitas";
    layer.szOsFile = static_cast<int>(sizeof(LogFile)) + below->szOsFile;
    layer.pAppData = below;
    layer.xOpen = open_file;
    return sqlite3_vfs_register(&layer, 0) == SQLITE_OK ? layer.zName : nullptr;
  }();
  return registered;
}

}  // namespace civitas::sql
