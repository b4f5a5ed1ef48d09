// Comparison of names by sound, for the rule that names of a scope should not sound alike (《地名管理条例》 article
// 9(7), 9(8)). A name has one approved reading: give its Overrides; without them the reading is the one of pinyin().
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "text/pinyin.hpp"

namespace civitas::text {

enum class SoundLevel {
  exact,     // same syllables and tones
  toneless,  // same syllables
  near,      // zh=z ch=c sh=s, n=l, f=h(u), ang=an, eng=en, ing=in: what the speech of Wuhan merges
};

/// Key that is equal exactly for names of the same sound: "huang2 pi2", "huang pi", "huan pi". Digits sound like the
/// Chinese numerals (2马路 = 二马路), letters like themselves; spaces and symbols have no sound.
std::string sound_key(std::string_view name, SoundLevel level, const Overrides* overrides = nullptr);
/// 64-bit hash of the same, without building the key; stable between runs and versions of the tables, so that it may be
/// stored. Never 0 for a name with sound, 0 without.
std::uint64_t sound_hash(std::string_view name, SoundLevel level, const Overrides* overrides = nullptr);
/// Same sound of two names; false when either has no sound.
bool same_sound(std::string_view a, std::string_view b, SoundLevel level);
/// Any reading of the two characters has the same sound.
bool same_sound(char32_t a, char32_t b, SoundLevel level);

}  // namespace civitas::text
