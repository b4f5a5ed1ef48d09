#include "place_names/engine/suffix.hpp"

#include <algorithm>
#include <array>

namespace civitas::place_names {

namespace {

constexpr std::uint8_t bit(Level level) { return static_cast<std::uint8_t>(1u << static_cast<int>(level)); }
constexpr std::uint8_t P = bit(Level::province), C = bit(Level::city), D = bit(Level::county), T = bit(Level::township),
                       V = bit(Level::village);

enum Group : std::uint8_t {
  none,
  province,
  municipality,
  region,
  prefecture,
  county,
  district,
  banner,
  special_district,
  street,
  town,
  rural,
  sumu,
  zone,
  office,
  farm,
  forest,
  residents,
  villagers,
  living,
  gacha,
  team,
  sar
};

// clang-format off
const std::vector<Suffix>& table() {
  static const std::vector<Suffix> all = [] {
    std::vector<Suffix> list{
        {u"", 0, none},
        {u"省", P, province}, {u"市", static_cast<std::uint8_t>(P | C | D), municipality}, {u"自治区", P, region},
        {u"特别行政区", P, sar},
        {u"地区", static_cast<std::uint8_t>(C | T), prefecture}, {u"自治州", C, prefecture}, {u"州", C, prefecture},
        {u"盟", C, prefecture},
        {u"县", D, county}, {u"自治县", D, county}, {u"区", D, district}, {u"新区", D, district},
        {u"矿区", D, district}, {u"旗", D, banner}, {u"自治旗", D, banner}, {u"林区", D, special_district},
        {u"特区", D, special_district},
        {u"街道办事处", T, street}, {u"街道办", T, street}, {u"街道", T, street}, {u"街", T, street},
        {u"街办", T, street}, {u"街办事处", T, street}, {u"街街道", T, street}, {u"镇街道", T, street},
        {u"办事处街道", T, street}, {u"办事处", T, street}, {u"管理委员会街道", T, zone},
        {u"镇", T, town}, {u"镇人民政府", T, town}, {u"镇政府", T, town}, {u"乡", T, rural}, {u"乡人民政府", T, rural},
        {u"乡政府", T, rural}, {u"民族乡", T, rural}, {u"苏木", T, sumu},
        {u"开发区", T, zone}, {u"经济开发区", T, zone}, {u"管委会", T, zone}, {u"管理委员会", T, zone},
        {u"管理处", T, zone}, {u"管理区", static_cast<std::uint8_t>(T | V), zone}, {u"农场", T, farm}, {u"林场", T, forest},
        {u"社区居民委员会", V, residents}, {u"社区居委会", V, residents}, {u"社区居委", V, residents},
        {u"社区", V, residents}, {u"居民委员会", V, residents}, {u"居委会", V, residents}, {u"居委", V, residents},
        {u"居民委会", V, residents}, {u"社区委员会", V, residents}, {u"社区服务站", V, residents},
        {u"村民委员会", V, villagers}, {u"村村民委员会", V, villagers}, {u"村民委会", V, villagers},
        {u"村委会", V, villagers}, {u"村村委会", V, villagers}, {u"村委", V, villagers}, {u"村", V, villagers},
        {u"行政村", V, villagers}, {u"村委员会", V, villagers},
        {u"生活区", V, living}, {u"虚拟社区", V, living}, {u"虚拟生活区", V, living}, {u"嘎查", V, gacha},
        {u"嘎查村民委员会", V, gacha}, {u"嘎查委员会", V, gacha}, {u"生产队", V, team}, {u"连队", V, team},
    };
    std::stable_sort(list.begin() + 1, list.end(),
                     [](const Suffix& a, const Suffix& b) { return a.text.size() > b.text.size(); });
    return list;
  }();
  return all;
}

constexpr std::array<std::u16string_view, 60> peoples{
    u"蒙古族", u"回族", u"藏族", u"维吾尔族", u"苗族", u"彝族", u"壮族", u"布依族", u"朝鲜族", u"满族", u"侗族", u"瑶族",
    u"白族", u"土家族", u"哈尼族", u"哈萨克族", u"傣族", u"黎族", u"傈僳族", u"佤族", u"畲族", u"高山族", u"拉祜族", u"水族",
    u"东乡族", u"纳西族", u"景颇族", u"柯尔克孜族", u"土族", u"达斡尔族", u"仫佬族", u"羌族", u"布朗族", u"撒拉族", u"毛南族",
    u"仡佬族", u"锡伯族", u"阿昌族", u"普米族", u"塔吉克族", u"怒族", u"乌孜别克族", u"俄罗斯族", u"鄂温克族", u"德昂族",
    u"保安族", u"裕固族", u"京族", u"塔塔尔族", u"独龙族", u"鄂伦春族", u"赫哲族", u"门巴族", u"珞巴族", u"基诺族",
    u"各族", u"蒙古", u"哈萨克", u"柯尔克孜", u"维吾尔"};
// clang-format on

/// 恩施土家族苗族 → 恩施.
std::u16string_view without_peoples(std::u16string_view core) {
  bool again = true;
  while (again) {
    again = false;
    for (auto people : peoples)
      if (core.size() >= people.size() + 2 && core.ends_with(people)) {
        core.remove_suffix(people.size());
        again = true;
      }
  }
  return core;
}

}  // namespace

std::span<const Suffix> suffixes() { return table(); }

bool is_pseudo_level(std::u16string_view name, Level level) {
  if (level == Level::city) return name == u"市辖区" || name == u"县" || name.ends_with(u"行政区划");
  return level == Level::county && (name == u"市辖区" || name.empty());
}

std::vector<CutName> cut_name(std::u16string_view name, Level level) {
  std::vector<CutName> cuts;
  auto add = [&](std::u16string_view core, std::uint8_t suffix) {
    if (core.empty()) return;
    for (const auto& cut : cuts)
      if (cut.core == core) return;
    cuts.push_back({std::u16string(core), suffix});
  };
  if (level == Level::place) {
    add(name, 0);
    return cuts;
  }
  const auto& all = table();
  auto core = name;
  std::uint8_t group_suffix = 0;
  // Shorter endings first would cut 社区居委会 in two: the table is longest first. A second and third round
  // finds what people leave out of 民族街街道, 山河村村民委员会.
  for (int round = 0; round < 3; ++round) {
    bool cut = false;
    for (std::size_t i = 1; i < all.size(); ++i) {
      const auto& s = all[i];
      if (!suffix_fits(static_cast<std::uint8_t>(i), level) || !core.ends_with(s.text)) continue;
      // Endings glued from two are for reading texts; names are cut one ending at a time.
      if (s.text == u"街街道" || s.text == u"镇街道" || s.text == u"村村民委员会" || s.text == u"村村委会") continue;
      auto rest = core.substr(0, core.size() - s.text.size());
      if (rest.size() == 1 && level == Level::village && s.text.front() == u'村' && s.text.size() > 1)
        rest = core.substr(0, 2);  // 王村民委员会 is 王村
      if (rest.size() < 2) continue;
      if (round == 0) group_suffix = static_cast<std::uint8_t>(i);
      core = rest;
      add(core, group_suffix);
      auto plain = without_peoples(core);
      if (plain.size() != core.size()) add(plain, group_suffix);
      cut = true;
      break;
    }
    if (!cut) break;
  }
  if (cuts.empty()) add(name, 0);
  return cuts;
}

}  // namespace civitas::place_names
