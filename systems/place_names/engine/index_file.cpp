#include "place_names/engine/index_file.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "place_names/engine/suffix.hpp"

namespace civitas::place_names {

using namespace index_format;

namespace {

/// A search ends at an empty slot: there must be one, and each list must lie inside the postings.
bool table_is_sound(std::span<const Slot> table, std::span<const std::uint32_t> postings) {
  bool has_empty = false;
  for (const auto& slot : table) {
    if (slot.key == 0) {
      has_empty = true;
      continue;
    }
    if (slot.begin > postings.size() || slot.count > postings.size() - slot.begin) return false;
  }
  return has_empty;
}

}  // namespace

Result<std::unique_ptr<IndexFile>> IndexFile::open(const std::filesystem::path& path) {
  CIVITAS_TRY(auto file, SectionFile::open(path, matching_file));
  CIVITAS_CHECK(file.verify());
  std::unique_ptr<IndexFile> index(new IndexFile(std::move(file)));
  CIVITAS_CHECK(index->check());
  return index;
}

Status IndexFile::check() {
  auto take = [&](Section section, auto& into) { return file_.take(static_cast<std::size_t>(section), into); };
  std::span<const char> name_bytes, part_bytes;
  std::span<const Calibration> calibrations;
  if (!take(Section::nodes, nodes) || !take(Section::forms, forms) || !take(Section::form_chars, form_chars) ||
      !take(Section::names, name_bytes) || !take(Section::chars, chars) || !take(Section::sounds, sounds) ||
      !take(Section::upper_table, upper) || !take(Section::lower_table, lower) || !take(Section::fuzzy_table, fuzzy) ||
      !take(Section::postings, postings) || !take(Section::bloom, bloom) || !take(Section::bigrams, bigrams) ||
      !take(Section::unigrams, unigrams) || !take(Section::calibration, calibrations) || !take(Section::rare, rare) ||
      !take(Section::parts, part_bytes) || !take(Section::crossings, crossings))
    return fail(damaged("section length"));
  names = {name_bytes.data(), name_bytes.size()};
  parts = {part_bytes.data(), part_bytes.size()};
  if (!std::is_sorted(rare.begin(), rare.end()) || !std::is_sorted(crossings.begin(), crossings.end()))
    return fail(damaged("order"));
  if (calibrations.size() != 1 || chars.size() != 65536 || unigrams.size() != 65536 || sounds.empty() ||
      sounds.size() > 65535 || nodes.size() >= none || !std::has_single_bit(bloom.size()) ||
      !is_table_size(upper.size()) || !is_table_size(lower.size()) || !is_table_size(fuzzy.size()) ||
      !is_table_size(bigrams.size()))
    return fail(damaged("section shape"));
  calibration = calibrations.data();
  const auto* weights = reinterpret_cast<const float*>(calibration);
  for (std::size_t i = 0; i < sizeof(Calibration) / sizeof(float); ++i)
    if (!std::isfinite(weights[i])) return fail(damaged("calibration"));

  const auto suffix_count = suffixes().size();
  for (const auto& f : forms)
    if (f.length == 0 || f.chars_begin > form_chars.size() || f.length > form_chars.size() - f.chars_begin ||
        f.suffix >= suffix_count || static_cast<int>(f.kind) > static_cast<int>(FormKind::old))
      return fail(damaged("form"));
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    const Node& n = nodes[i];
    const bool tree = (n.parent == none || (n.parent < i && nodes[n.parent].subtree_end >= n.subtree_end)) &&
                      n.subtree_end > i && n.subtree_end <= nodes.size();
    if (!tree || n.level < 1 || n.level > 6 || n.form_begin > forms.size() ||
        n.form_count > forms.size() - n.form_begin || n.name_begin > names.size() ||
        n.name_bytes > names.size() - n.name_begin || (n.code_digits != 12 && n.code_digits != 20))
      return fail(damaged("node"));
  }
  for (auto id : postings)
    if (id >= nodes.size()) return fail(damaged("posting"));
  if (!table_is_sound(upper, postings) || !table_is_sound(lower, postings) || !table_is_sound(fuzzy, postings))
    return fail(damaged("table"));
  bool has_empty = false;
  for (const auto& b : bigrams) has_empty = has_empty || b.key == 0;
  if (!has_empty) return fail(damaged("bigrams"));
  for (const auto& row : chars)
    for (auto s : row.sounds)
      if (s >= sounds.size()) return fail(damaged("sounds"));
  for (const auto& s : sounds)
    if (s.length > sizeof s.letters || s.loose >= sounds.size()) return fail(damaged("sounds"));
  return {};
}

std::string IndexFile::code_of(std::uint32_t node) const {
  const Node& n = nodes[node];
  std::string text(n.code_digits, '0');
  auto write = [&](std::uint64_t number, std::size_t begin, std::size_t end) {
    for (; end > begin; number /= 10) text[--end] = static_cast<char>('0' + number % 10);
  };
  write(n.code_high, 0, 9);
  write(n.code_low, 9, text.size());
  return text;
}

bool IndexFile::runs_through(std::uint32_t place, std::uint32_t county) const {
  return std::binary_search(crossings.begin(), crossings.end(), Crossing{place, county});
}

float IndexFile::surprise(char16_t left, char16_t c) const {
  const std::uint32_t key = (static_cast<std::uint32_t>(left) << 16) | c;
  const std::size_t mask = bigrams.size() - 1;
  if (key)
    for (std::size_t i = mix(key) & mask;; i = (i + 1) & mask) {
      if (bigrams[i].key == key) return static_cast<float>(bigrams[i].surprise) / 16.0f;
      if (bigrams[i].key == 0) break;
    }
  return static_cast<float>(unigrams[c]) / 16.0f + 1.6f;  // the back-off weight 0.2
}

}  // namespace civitas::place_names
