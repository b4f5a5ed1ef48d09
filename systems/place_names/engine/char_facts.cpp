#include "place_names/engine/char_facts.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/utf8.hpp"
#include "place_names/engine/cells.hpp"
#include "text/convert.hpp"
#include "text/pinyin.hpp"
#include "text/shape.hpp"
#include "text/sound.hpp"

namespace civitas::place_names {

using namespace index_format;

namespace {

/// What the speech of Wuhan merges, on spelled syllables: the same classes as text::SoundLevel::near.
std::string loose_spelling(std::string s) {
  auto starts = [&](std::string_view p) { return s.starts_with(p); };
  if (starts("zh") || starts("ch") || starts("sh")) s.erase(1, 1);
  if (s[0] == 'n' && s.size() > 1) s[0] = 'l';
  if (starts("hu") && s.size() > 2) s = "f" + s.substr(2);
  if (s.size() > 2 && s.ends_with("ng") && !s.ends_with("ong")) s.pop_back();
  return s;
}

// Which characters look alike does not change: a pair is compared once in the life of the program, not at each making
// of an index, where all pairs of some thousand characters were four fifths of the work.
class Lookalikes {
 public:
  void fill(const std::vector<char16_t>& wanted, const std::vector<bool>& used, std::vector<CharRow>& chars) {
    const std::lock_guard lock(mutex_);
    for (const char16_t c : wanted)
      if (alike_.try_emplace(c).second) compare(c);
    for (const char16_t c : wanted) {
      std::size_t k = 0;
      for (const auto& [similarity, other] : alike_[c]) {
        if (k == std::size(chars[c].lookalikes)) break;
        if (used[other]) chars[c].lookalikes[k++] = other;
      }
    }
  }

 private:
  using Alike = std::vector<std::pair<float, char16_t>>;  // the most alike first

  void compare(char16_t c) {
    for (const char16_t other : known_) {
      const double similarity = text::shape_similarity(c, other);
      if (similarity < 0.7) continue;
      insert(alike_[c], {static_cast<float>(similarity), other});
      insert(alike_[other], {static_cast<float>(similarity), c});
    }
    known_.push_back(c);
  }

  static void insert(Alike& sorted, Alike::value_type one) {
    sorted.insert(std::lower_bound(sorted.begin(), sorted.end(), one, std::greater<>()), one);
  }

  std::mutex mutex_;
  std::vector<char16_t> known_;
  std::unordered_map<char16_t, Alike> alike_;
};

}  // namespace

void read_char_facts(const std::vector<bool>& used, std::span<const char32_t> rare, std::vector<CharRow>& chars,
                     std::vector<SoundRow>& sounds) {
  chars.assign(65536, CharRow{});
  sounds.assign(1, SoundRow{});
  std::map<std::string, std::uint16_t> numbers;
  std::vector<char16_t> in_names;
  const auto read_sounds = [&](char32_t c, CharRow& row) {
    std::size_t count = 0;
    for (const auto& syllable : text::readings(c)) {
      if (syllable.plain.empty() || syllable.plain.size() > sizeof(SoundRow::letters) || count == 3) continue;
      auto [at, fresh] = numbers.emplace(syllable.plain, static_cast<std::uint16_t>(sounds.size()));
      if (fresh) {
        SoundRow sound{};
        std::memcpy(sound.letters, syllable.plain.data(), syllable.plain.size());
        sound.length = static_cast<std::uint8_t>(syllable.plain.size());
        sounds.push_back(sound);
      }
      if (std::find(row.sounds, row.sounds + count, at->second) == row.sounds + count) row.sounds[count++] = at->second;
    }
  };
  for (std::uint32_t c = 0x3400; c < 0xA000; ++c) {
    if (c == 0x4DC0) c = 0x4E00;
    auto& row = chars[c];
    std::string utf8;
    append_utf8(utf8, c);
    const auto simplified = to_utf32(text::to_simplified(utf8));
    if (simplified.size() == 1 && simplified[0] != c && simplified[0] <= 0xFFFF)
      row.simplified = static_cast<char16_t>(simplified[0]);
    if (c == 0x5866) row.simplified = 0x6E7E;  // 塆 and 湾 are mixed in Wuhan's addresses
    read_sounds(c, row);
    if (used[c]) in_names.push_back(static_cast<char16_t>(c));
  }
  for (std::size_t i = 0; i < rare.size(); ++i) read_sounds(rare[i], chars[first_rare_unit + i]);
  std::map<std::string, std::uint16_t> classes;
  for (std::size_t i = 1; i < sounds.size(); ++i) {
    const std::string letters(sounds[i].letters, sounds[i].length);
    sounds[i].loose = classes.emplace(loose_spelling(letters), static_cast<std::uint16_t>(i)).first->second;
  }
  static Lookalikes lookalikes;
  lookalikes.fill(in_names, used, chars);
}

}  // namespace civitas::place_names
