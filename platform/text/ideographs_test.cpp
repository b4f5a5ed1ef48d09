#include "text/ideographs.hpp"

#include <gtest/gtest.h>

#include "base/utf8.hpp"
#include "text/convert.hpp"
#include "text/pinyin.hpp"
#include "text/sound.hpp"
#include "text/spelling.hpp"

namespace civitas::text {
namespace {

TEST(Ideographs, RadicalsStrokesCompatibilityAndPrivateUseAreOrdinary) {
  EXPECT_EQ(unified_ideograph(0x2ED3), U'长');   // radical of the supplement
  EXPECT_EQ(unified_ideograph(0x2F29), U'小');   // Kangxi radical
  EXPECT_EQ(unified_ideograph(0x31D0), U'一');   // stroke
  EXPECT_EQ(unified_ideograph(0xF9F4), U'林');   // compatibility ideograph
  EXPECT_EQ(unified_ideograph(0x2F804), 0x4F60u);  // 你 of the supplement
  EXPECT_EQ(unified_ideograph(0xE832), 0x9FB8u);   // private use of GBK
  EXPECT_EQ(unified_ideograph(0xE831), 0x215D7u);  // the same, beyond the basic plane
  for (const char32_t c : {U'长', U'A', U'〇', char32_t{0xFA0E}, char32_t{0xE000}, char32_t{0x20000}, char32_t{0x10FFFF}})
    EXPECT_EQ(unified_ideograph(c), c);
}

TEST(Ideographs, ATextKeepsAllElse) {
  EXPECT_EQ(unify_ideographs("⻓沙⼩区，3栋 ⻩鹤"), "长沙小区，3栋 黄鹤");
  EXPECT_EQ(unify_ideographs("⻓"), "长");
  EXPECT_EQ(unify_ideographs("青山路12号 Ａ座 𠀀"), "青山路12号 Ａ座 𠀀");
  EXPECT_EQ(unify_ideographs(""), "");
  const std::string broken = "⻓\xE2\xBA", kept = unify_ideographs(broken);
  EXPECT_EQ(kept, "长\xE2\xBA");
}

TEST(Ideographs, NoEquivalentHasAnotherOne) {
  for (char32_t c = 0x2E80; c < 0x2FA20; ++c) {
    const char32_t plain = unified_ideograph(c);
    EXPECT_EQ(unified_ideograph(plain), plain) << std::hex << static_cast<std::uint32_t>(c);
  }
}

TEST(Ideographs, ReadSpeltAndComparedAsTheOrdinaryOnes) {
  EXPECT_EQ(plain("⻓江"), "chang jiang");
  EXPECT_EQ(spell("⻓江路").toned, spell("长江路").toned);
  EXPECT_EQ(fold("⻩⻰⼭"), "黄龙山");
  EXPECT_TRUE(overrides_from("⻓江", "zhǎng jiāng"));
  EXPECT_EQ(sound_hash("⻓江", SoundLevel::exact), sound_hash("长江", SoundLevel::exact));
}

}  // namespace
}  // namespace civitas::text
