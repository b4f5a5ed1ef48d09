#include "generate.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <stdexcept>
#include <unordered_map>
#include <unordered_set>

#include "base/utf8.hpp"
#include "text/characters.hpp"
#include "text/convert.hpp"
#include "text/pinyin.hpp"
#include "text/shape.hpp"

namespace civitas::bench {

namespace {

using place_names::Entry;
using place_names::Level;

struct Name {
  std::u32string core;
  std::u32string suffix;
};

// An own, simple cut: the test must not depend on the code under test.
Name cut(const std::u32string& name, Level level) {
  static const std::vector<std::u32string> village{U"社区居民委员会", U"社区居委会", U"居民委员会", U"村民委员会",
                                                   U"居委会",         U"村委会",     U"社区",       U"村"};
  static const std::vector<std::u32string> town{U"街道办事处", U"街道", U"镇", U"乡"};
  static const std::vector<std::u32string> upper{U"自治区", U"省", U"市", U"区", U"县"};
  const auto& list = level == Level::village ? village : level == Level::township ? town : upper;
  for (const auto& s : list)
    if (name.size() >= s.size() + 2 && name.ends_with(s)) return {name.substr(0, name.size() - s.size()), s};
  return {name, U""};
}

std::uint64_t hash(const std::vector<std::u32string_view>& parts) {
  std::uint64_t h = 1469598103934665603ull;
  for (auto part : parts) {
    for (char32_t c : part) h = (h ^ c) * 1099511628211ull;
    h = (h ^ 0xFFFF) * 1099511628211ull;
  }
  return h;
}

class Generator {
 public:
  Generator(const std::vector<Entry>& entries, const GenerateOptions& options)
      : options_(options), random_(options.seed * 7919 + static_cast<unsigned char>(options.mix)) {
    std::map<std::string, std::size_t> by_code;
    for (const auto& e : entries) {
      if (e.level == Level::place) continue;
      Unit u;
      u.code = e.code;
      u.name = to_utf32(e.name);
      u.level = e.level;
      u.cut = cut(u.name, e.level);
      by_code[e.code] = units_.size();
      units_.push_back(std::move(u));
    }
    for (auto& u : units_) {
      auto own = u.code;
      static constexpr std::size_t digits[] = {2, 4, 6, 9};
      for (std::size_t d = 0; d < 4; ++d) {
        auto parent = own.substr(0, digits[d]);
        parent.append(12 - parent.size(), '0');
        auto found = by_code.find(parent);
        const auto index = static_cast<std::size_t>(&u - units_.data());
        if (found != by_code.end() && found->second != index && units_[found->second].level < u.level) {
          const auto& name = units_[found->second].name;
          if (name != U"市辖区" && name != U"县" && !name.ends_with(U"行政区划"))
            u.up[d] = static_cast<int>(found->second);
        }
      }
      for (char32_t c : u.cut.core)
        if (u.level == Level::village && text::is_chinese(c)) ++frequency_[c];
    }
    for (std::size_t i = 0; i < units_.size(); ++i) {
      const auto& u = units_[i];
      if (u.level == Level::village) {
        in_county_.insert(hash({to_utf32(u.code.substr(0, 6)), u.cut.core}));
        by_county_[u.code.substr(0, 6)].push_back(i);
        (is_home(u) ? home_villages_ : villages_).push_back(i);
        for (std::size_t p = 0; p < patterns.size(); ++p) {
          const auto h = written(u, patterns[p]);
          auto& count = counts_[h ^ (p * 0x9E3779B97F4A7C15ull)];
          ++count.first;
          if (is_home(u)) ++count.second;
        }
      }
      if (u.level == Level::township) {
        towns_.push_back(i);
        if (is_home(u)) home_towns_.push_back(i);
        town_names_.insert(hash({to_utf32(u.code.substr(0, 6)), u.cut.core}));
      }
    }
    if (villages_.empty()) villages_ = home_villages_;
    for (auto [c, n] : frequency_) {
      common_.push_back(c);
      for (const auto& s : text::readings(c)) by_sound_[s.plain].push_back(c);
    }
    std::sort(common_.begin(), common_.end());
    for (auto& [sound, list] : by_sound_) std::sort(list.begin(), list.end());
  }

  std::vector<TestText> run() {
    std::vector<TestText> out;
    while (out.size() < options_.damaged) damaged(out);
    const auto total = out.size() + options_.invented;
    while (out.size() < total) invented(out);
    return out;
  }

 private:
  struct Unit {
    std::string code;
    std::u32string name;
    Level level = Level::village;
    Name cut;
    int up[4] = {-1, -1, -1, -1};  // province, city, county, township
  };
  // Which of province, city, county, township are written.
  using Pattern = unsigned;
  static constexpr std::array<Pattern, 8> patterns{0b1111, 0b1110, 0b1100, 0b1000, 0b0111, 0b0100, 0b0010, 0b0000};

