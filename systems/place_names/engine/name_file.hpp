// The file of existing names that the name check reads: every division and standard place name with its code, division,
// legal kind and position, and tables by code, name, specific part and sound. A section file; private to the engine
// except for building (NameFileBuilder) and opening.
//
// Opening reads the header only, so no reader trusts what a section holds: all of them stay inside the file whatever it
// says, and verify() tells whether it is sound.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "place_names/engine/existing_name.hpp"
#include "place_names/engine/section_file.hpp"

namespace civitas::place_names {

enum class NameSection : std::uint32_t {
  entries,         // NameEntry[]
  text,            // code, name and division of each entry, UTF-8
  whole,           // Slot[2^k]: as NameKey
  specific,        // Slot[2^k]
  whole_sound,     // Slot[2^k]
  specific_sound,  // Slot[2^k]
  codes,           // Slot[2^k]: by code
  postings,        // entry numbers
  tables,          // std::uint64_t: which tables of generic terms and readings the keys come from
  count_
};
inline constexpr index_format::FileKind name_file{
    {'C', 'V', 'P', 'N', 'N', 'A', 'M', '\n'}, 1, static_cast<std::uint32_t>(NameSection::count_)};

struct NameEntry {
  double lon, lat;     // NaN: no position
  std::uint32_t text;  // code, then name, then division
  std::uint16_t name_bytes;
  std::uint8_t code_bytes, division_bytes;
  std::uint8_t kind;  // LegalKind
  std::uint8_t pad[7];
};
static_assert(sizeof(NameEntry) == 32);

/// What names that share `key` have in common; 0: this name has none (no sound).
std::uint64_t name_key(NameKey key, std::string_view name);

class NameFile {
 public:
  /// Fails with `place_names.index.missing`, `place_names.index.version` (also when the keys come from other tables
  /// than this program's) or `place_names.index.damaged`.
  static Result<std::shared_ptr<const NameFile>> open(const std::filesystem::path& file);

  std::size_t size() const { return entries_.size(); }
  std::size_t bytes() const { return file_.bytes(); }
  const Origin& origin() const { return file_.origin(); }
  /// Reads all of the file; fails with `place_names.index.damaged`.
  Status verify() const { return file_.verify(); }

  /// Gives the pages that were read back to the system.
  void release_pages() const { file_.release_pages(); }

  /// Entries of a key from name_key.
  std::span<const std::uint32_t> find(NameKey key, std::uint64_t value) const;
  std::optional<std::uint32_t> number_of(std::string_view code) const;
  /// False when there is no such entry, or a damaged one.
  bool read(std::uint32_t number, ExistingName& into) const;

 private:
  explicit NameFile(index_format::SectionFile file) : file_(std::move(file)) {}
  index_format::SectionFile file_;
  std::span<const NameEntry> entries_;
  std::span<const char> text_;
  std::span<const index_format::Slot> tables_[name_key_count], codes_;
  std::span<const std::uint32_t> postings_;
};

/// Takes the names one by one and keeps only what the file will hold of them.
class NameFileBuilder {
 public:
  /// Fails with `place_names.index.entry` for a code or name that is too long.
  Status add(const ExistingName& name);
  /// Bytes written. The builder is empty after it.
  Result<std::size_t> write(const std::filesystem::path& file, const Origin& origin = {});
  std::size_t size() const { return entries_.size(); }

 private:
  std::string_view code_of(const NameEntry& e) const { return std::string_view(text_).substr(e.text, e.code_bytes); }
  std::string_view name_of(const NameEntry& e) const {
    return std::string_view(text_).substr(e.text + e.code_bytes, e.name_bytes);
  }
  std::vector<NameEntry> entries_;
  std::string text_;
};

}  // namespace civitas::place_names
