#include "files/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.hpp"
#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "crypto/digest.hpp"

namespace civitas::files {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t piece = 256 * 1024;

Problem unwritable(const fs::path& where) {
  return problem(Kind::unavailable, "files.folder.unwritable",
                 "文件无法保存，请稍后重试；如仍失败请联系管理员检查存储空间。",
                 "The file cannot be stored. Try again later; if it still fails, ask the administrator to check the "
                 "storage.")
      .with_detail("cannot write " + where.string());
}

Problem executable() {
  return invalid("files.file.executable", "不能上传程序或脚本文件。", "Programs and scripts cannot be uploaded.")
      .with_field("file");
}

Problem empty_file() {
  return invalid("files.file.empty", "文件是空的，请重新选择。", "The file is empty; choose another.")
      .with_field("file");
}

bool is_digest(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool sync_folder(const fs::path& folder) {
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return fd.get() >= 0 && ::fsync(fd.get()) == 0;
}

// Removed when its content was not moved to its place.
struct Part {
  fs::path path;
  ~Part() {
    std::error_code ignored;
    fs::remove(path, ignored);
  }
};

// `read` fills a buffer and returns the count, 0 at the end, -1 when the source fails.
template <class Read>
Result<StoredBlob> take(const fs::path& part, std::uint64_t limit, Read read) {
  const Descriptor out(::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (out.get() < 0) return fail(unwritable(part));
  crypto::Digest digest(crypto::DigestAlgorithm::sha256);
  StoredBlob blob;
  std::string buffer(piece, '\0');
  for (;;) {
    const ssize_t n = read(buffer.data(), buffer.size());
    if (n < 0)
      return fail(
          invalid("base.file.unreadable", "文件无法读取，请重新上传。", "The file cannot be read; upload it again."));
    if (n == 0) break;
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(n));
    blob.size += bytes.size();
    if (blob.size > limit)
      return fail(
          problem(Kind::too_large, "files.file.too_large",
                  "文件超过 " + std::to_string(limit >> 20) + " MB，请压缩后再上传。",
                  "The file has more than " + std::to_string(limit >> 20) + " MB; make it smaller and upload it again.")
              .with_field("file"));
    digest.update(bytes);
    if (!write_all(out.get(), bytes)) return fail(unwritable(part));
  }
  if (blob.size == 0) return fail(empty_file());
  if (::fsync(out.get()) != 0) return fail(unwritable(part));
  blob.digest = digest.finish_hex();
  return blob;
}

}  // namespace

Status Files::create_tables(sql::Transaction& t) {
  return t.run_script(
      "CREATE TABLE IF NOT EXISTS files_upload(id TEXT PRIMARY KEY,digest TEXT NOT NULL,name TEXT NOT NULL,size BIGINT "
      "NOT NULL,type TEXT NOT NULL,"
      "uploaded_by BIGINT NOT NULL,uploaded_at BIGINT NOT NULL);"
      "CREATE INDEX IF NOT EXISTS files_upload_digest ON files_upload(digest)");
}

fs::path Files::path_of(std::string_view digest) const {
  // Nothing but a digest ever becomes a path.
  if (!is_digest(digest)) return folder_ / "none";
  return folder_ / digest.substr(0, 2) / digest.substr(2);
}

Status Files::place(const fs::path& part, const StoredBlob& blob) const {
  const fs::path target = path_of(blob.digest), folder = target.parent_path();
  std::error_code error;
  const bool made = fs::create_directories(folder, error);
  if (error) return fail(unwritable(folder));
  // The same content over itself: also renews the time, so that it is not cleared away before it is recorded.
  if (::rename(part.c_str(), target.c_str()) != 0) return fail(unwritable(target));
  if (!sync_folder(folder) || (made && !sync_folder(folder_))) return fail(unwritable(folder));
  return {};
}

Result<StoredBlob> Files::store_bytes(std::string_view content) const {
  std::error_code error;
  fs::create_directories(folder_, error);
  const Part part{folder_ / ("part-" + random_hex(12))};
  auto blob = take(part.path, content.size(), [&](char* into, std::size_t size) -> ssize_t {
    const std::size_t n = content.copy(into, size);
    content.remove_prefix(n);
    return static_cast<ssize_t>(n);
  });
  if (!blob) return blob;
  CIVITAS_TRY(blob->type, sniff_type(part.path));
  if (is_executable_type(blob->type)) return fail(executable());
  CIVITAS_CHECK(place(part.path, *blob));
  return blob;
}

Result<StoredBlob> Files::store_file(const fs::path& source, std::uint64_t limit) const {
  const Descriptor in(::open(source.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat facts{};
  if (in.get() < 0 || ::fstat(in.get(), &facts) != 0 || !S_ISREG(facts.st_mode))
    return fail(
        invalid("base.file.unreadable", "文件无法读取，请重新上传。", "The file cannot be read; upload it again.")
            .with_detail(source.string()));
  std::error_code error;
  fs::create_directories(folder_, error);
  const Part part{folder_ / ("part-" + random_hex(12))};
  auto blob = take(part.path, limit, [&](char* into, std::size_t size) -> ssize_t {
    for (;;) {
      const ssize_t n = ::read(in.get(), into, size);
      if (n >= 0 || errno != EINTR) return n;
    }
  });
  if (!blob) return blob;
  CIVITAS_TRY(blob->type, sniff_type(part.path));
  if (is_executable_type(blob->type)) return fail(executable());
  CIVITAS_CHECK(place(part.path, *blob));
  return blob;
}

Result<FileInfo> Files::record(sql::Transaction& t, const StoredBlob& blob, std::string_view name,
                               std::int64_t uploaded_by, Instant at) const {
  FileInfo info{random_hex(16), blob.digest, sanitize_name(name), blob.size, blob.type, uploaded_by, at};
  if (is_executable_name(info.name)) return fail(executable());
  CIVITAS_CHECK(t.execute(
      "INSERT INTO files_upload(id,digest,name,size,type,uploaded_by,uploaded_at) VALUES(?,?,?,?,?,?,?)",
      {info.id, info.digest, info.name, static_cast<std::int64_t>(info.size), info.type, uploaded_by, at.micros}));
  return info;
}

Result<FileInfo> Files::find(sql::Connection& c, std::string_view id) {
  std::optional<FileInfo> found;
  CIVITAS_CHECK(c.query("SELECT id,digest,name,size,type,uploaded_by,uploaded_at FROM files_upload WHERE id=?", {id},
                        [&](const sql::Row& row) {
                          found = FileInfo{std::string(row.text(0)), std::string(row.text(1)),
                                           std::string(row.text(2)), static_cast<std::uint64_t>(row.integer(3)),
                                           std::string(row.text(4)), row.integer(5),
                                           Instant{row.integer(6)}};
                          return sql::Continue::no;
                        }));
  if (!found)
    return fail(problem(Kind::not_found, "files.file.not_found", "没有找到这个文件，或您无权查看。",
                        "There is no such file, or you may not see it."));
  return *found;
}

Result<std::int64_t> Files::remove_unrecorded(sql::Database& database, std::int64_t age_seconds) const {
  const auto oldest_kept = fs::file_time_type::clock::now() - std::chrono::seconds(age_seconds);
  std::vector<fs::path> old;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
    std::error_code ignored;
    if (at->is_regular_file(ignored) && at->last_write_time(ignored) < oldest_kept) old.push_back(at->path());
  }
  std::int64_t removed = 0;
  CIVITAS_CHECK(database.read([&](sql::Connection& c) -> Status {
    for (const auto& path : old) {
      const std::string digest = path.parent_path().filename().string() + path.filename().string();
      const bool left_over = path.parent_path() == folder_ && path.filename().string().starts_with("part-");
      if (!is_digest(digest) && !left_over) continue;
      if (!left_over) {
        CIVITAS_TRY(const auto named, c.query_integer("SELECT 1 FROM files_upload WHERE digest=? LIMIT 1", {digest}));
        if (named) continue;
      }
      std::error_code ignored;
      removed += fs::remove(path, ignored) ? 1 : 0;
    }
    return {};
  }));
  return removed;
}

}  // namespace civitas::files