  bool is_home(const Unit& u) const { return u.code.starts_with(options_.home); }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  bool chance(double p) { return std::uniform_real_distribution<double>(0, 1)(random_) < p; }
  template <class T>
  const T& pick(const std::vector<T>& list) {
    return list[below(list.size())];
  }

  std::uint64_t written(const Unit& u, Pattern pattern) const {
    std::vector<std::u32string_view> parts;
    for (unsigned d = 0; d < 4; ++d)
      if ((pattern >> d & 1) && u.up[d] >= 0) parts.push_back(units_[static_cast<std::size_t>(u.up[d])].cut.core);
    parts.push_back(u.cut.core);
    return hash(parts);
  }

  /// Nobody could tell which of two is meant: no fair question.
  bool is_unique(const Unit& u, std::size_t p) const {
    const auto& count = counts_.at(written(u, patterns[p]) ^ (p * 0x9E3779B97F4A7C15ull));
    return is_home(u) ? count.second == 1 && (patterns[p] != 0 || count.first < 4) : count.first == 1;
  }

  bool hurt(std::u32string& core, const std::string& how) {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < core.size(); ++i)
      if (text::is_chinese(core[i])) places.push_back(i);
    if (places.empty()) return false;
    const auto at = pick(places);
    if (how == "homophone") {
      const auto readings = text::readings(core[at]);
      if (readings.empty()) return false;
      const auto& list = by_sound_[readings[0].plain];
      std::vector<char32_t> others;
      for (char32_t c : list)
        if (c != core[at]) others.push_back(c);
      if (others.empty()) return false;
      core[at] = pick(others);
    } else if (how == "shape") {
      std::vector<char32_t> others = text::taken_for(core[at]);
      if (others.empty())
        for (char32_t c : common_)
          if (c != core[at] && text::similar_shape(core[at], c)) others.push_back(c);
      if (others.empty()) return false;
      core[at] = pick(others);
    } else if (how == "wrong") {
      if (core.size() < (options_.mix == 'a' ? 3u : 3u)) return false;
      const char32_t old = core[at];
      core[at] = pick(common_);
      if (core[at] == old) return false;
    } else if (how == "missing") {
      if (core.size() < 3) return false;
      core.erase(at, 1);
    } else if (how == "extra") {
      core.insert(at, 1, chance(0.3) ? core[at] : pick(common_));
    } else if (how == "swapped") {
      if (at + 1 >= core.size() || core[at] == core[at + 1] || !text::is_chinese(core[at + 1])) return false;
      std::swap(core[at], core[at + 1]);
    }
    return true;
  }

  std::u32string short_suffix(const Unit& u, const std::u32string& suffix) {
    if (u.level == Level::village) {
      const bool residents = suffix.find(U"居") != std::u32string::npos || suffix == U"社区";
      if (residents) return pick(std::vector<std::u32string>{U"社区", U"社区居委会", U"社区居民委员会", U"社区"});
      if (!suffix.empty()) return pick(std::vector<std::u32string>{U"村", U"村委会", U"村民委员会", U"村"});
    }
    if (u.level == Level::township && suffix == U"街道")
      return pick(std::vector<std::u32string>{U"街道", U"街道办事处", U"街", U"街道办"});
    return suffix;
  }

