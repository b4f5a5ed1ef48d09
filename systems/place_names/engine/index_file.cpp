#include "place_names/engine/index_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "place_names/engine/suffix.hpp"

namespace civitas::place_names {

using namespace index_format;

namespace index_format {

std::uint64_t checksum(const void* data, std::size_t bytes) {
  // Four independent lanes, so that the check of the whole file costs as much as reading it.
  const auto* p = static_cast<const unsigned char*>(data);
  std::uint64_t lane[4] = {0x9e3779b97f4a7c15ull, 0xbf58476d1ce4e5b9ull, 0x94d049bb133111ebull, bytes};
  std::size_t i = 0;
  for (; i + 32 <= bytes; i += 32)
    for (int k = 0; k < 4; ++k) {
      std::uint64_t word;
      std::memcpy(&word, p + i + 8 * static_cast<std::size_t>(k), 8);
      lane[k] = std::rotl((lane[k] ^ word) * 0x9fb21c651e98df25ull, 29);
    }
  std::uint64_t tail = 0;
  for (int shift = 0; i < bytes; ++i) {
    tail |= static_cast<std::uint64_t>(p[i]) << shift;
    shift += 8;
    if (shift == 64) {
      lane[0] = mix(lane[0] ^ tail);
      tail = 0;
      shift = 0;
    }
  }
  return mix(mix(lane[0] ^ tail) ^ mix(lane[1]) ^ std::rotl(mix(lane[2]), 17) ^ std::rotl(mix(lane[3]), 31));
}

}  // namespace index_format

namespace {

Problem damaged(const char* what) {
  return problem(Kind::unprocessable, "place_names.index.damaged", "地名匹配索引文件已损坏，请重新生成索引",
                 "The matching index is damaged; build it again")
      .with_detail(what);
}

template <class T>
bool take(std::span<const T>& into, const unsigned char* base, const SectionEntry& entry) {
  if (entry.bytes % sizeof(T) != 0 || entry.offset % alignof(T) != 0) return false;
  into = {reinterpret_cast<const T*>(base + entry.offset), entry.bytes / sizeof(T)};
  return true;
}

bool is_table_size(std::size_t n) {
  return n >= 2 && std::has_single_bit(n);
}

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

Result<std::unique_ptr<IndexFile>> IndexFile::open(const std::filesystem::path& file) {
  static_assert(std::endian::native == std::endian::little, "the index is little-endian and used in place");
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return fail(problem(Kind::not_found, "place_names.index.missing", "找不到地名匹配索引，请先生成索引",
                        "The matching index does not exist; build it first")
                    .with_detail(file.string()));
  struct stat info{};
  if (::fstat(fd, &info) != 0 || info.st_size < static_cast<off_t>(sizeof(Header))) {
    ::close(fd);
    return fail(damaged("shorter than its header"));
  }
  const auto bytes = static_cast<std::size_t>(info.st_size);
  void* base = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, fd, 0);
  ::close(fd);
  if (base == MAP_FAILED) return fail(internal_problem("mmap of the matching index failed"));
  std::unique_ptr<IndexFile> index(new IndexFile);
  index->base_ = base;
  index->bytes = bytes;
  CIVITAS_CHECK(index->check());
  return index;
}

IndexFile::~IndexFile() {
  if (base_) ::munmap(base_, bytes);
}

Status IndexFile::check() {
  const auto* base = static_cast<const unsigned char*>(base_);
  Header header;
  std::memcpy(&header, base, sizeof header);
  if (std::memcmp(header.magic, magic, sizeof magic) != 0) return fail(damaged("magic"));
  if (header.version != version)
    return fail(problem(Kind::unprocessable, "place_names.index.version",
                        "索引文件的版本不符，请重新生成索引",
                        "The index has another version; build it again"));
  if (header.header_checksum != checksum(&header, offsetof(Header, header_checksum)))
    return fail(damaged("header"));
  if (header.sections != section_count || header.file_bytes != bytes) return fail(damaged("length"));
  if (bytes < sizeof(Header) + sizeof(SectionEntry) * section_count) return fail(damaged("section table"));
  SectionEntry entries[section_count];
  std::memcpy(entries, base + sizeof(Header), sizeof entries);
  if (header.table_checksum != checksum(entries, sizeof entries)) return fail(damaged("section table"));
  for (const auto& e : entries) {
    if (e.offset % 64 != 0 || e.offset > bytes || e.bytes > bytes - e.offset)
      return fail(damaged("section bounds"));
    if (checksum(base + e.offset, e.bytes) != e.checksum) return fail(damaged("section checksum"));
  }
  auto at = [&](Section s) -> const SectionEntry& { return entries[static_cast<std::size_t>(s)]; };
  std::span<const char> name_bytes;
  std::span<const Calibration> calibrations;
  if (!take(nodes, base, at(Section::nodes)) || !take(forms, base, at(Section::forms)) ||
      !take(form_chars, base, at(Section::form_chars)) || !take(name_bytes, base, at(Section::names)) ||
      !take(chars, base, at(Section::chars)) || !take(sounds, base, at(Section::sounds)) ||
      !take(upper, base, at(Section::upper_table)) || !take(lower, base, at(Section::lower_table)) ||
      !take(fuzzy, base, at(Section::fuzzy_table)) || !take(postings, base, at(Section::postings)) ||
      !take(bloom, base, at(Section::bloom)) || !take(bigrams, base, at(Section::bigrams)) ||
      !take(unigrams, base, at(Section::unigrams)) || !take(calibrations, base, at(Section::calibration)))
    return fail(damaged("section length"));
  names = {name_bytes.data(), name_bytes.size()};
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
  if (!table_is_sound(upper, postings) || !table_is_sound(lower, postings) ||
      !table_is_sound(fuzzy, postings))
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
  char text[48];
  const int tail = n.code_digits - 9;
  std::snprintf(text, sizeof text, "%09u%0*llu", n.code_high, tail,
                static_cast<unsigned long long>(n.code_low));
  return text;
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
