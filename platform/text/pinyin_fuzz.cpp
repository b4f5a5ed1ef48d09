// Arbitrary bytes through the functions that read user text: no crash, and what they promise about their results.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/utf8.hpp"
#include "text/characters.hpp"
#include "text/convert.hpp"
#include "text/generic.hpp"
#include "text/pinyin.hpp"
#include "text/similarity.hpp"
#include "text/sound.hpp"
#include "text/spelling.hpp"
#include "text/tokens.hpp"

namespace {
void must(bool condition) {
  if (!condition) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace civitas::text;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::size_t points = 0;
  for (std::size_t at = 0; at < text.size(); ++points) civitas::next_code_point(text, at);
  must(pinyin(text).size() == points);
  const std::string with_tones = toned(text);
  must(civitas::is_valid_utf8(with_tones));
  if (auto overrides = overrides_from(text, with_tones)) {
    must(sound_hash(text, SoundLevel::exact, &*overrides) == sound_hash(text, SoundLevel::exact));
    index_tokens(text, &*overrides);
    spell(text, {Feature::none, {1, 3}, &*overrides});
  }
  for (const auto level : {SoundLevel::exact, SoundLevel::toneless, SoundLevel::near})
    must((sound_hash(text, level) == 0) == sound_key(text, level).empty());
  for (const char c : index_tokens(text)) must(c == ' ' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'));
  for (const auto& group : query_tokens(text))
    for (const auto& token : group)
      for (const char c : token.text) must((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'));
  must(civitas::is_valid_utf8(normalise(text)));
  must(civitas::is_valid_utf8(fold(text)));
  const NameSplit split = split_name(text);
  must(split.specific.size() + split.generic.size() == text.size());
  must(civitas::is_valid_utf8(spell(text).toned));
  const std::string_view half = text.substr(0, size / 2), rest = text.substr(size / 2);
  const double alike = similarity(half, rest);
  must(alike >= 0 && alike <= 1);
  must(edit_distance(text, text) == 0);
  chinese_number(text);
  return 0;
}
