// What the index files of the engine have in common: one little-endian, position-independent file that is
// memory-mapped, written beside its target and renamed.
//
//   Header | section table | sections, each 64-byte aligned with its own checksum
//
// Private to the engine: the matcher's index (index_format.hpp) and the file of existing names (name_file.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "place_names/engine/origin.hpp"

namespace civitas::place_names::index_format {

struct SectionEntry {
  std::uint64_t offset;
  std::uint64_t bytes;
  std::uint64_t checksum;
};

struct Header {
  char magic[8];
  std::uint32_t version;
  std::uint32_t sections;
  std::uint64_t file_bytes;
  Origin origin;
  std::uint64_t table_checksum;   // over the section table
  std::uint64_t header_checksum;  // over the fields before
};

/// What a file is: readers refuse every other one.
struct FileKind {
  char magic[8];
  std::uint32_t version;
  std::uint32_t sections;
};

/// A hash table with open addressing; its size is a power of two and at least one slot is empty.
struct Slot {
  std::uint64_t key;  // 0 empty
  std::uint32_t begin;
  std::uint32_t count;
};
static_assert(sizeof(Slot) == 16);

/// One number under one key, for fill_table.
struct Keyed {
  std::uint64_t key;
  std::uint32_t number;
  auto operator<=>(const Keyed&) const = default;
};

inline std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93ull;
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93ull;
  x ^= x >> 32;
  return x;
}

/// Of `bytes` bytes that come in pieces; all pieces but the last are multiples of 32 bytes.
class Checksum {
 public:
  explicit Checksum(std::uint64_t bytes)
      : lane_{0x9e3779b97f4a7c15ull, 0xbf58476d1ce4e5b9ull, 0x94d049bb133111ebull, bytes} {}
  void add(const void* data, std::size_t bytes);
  std::uint64_t value() const;

 private:
  std::uint64_t lane_[4], tail_ = 0;
};
std::uint64_t checksum(const void* data, std::size_t bytes);

/// Appends the numbers of each key, ascending, to `postings`, makes the table of the keys and gives `keyed` back.
void fill_table(std::vector<Keyed>& keyed, std::vector<Slot>& slots, std::vector<std::uint32_t>& postings);

/// Ends and stays inside whatever the table holds.
inline std::span<const std::uint32_t> find(std::span<const Slot> table, std::span<const std::uint32_t> postings,
                                           std::uint64_t key) {
  const std::size_t mask = table.size() - 1;
  for (std::size_t i = key & mask, left = table.size(); left > 0; i = (i + 1) & mask, --left) {
    const Slot& slot = table[i];
    if (slot.key == 0) return {};
    if (slot.key != key) continue;
    if (slot.begin > postings.size() || slot.count > postings.size() - slot.begin) return {};
    return postings.subspan(slot.begin, slot.count);
  }
  return {};
}

bool is_table_size(std::size_t slots);

/// `place_names.index.damaged`; `what` is for the log.
Problem damaged(const char* what);

class SectionFile {
 public:
  /// Maps the file and reads its header and section table, not the sections; removes what a crash left of writing it.
  /// Fails with `place_names.index.missing`, `place_names.index.version` or `place_names.index.damaged`.
  static Result<SectionFile> open(const std::filesystem::path& file, const FileKind& kind);
  SectionFile(SectionFile&& other) noexcept;
  SectionFile& operator=(SectionFile&& other) noexcept;
  ~SectionFile();

  std::size_t bytes() const { return bytes_; }
  const Origin& origin() const { return origin_; }
  /// False when the section is no whole number of items.
  template <class T>
  bool take(std::size_t section, std::span<const T>& into) const {
    const SectionEntry& e = table_[section];
    if (e.bytes % sizeof(T) != 0) return false;
    into = {reinterpret_cast<const T*>(base_ + e.offset), e.bytes / sizeof(T)};
    return true;
  }
  /// Compares the checksums of all sections; reads the file beside the mapping, so that no page of it becomes resident.
  Status verify() const;
  /// The mapped pages count no more as memory of the process until they are read again.
  void release_pages() const;

 private:
  SectionFile() = default;
  const unsigned char* base_ = nullptr;
  std::size_t bytes_ = 0;
  int fd_ = -1;
  Origin origin_;
  std::vector<SectionEntry> table_;
};

class SectionWriter {
 public:
  /// Begins a file beside `file`; it takes its place in `finish` and is removed when that is never reached.
  static Result<SectionWriter> create(const std::filesystem::path& file, const FileKind& kind);
  SectionWriter(SectionWriter&& other) noexcept;
  SectionWriter& operator=(SectionWriter&&) = delete;
  ~SectionWriter();

  Status put(std::size_t section, const void* data, std::size_t bytes);
  template <class List>
  Status put(std::size_t section, const List& list) {
    return put(section, list.data(), list.size() * sizeof(list[0]));
  }
  /// Size of the file, which is safe on disk.
  Result<std::size_t> finish(const Origin& origin);

 private:
  SectionWriter() = default;
  Status write(const void* data, std::size_t bytes, std::uint64_t at);
  std::filesystem::path target_, part_;
  FileKind kind_{};
  int fd_ = -1;
  std::uint64_t end_ = 0;
  std::vector<SectionEntry> table_;
};

}  // namespace civitas::place_names::index_format
