// The matching index opened for reading. Private to the engine; the public entrances are build_index and
// Matcher.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "place_names/engine/index_format.hpp"

namespace civitas::place_names {

class IndexFile {
 public:
  /// Maps the file and checks all of it (checksums, bounds, tree shape), so that readers need no checks of
  /// their own. Fails with `place_names.index.missing`, `place_names.index.version` or
  /// `place_names.index.damaged`.
  static Result<std::unique_ptr<IndexFile>> open(const std::filesystem::path& file);
  IndexFile(const IndexFile&) = delete;
  IndexFile& operator=(const IndexFile&) = delete;

  std::span<const index_format::Node> nodes;
  std::span<const index_format::Form> forms;
  std::span<const char16_t> form_chars;
  std::string_view names;
  std::span<const index_format::CharRow> chars;
  std::span<const index_format::SoundRow> sounds;
  std::span<const index_format::Slot> upper, lower, fuzzy;
  std::span<const std::uint32_t> postings;
  std::span<const std::uint64_t> bloom;
  std::span<const index_format::BigramSlot> bigrams;
  std::span<const std::uint8_t> unigrams;
  const index_format::Calibration* calibration = nullptr;
  std::span<const char32_t> rare;
  std::string_view parts;
  std::span<const index_format::Crossing> crossings;
  std::size_t bytes() const { return file_.bytes(); }
  const Origin& origin() const { return file_.origin(); }

  void release_pages() const { file_.release_pages(); }

  std::string code_of(std::uint32_t node) const;
  std::string_view name_of(std::uint32_t node) const {
    return names.substr(nodes[node].name_begin, nodes[node].name_bytes);
  }
  std::u16string_view chars_of(const index_format::Form& form) const {
    return {form_chars.data() + form.chars_begin, form.length};
  }
  std::span<const index_format::Form> forms_of(std::uint32_t node) const {
    return forms.subspan(nodes[node].form_begin, nodes[node].form_count);
  }
  bool bloom_may_hold(std::uint64_t key) const {
    const std::uint64_t word = bloom[(key >> 20) & (bloom.size() - 1)];
    const std::uint64_t bits = (1ull << (key & 63)) | (1ull << ((key >> 6) & 63)) | (1ull << ((key >> 12) & 63));
    return (word & bits) == bits;
  }
  float surprise(char16_t left, char16_t c) const;  // nats
  /// Whether the place is known to run through a county that is not its parent.
  bool runs_through(std::uint32_t place, std::uint32_t county) const;

 private:
  explicit IndexFile(index_format::SectionFile file) : file_(std::move(file)) {}
  Status check();
  index_format::SectionFile file_;
};

}  // namespace civitas::place_names
