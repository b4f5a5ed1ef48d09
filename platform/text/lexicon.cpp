#include "text/lexicon.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "text/embedded.hpp"

namespace civitas::text {

namespace {
constexpr char32_t plane_begin = 0x3400, plane_end = 0xA000;
enum : int { places = 0, general = 1 };

template <class Each>
void each_syllable(std::string_view reading, Each each) {
  while (!reading.empty()) {
    const std::size_t space = reading.find(' ');
    if (space != 0) each(reading.substr(0, space));
    if (space == std::string_view::npos) return;
    reading.remove_prefix(space + 1);
  }
}
}  // namespace

Lexicon::Lexicon() : plane_(plane_end - plane_begin) {
  syllables_.reserve(1600);
  syllables_.emplace_back();  // no_syllable
  toned_index_.assign(4096, {0, no_syllable});
  reading_pool_.reserve(64 * 1024);
  read_characters();
  read_words(place_readings_table(), places);
  read_words(words_table(), general);
  index(places);
  index(general);
  std::sort(plain_forms_.begin(), plain_forms_.end());
  plain_forms_.erase(std::unique(plain_forms_.begin(), plain_forms_.end()), plain_forms_.end());
}

const Lexicon& lexicon() {
  static const Lexicon instance;
  return instance;
}

SyllableId Lexicon::find_toned(std::string_view toned) const {
  const std::uint64_t hash = hash_text(toned);
  for (std::size_t slot = (hash >> 20) & 4095;; slot = (slot + 1) & 4095) {
    const auto& [stored, id] = toned_index_[slot];
    if (id == no_syllable) return no_syllable;
    if (stored == hash && syllables_[id].syllable.toned == toned) return id;
  }
}

SyllableId Lexicon::intern(std::string_view toned) {
  if (const SyllableId known = find_toned(toned); known != no_syllable) return known;
  auto syllable = syllable_from_toned(toned);
  if (!syllable || syllables_.size() > 3500) return no_syllable;
  const SyllableId id = static_cast<SyllableId>(syllables_.size());
  SyllableEntry entry{std::move(*syllable), {}, {}};
  entry.near = near_form(entry.syllable.plain);
  entry.hashes = {hash_text(entry.syllable.plain + std::to_string(entry.syllable.tone)),
                  hash_text(entry.syllable.plain), hash_text(entry.near)};
  plain_forms_.push_back(entry.syllable.plain);
  syllables_.push_back(std::move(entry));
  const std::uint64_t hash = hash_text(toned);
  std::size_t slot = (hash >> 20) & 4095;
  while (toned_index_[slot].second != no_syllable) slot = (slot + 1) & 4095;
  toned_index_[slot] = {hash, id};
  return id;
}

bool Lexicon::is_plain_syllable(std::string_view plain) const {
  return std::binary_search(plain_forms_.begin(), plain_forms_.end(), plain);
}

const Lexicon::Character* Lexicon::find(char32_t c) const {
  if (c >= plane_begin && c < plane_end) return &plane_[c - plane_begin];
  if (c < 0x3007) return nullptr;
  const auto at = std::lower_bound(others_.begin(), others_.end(), c,
                                   [](const auto& entry, char32_t wanted) { return entry.first < wanted; });
  return at != others_.end() && at->first == c ? &at->second : nullptr;
}

Lexicon::Character* Lexicon::find_or_add(char32_t c) {
  if (auto* known = const_cast<Character*>(find(c))) return known;
  const auto at = std::lower_bound(others_.begin(), others_.end(), c,
                                   [](const auto& entry, char32_t wanted) { return entry.first < wanted; });
  return &others_.insert(at, {c, Character{}})->second;
}

void Lexicon::read_characters() {
  others_.reserve(20000);
  each_row<3>(characters_table(), [&](const std::string_view* row) {
    std::size_t at = 0;
    const char32_t c = next_code_point(row[0], at);
    Character* character;
    if (c >= plane_begin && c < plane_end) {
      character = &plane_[c - plane_begin];
    } else {
      // The table is sorted, so that the new one belongs at the end.
      others_.emplace_back(c, Character{});
      character = &others_.back().second;
    }
    character->readings = static_cast<std::uint32_t>(reading_pool_.size());
    each_syllable(row[1], [&](std::string_view toned) {
      reading_pool_.push_back(intern(toned));
      ++character->reading_count;
    });
    character->level = row[2].empty() ? 0 : static_cast<std::uint16_t>(row[2][0] - '0');
  });
}

void Lexicon::read_words(std::string_view table, int which) {
  Words& words = words_[which];
  each_row<2>(table, [&](const std::string_view* row) {
    const auto text_offset = static_cast<std::uint32_t>(words.texts.size());
    const auto id_offset = static_cast<std::uint32_t>(words.ids.size());
    for (std::size_t at = 0; at < row[0].size();) words.texts += next_code_point(row[0], at);
    each_syllable(row[1], [&](std::string_view toned) { words.ids.push_back(intern(toned)); });
    const auto length = static_cast<std::uint32_t>(words.texts.size()) - text_offset;
    const bool sound = length == words.ids.size() - id_offset && length > 0 &&
                       std::find(words.ids.begin() + id_offset, words.ids.end(), no_syllable) == words.ids.end();
    if (sound && length > 1) {
      words.words.push_back({text_offset, id_offset, length});
      return;
    }
    if (sound) {
      // A single character: our reading comes before the ones of the dictionary.
      Character* character = find_or_add(words.texts[text_offset]);
      std::vector<SyllableId> order{words.ids[id_offset]};
      for (std::uint32_t i = 0; i < character->reading_count; ++i)
        if (const SyllableId id = reading_pool_[character->readings + i]; id != order[0]) order.push_back(id);
      character->readings = static_cast<std::uint32_t>(reading_pool_.size());
      character->reading_count = static_cast<std::uint16_t>(order.size());
      reading_pool_.insert(reading_pool_.end(), order.begin(), order.end());
    }
    words.texts.resize(text_offset);
    words.ids.resize(id_offset);
  });
}

void Lexicon::index(int which) {
  Words& words = words_[which];
  const auto text = [&](const Words::Word& w) { return std::u32string_view(words.texts).substr(w.text, w.length); };
  std::stable_sort(words.words.begin(), words.words.end(), [&](const auto& a, const auto& b) {
    const char32_t first_a = words.texts[a.text], first_b = words.texts[b.text];
    if (first_a != first_b) return first_a < first_b;
    if (a.length != b.length) return a.length > b.length;
    return text(a) < text(b);
  });
  for (std::uint32_t i = 0; i < words.words.size(); ++i) {
    Character* character = find_or_add(words.texts[words.words[i].text]);
    Range& range = character->words[which];
    if (range.count++ == 0) range.begin = i;
  }
}

std::span<const SyllableId> Lexicon::readings(char32_t c) const {
  const Character* character = find(c);
  if (!character) return {};
  return {reading_pool_.data() + character->readings, character->reading_count};
}

SyllableId Lexicon::first_reading(char32_t c) const {
  const Character* character = find(c);
  return character && character->reading_count > 0 ? reading_pool_[character->readings] : no_syllable;
}

int Lexicon::level(char32_t c) const {
  const Character* character = find(c);
  return character ? character->level : 0;
}

// Length of the longest word at the beginning of `text`, its syllables in `out`; 0 for none.
std::size_t Lexicon::match(int which, std::span<const char32_t> text, SyllableId* out) const {
  const Character* character = find(text[0]);
  if (!character || character->words[which].count == 0) return 0;
  const Words& words = words_[which];
  const Range range = character->words[which];
  for (std::uint32_t i = range.begin; i < range.begin + range.count; ++i) {
    const Words::Word& word = words.words[i];
    if (word.length > text.size() || words.texts[word.text + 1] != text[1]) continue;
    if (!std::equal(text.begin(), text.begin() + word.length, words.texts.begin() + word.text)) continue;
    std::copy_n(words.ids.begin() + word.syllables, word.length, out);
    return word.length;
  }
  return 0;
}

void Lexicon::resolve(std::span<const char32_t> text, SyllableId* out) const {
  std::fill_n(out, text.size(), no_syllable);
  for (std::size_t at = 0; at + 1 < text.size();) {
    const std::size_t length = match(places, text.subspan(at), out + at);
    at += length == 0 ? 1 : length;
  }
  for (std::size_t at = 0; at < text.size();) {
    if (out[at] != no_syllable) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && out[end] == no_syllable) ++end;
    const std::size_t length = end - at > 1 ? match(general, text.subspan(at, end - at), out + at) : 0;
    if (length == 0) {
      out[at] = first_reading(text[at]);
      ++at;
    } else {
      at += length;
    }
  }
}

}  // namespace civitas::text