  void damaged(std::vector<TestText>& out) {
    static const std::vector<std::string> kinds_a{"full",   "levels",   "suffix",      "homophone",   "shape",
                                                  "wrong",  "missing",  "extra",       "swapped",     "number",
                                                  "pinyin", "initials", "traditional", "order",       "repeat",
                                                  "remark", "person",   "numeral",     "upper_damage"};
    static const std::vector<std::string> kinds_b{
        "levels",  "suffix", "homophone",   "shape",        "wrong",        "missing",           "extra",
        "swapped", "number", "two_damages", "short_suffix", "upper_damage", "levels_and_damage", "suffix_and_damage",
        "pinyin"};
    const auto kind = pick(options_.mix == 'a' ? kinds_a : kinds_b);
    const bool home = chance(options_.home_share);
    const bool town = chance(0.12) && kind != "upper_damage";
    const Unit& u = units_[town ? pick(home ? home_towns_ : towns_) : pick(home ? home_villages_ : villages_)];
    if (u.cut.core.size() < 2 || u.name.find(U'（') != std::u32string::npos) return;

    std::size_t p = 0;
    const bool drop =
        kind == "levels" || kind == "levels_and_damage" || (options_.mix == 'b' && chance(0.3)) || chance(0.25);
    if (town) {
      p = drop && kind != "pinyin" ? 1 + below(2) : 0;
      if (p == 2 && !home) p = 1;
    } else {
      if (drop) p = 1 + below(kind == "levels" ? 7 : 3);
      if (!is_unique(u, p)) return;
    }
    const bool damage_kind = kind == "homophone" || kind == "shape" || kind == "wrong" || kind == "missing" ||
                             kind == "extra" || kind == "swapped" || kind == "two_damages" ||
                             kind == "levels_and_damage" || kind == "suffix_and_damage";
    // A damaged name needs its surroundings: without township and county nobody could tell.
    if (damage_kind && !town && patterns[p] != 0b1111 && patterns[p] != 0b1110 && patterns[p] != 0b1100) return;

    std::vector<std::u32string> parts;
    std::vector<Name> names;
    for (unsigned d = 0; d < 4; ++d)
      if ((patterns[p] >> d & 1) && u.up[d] >= 0) {
        const auto& up = units_[static_cast<std::size_t>(u.up[d])];
        names.push_back(up.cut);
      }
    names.push_back(u.cut);
    auto& own = names.back();
    static const std::vector<std::string> hurts{"homophone", "shape", "wrong", "missing", "extra", "swapped"};
    if (kind == "suffix" || kind == "suffix_and_damage") {
      for (auto& name : names)
        if (chance(0.6) && &name != &own) name.suffix.clear();
      own.suffix.clear();
    }
    if (kind == "short_suffix" || (options_.mix == 'b' && chance(0.4)))
      if (!own.suffix.empty()) own.suffix = short_suffix(u, own.suffix);
    if (damage_kind) {
      const bool generic = kind == "two_damages" || kind == "levels_and_damage" || kind == "suffix_and_damage";
      const auto how =
          generic ? pick(std::vector<std::string>{"homophone", "shape", "missing", "extra", "swapped"}) : kind;
      // Mostly the name itself, at times a level above.
      auto& target = chance(0.75) || names.size() < 2 ? own : names[names.size() - 2];
      if (target.core.size() < 2 || !hurt(target.core, how)) return;
      if (kind == "two_damages") {
        auto& second = &target == &own && names.size() > 1 ? names[names.size() - 2] : own;
        if (second.core.size() < 3 || !hurt(second.core, pick(hurts))) return;
      }
      if (!town && in_county_.contains(hash({to_utf32(u.code.substr(0, 6)), own.core})) && own.core != u.cut.core)
        return;
      if (town && town_names_.contains(hash({to_utf32(u.code.substr(0, 6)), own.core})) && own.core != u.cut.core)
        return;
    }
    if (kind == "upper_damage") {
      if (names.size() < 2) return;
      if (!hurt(names[below(names.size() - 1)].core, pick(hurts))) return;
    }
    std::u32string prefix, text, tail;
    if (kind == "pinyin" || kind == "initials") {
      auto& target = names[below(names.size())];
      std::string letters = kind == "pinyin" ? text::plain(to_utf8(target.core)) : text::initials(to_utf8(target.core));
      letters.erase(std::remove(letters.begin(), letters.end(), ' '), letters.end());
      if (kind == "initials" && (patterns[p] != 0b1111 || &target == &own)) return;
      target.core = to_utf32(letters);
    }
    if (kind == "numeral") {
      static const std::u32string numerals = U"零一二三四五六七八九";
      bool changed = false;
      for (auto& c : own.core)
        if (auto at = numerals.find(c); at != std::u32string::npos)
          c = U'0' + static_cast<char32_t>(at), changed = true;
      if (!changed) return;
    }
    if (kind == "order") std::rotate(names.begin(), names.end() - 1, names.end());
    for (const auto& name : names) {
      text += name.core + name.suffix;
      if (kind == "repeat" && chance(0.4) && &name != &names.back()) text += name.core + name.suffix;
      if (kind == "remark" && chance(0.4)) text += pick(std::vector<std::u32string>{U"（原址）", U"(老地名)", U" "});
    }
    if (kind == "number" || (options_.mix == 'b' && chance(0.15) && kind != "suffix_and_damage"))
      tail = pick(std::vector<std::u32string>{U"12号", U"3栋2单元501室", U"特1号", U"附8号", U"5组", U"建设路15号",
                                              U"幸福小区6栋1203", U"87-3号", U"和平大道118号", U"3组26号"});
    if (kind == "person")
      tail = pick(
          std::vector<std::u32string>{U" 张伟 13812345678", U" 收件人：李娜", U"，电话027-85551234", U"王芳女士收"});
    text += tail;
    auto utf8 = to_utf8(text);
    if (kind == "traditional") {
      static const std::u32string simplified = U"东区道县乡镇马龙门湾桥张陈刘杨黄庄园车农场阳阴汉义华乌龟罗",
                                  traditional = U"東區道縣鄉鎮馬龍門灣橋張陳劉楊黃莊園車農場陽陰漢義華烏龜羅";
      bool changed = false;
      for (auto& c : text)
        if (auto at = simplified.find(c); at != std::u32string::npos && traditional[at] != c)
          c = traditional[at], changed = true;
      if (!changed) return;
      utf8 = to_utf8(text);
    }
    out.push_back({std::move(utf8), u.code, kind});
  }

