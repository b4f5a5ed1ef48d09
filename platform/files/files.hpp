// Files that people upload: contents in a folder, addressed by their SHA-256 digest (`ab/cdef…`), each upload a row of
// files_upload. Equal contents are stored once. The type of a file is what its content says (libmagic), never what the
// sender claims; programs and scripts for the command line are refused.
//
// Contents are written before the transaction that records them, so a crash between leaves contents that no row names:
// `remove_unrecorded` clears them away.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "sql/database.hpp"

namespace civitas::files {

/// Contents that lie in the folder, durable on disk.
struct StoredBlob {
  std::string digest;  // SHA-256, lower-case hexadecimal
  std::uint64_t size = 0;
  std::string type;  // media type told from the content
};

struct FileInfo {
  std::string id;  // 16 random bytes in hexadecimal: cannot be guessed
  std::string digest;
  std::string name;  // sanitised
  std::uint64_t size = 0;
  std::string type;
  std::int64_t uploaded_by = 0;  // person; 0: anonymous
  Instant uploaded_at;
};

class Files {
 public:
  /// `folder` is created when missing.
  explicit Files(std::filesystem::path folder) : folder_(std::move(folder)) {}

  static Status create_tables(sql::Transaction& t);

  /// Stores contents; not inside a transaction, because it waits for the disk. Fails with `files.file.empty`,
  /// `files.file.too_large` (beyond `limit` bytes), `files.file.executable`, `base.file.unreadable`,
  /// `files.folder.unwritable`.
  Result<StoredBlob> store_bytes(std::string_view content) const;
  Result<StoredBlob> store_file(const std::filesystem::path& source,
                                std::uint64_t limit = std::uint64_t{4} << 30) const;

  /// One upload. A name whose ending makes it a program where people open it (.exe, .bat, .lnk …) fails with
  /// `files.file.executable`.
  Result<FileInfo> record(sql::Transaction& t, const StoredBlob& blob, std::string_view name, std::int64_t uploaded_by,
                          Instant at) const;
  /// 404 `files.file.not_found`.
  static Result<FileInfo> find(sql::Connection& c, std::string_view id);
  /// Where contents lie. `digest` comes from a FileInfo or StoredBlob.
  std::filesystem::path path_of(std::string_view digest) const;

  /// Removes contents that no upload names and that nobody stored for `age_seconds`; returns their number.
  Result<std::int64_t> remove_unrecorded(sql::Database& database, std::int64_t age_seconds = 86'400) const;

 private:
  Status place(const std::filesystem::path& part, const StoredBlob& blob) const;
  std::filesystem::path folder_;
};

/// Media type of a content by its bytes ("application/octet-stream" when nothing is known). Thread-safe.
Result<std::string> sniff_type(const std::filesystem::path& file);
/// Machine programs, installers and scripts that a double click would run.
bool is_executable_type(std::string_view type);
bool is_executable_name(std::string_view name);

/// The last part of a path without control, reordering or reserved characters, without dots and blanks at its ends, at
/// most 120 characters with the ending kept; "file" when nothing is left.
std::string sanitize_name(std::string_view name);

}  // namespace civitas::files
