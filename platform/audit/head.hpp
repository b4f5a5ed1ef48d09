// The head of the trail outside of the database (审计封存头): one line for each seal, appended and on the disk before the
// seal is in the database, so that whoever holds the database cannot take away its end. It belongs into a folder with
// other rights than the data, and may be made append-only there (chattr +a): it is never written over.
//
// A line is a JSON object, signed: {"n": counter that only rises, "seal": number of the batch, "from", "to", "count",
// "hash", "at", "key", "signature"}. A line with "restored" instead of "seal" says that the database was set to that
// batch by an operator, and "because" why. A last line that a crash cut off is passed over.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "audit/audit.hpp"

namespace civitas::audit {

struct HeadLine {
  std::int64_t number = 0;    // 1, 2, …: also over restores
  bool restored = false;
  std::int64_t sequence = 0;  // of the batch; 0: before the first
  std::int64_t from = 0, to = 0, count = 0;
  std::string hash;
  Instant at;
  std::string because;  // of a restore
};

class HeadFile {
 public:
  explicit HeadFile(std::filesystem::path file) : file_(std::move(file)) {}

  /// Held by whoever seals or compares; the next one waits. Makes the file (mode 0600) when there is none.
  class Lock {
   public:
    explicit Lock(int descriptor) : descriptor_(descriptor) {}
    Lock(Lock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    ~Lock();

   private:
    int descriptor_;
  };
  Result<Lock> lock() const;

  /// All lines from the first to the last. Fails with `audit.head.damaged` when one is not signed by this installation
  /// or its number does not rise by one, `audit.head.file` when it cannot be read. No file: no lines.
  Result<std::vector<HeadLine>> lines(const Signer& signer) const;
  /// The last of them, without reading the others.
  Result<std::optional<HeadLine>> last(const Signer& signer) const;
  /// Returns when it is on the disk. The number is given by the caller: one more than that of `last`.
  Status append(const HeadLine& line, const Signer& signer) const;
  /// The lines up to the last one at this batch, not checked: for a backup of the database as of it. "" without one.
  Result<std::string> until(std::int64_t sequence) const;

  const std::filesystem::path& path() const { return file_; }

 private:
  std::filesystem::path file_;
};

}  // namespace civitas::audit
