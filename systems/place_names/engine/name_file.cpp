#include "place_names/engine/name_file.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/utf8.hpp"
#include "text/generic.hpp"
#include "text/ideographs.hpp"
#include "text/sound.hpp"

namespace civitas::place_names {

using namespace index_format;

namespace {

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t h = 1469598103934665603ull;
  for (unsigned char c : text) h = (h ^ c) * 1099511628211ull;
  h = mix(h);
  return h ? h : 1;
}

// The digest of the tables is known when the program is built.
const std::uint64_t own_tables = hash_of(CIVITAS_NAME_TABLES);

}  // namespace

std::uint64_t name_key(NameKey key, std::string_view name) {
  const bool whole = key == NameKey::whole || key == NameKey::whole_sound;
  const std::string plain = text::unify_ideographs(name);
  std::string_view part = plain;
  if (!whole)
    if (const auto split = text::split_name(plain); !split.specific.empty()) part = split.specific;
  if (key == NameKey::whole || key == NameKey::specific) return hash_of(part);
  return mix(text::sound_hash(part, text::SoundLevel::exact));
}

Result<std::shared_ptr<const NameFile>> NameFile::open(const std::filesystem::path& path) {
  CIVITAS_TRY(auto mapped, SectionFile::open(path, name_file));
  std::shared_ptr<NameFile> made(new NameFile(std::move(mapped)));
  auto take = [&](NameSection section, auto& into) {
    return made->file_.take(static_cast<std::size_t>(section), into);
  };
  std::span<const std::uint64_t> tables;
  bool sound = take(NameSection::entries, made->entries_) && take(NameSection::text, made->text_) &&
               take(NameSection::codes, made->codes_) && take(NameSection::postings, made->postings_) &&
               take(NameSection::tables, tables) && tables.size() == 1 && is_table_size(made->codes_.size());
  for (std::size_t k = 0; sound && k < name_key_count; ++k)
    sound = take(static_cast<NameSection>(static_cast<std::size_t>(NameSection::whole) + k), made->tables_[k]) &&
            is_table_size(made->tables_[k].size());
  if (!sound) return fail(damaged("section shape"));
  if (tables[0] != own_tables)
    return fail(problem(Kind::unprocessable, "place_names.index.version",
                        "索引文件所用的通名和读音表不符，请重新生成索引。",
                        "The index was made with other tables of generic terms and readings; build it again."));
  return std::shared_ptr<const NameFile>(std::move(made));
}

std::span<const std::uint32_t> NameFile::find(NameKey key, std::uint64_t value) const {
  if (!value) return {};
  return index_format::find(tables_[static_cast<std::size_t>(key)], postings_, value);
}

std::optional<std::uint32_t> NameFile::number_of(std::string_view code) const {
  for (const auto number : index_format::find(codes_, postings_, hash_of(code))) {
    if (number >= entries_.size()) continue;
    const auto& e = entries_[number];
    if (e.code_bytes == code.size() && e.text <= text_.size() && code.size() <= text_.size() - e.text &&
        std::equal(code.begin(), code.end(), text_.begin() + e.text))
      return number;
  }
  return std::nullopt;
}

bool NameFile::read(std::uint32_t number, ExistingName& into) const {
  if (number >= entries_.size()) return false;
  const auto& e = entries_[number];
  const std::size_t bytes = std::size_t{e.code_bytes} + e.name_bytes + e.division_bytes;
  if (e.text > text_.size() || bytes > text_.size() - e.text || e.kind > static_cast<std::uint8_t>(LegalKind::other))
    return false;
  const std::string_view all(text_.data() + e.text, bytes);
  if (!is_valid_utf8(all)) return false;
  into.code.assign(all.substr(0, e.code_bytes));
  into.name.assign(all.substr(e.code_bytes, e.name_bytes));
  into.division.assign(all.substr(std::size_t{e.code_bytes} + e.name_bytes));
  into.kind = static_cast<LegalKind>(e.kind);
  if (std::isfinite(e.lon) && std::isfinite(e.lat))
    into.position = Position{e.lon, e.lat};
  else
    into.position.reset();
  return true;
}

Status NameFileBuilder::add(const ExistingName& name) {
  if (name.code.empty() || name.code.size() > 255 || name.division.size() > 255 || name.name.size() > 65535 ||
      text_.size() > std::numeric_limits<std::uint32_t>::max() - 70000)
    return fail(invalid("place_names.index.entry", "条目“" + name.code + "”的代码或名称过长。",
                        "Entry \"" + name.code + "\" has a code or name that is too long.")
                    .with_field(name.code));
  constexpr double nowhere = std::numeric_limits<double>::quiet_NaN();
  NameEntry e{};
  e.lon = name.position ? name.position->lon : nowhere;
  e.lat = name.position ? name.position->lat : nowhere;
  e.text = static_cast<std::uint32_t>(text_.size());
  e.code_bytes = static_cast<std::uint8_t>(name.code.size());
  e.name_bytes = static_cast<std::uint16_t>(name.name.size());
  e.division_bytes = static_cast<std::uint8_t>(name.division.size());
  e.kind = static_cast<std::uint8_t>(name.kind);
  text_.append(name.code).append(name.name).append(name.division);
  entries_.push_back(e);
  return {};
}

Result<std::size_t> NameFileBuilder::write(const std::filesystem::path& file, const Origin& origin) {
  CIVITAS_TRY(auto writer, SectionWriter::create(file, name_file));
  auto put = [&](NameSection section, const auto& list) { return writer.put(static_cast<std::size_t>(section), list); };
  CIVITAS_CHECK(put(NameSection::entries, entries_));
  CIVITAS_CHECK(put(NameSection::text, text_));
  std::vector<std::uint32_t> postings;
  std::vector<Slot> slots;
  std::vector<Keyed> keyed;
  // One table after another: what is in memory at once is one table, not five.
  auto table = [&](NameSection section, auto key_of) -> Status {
    keyed.reserve(entries_.size());
    for (std::uint32_t i = 0; i < entries_.size(); ++i)
      if (const auto key = key_of(entries_[i])) keyed.push_back({key, i});
    fill_table(keyed, slots, postings);
    return put(section, slots);
  };
  for (std::size_t k = 0; k < name_key_count; ++k)
    CIVITAS_CHECK(table(static_cast<NameSection>(static_cast<std::size_t>(NameSection::whole) + k),
                        [&](const NameEntry& e) { return name_key(static_cast<NameKey>(k), name_of(e)); }));
  CIVITAS_CHECK(table(NameSection::codes, [&](const NameEntry& e) { return hash_of(code_of(e)); }));
  CIVITAS_CHECK(put(NameSection::postings, postings));
  CIVITAS_CHECK(put(NameSection::tables, std::array{own_tables}));
  entries_ = {};
  text_ = {};
  return writer.finish(origin);
}

}  // namespace civitas::place_names