  std::u32string invent_core() {
    static const std::vector<std::u32string> surnames{U"张", U"王", U"李", U"赵", U"陈", U"刘", U"杨",
                                                      U"黄", U"周", U"吴", U"徐", U"孙", U"胡", U"朱",
                                                      U"高", U"林", U"何", U"郭", U"马", U"罗"};
    static const std::vector<std::u32string> ends{U"家湾", U"家庄", U"家岗", U"家桥", U"家店", U"家墩", U"家冲",
                                                  U"家畈", U"庄",   U"湾",   U"桥",   U"店",   U"集",   U"畈"};
    static const std::vector<std::u32string> words{
        U"幸福", U"和谐", U"锦绣", U"阳光", U"金色", U"祥云",   U"星辰", U"碧波", U"翠竹", U"盛世", U"云锦", U"星海",
        U"瑞景", U"望月", U"听涛", U"银杏", U"虚构", U"不存在", U"测试", U"梦幻", U"彩虹", U"天鹅", U"凌霄", U"紫云"};
    static const std::vector<std::u32string> tails{U"", U"里", U"苑", U"湾", U"园", U"城", U"岭", U"坪", U"台", U"泉"};
    const auto how = below(options_.mix == 'a' ? 3 : 4);
    if (how == 0) return pick(surnames) + pick(ends);
    if (how == 1) return pick(words) + pick(tails);
    if (how == 2) {
      const auto& a = units_[pick(villages_)].cut.core;
      const auto& b = units_[pick(villages_)].cut.core;
      return a.substr(0, 1) + b.substr(b.size() > 2 ? 1 : 0);
    }
    std::u32string core;
    for (std::size_t i = 0, n = 2 + below(3); i < n; ++i) core += pick(common_);
    return core;
  }

  void invented(std::vector<TestText>& out) {
    static const std::vector<std::string> kinds{"new_village", "new_village", "new_township",     "borrowed_village",
                                                "new_county",  "random",      "new_village_bare", "new_village_number"};
    const auto kind = pick(kinds);
    const bool home = chance(options_.home_share);
    const Unit& town = units_[pick(home ? home_towns_ : towns_)];
    if (town.name.find(U'（') != std::u32string::npos) return;
    const auto county = town.code.substr(0, 6);
    std::u32string text;
    for (unsigned d = 0; d < 3; ++d) {
      if (town.up[d] < 0 || (d < 2 && chance(options_.mix == 'a' ? 0.2 : 0.4))) continue;
      if (d == 2 && kind == "new_county") continue;
      text += units_[static_cast<std::size_t>(town.up[d])].name;
    }
    static const std::vector<std::u32string> suffixes{U"社区居委会", U"村委会", U"社区", U"村", U"村民委员会"};
    auto core = kind == "borrowed_village" ? units_[pick(villages_)].cut.core : invent_core();
    if (core.size() < 2 || in_county_.contains(hash({to_utf32(county), core}))) return;
    if (kind == "random") {
      text.clear();
      for (std::size_t i = 0, n = 5 + below(12); i < n; ++i) text += pick(common_);
    } else if (kind == "new_township" || kind == "new_county") {
      if (kind == "new_county") text += invent_core() + pick(std::vector<std::u32string>{U"区", U"县"});
      auto name = invent_core();
      if (town_names_.contains(hash({to_utf32(county), name}))) return;
      text += name + pick(std::vector<std::u32string>{U"街道", U"镇", U"乡"}) + core + pick(suffixes);
    } else {
      text += town.name + core;
      if (kind != "new_village_bare") text += pick(suffixes);
      if (kind == "new_village_number") text += pick(std::vector<std::u32string>{U"12号", U"3栋2单元", U"5组"});
    }
    out.push_back({to_utf8(text), "", kind});
  }

  GenerateOptions options_;
  std::mt19937_64 random_;
  std::vector<Unit> units_;
  std::vector<std::size_t> villages_, home_villages_, towns_, home_towns_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_county_;
  std::unordered_set<std::uint64_t> in_county_, town_names_;
  std::unordered_map<std::uint64_t, std::pair<std::uint32_t, std::uint32_t>> counts_;
  std::unordered_map<char32_t, std::size_t> frequency_;
  std::vector<char32_t> common_;
  std::unordered_map<std::string, std::vector<char32_t>> by_sound_;
};

}  // namespace

std::vector<TestText> generate(const std::vector<Entry>& entries, const GenerateOptions& options) {
  return Generator(entries, options).run();
}

}  // namespace civitas::bench
