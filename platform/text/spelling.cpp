#include "text/spelling.hpp"

#include <algorithm>
#include <array>

#include "base/utf8.hpp"
#include "text/characters.hpp"
#include "text/ideographs.hpp"

namespace civitas::text {

namespace {
using View = std::u32string_view;

constexpr View directions = U"东西南北中前后上下内外";
constexpr View numeral_characters = U"零〇一二三四五六七八九十百千";
// Words that end like a direction and are names of their own.
constexpr std::array<View, 28> direction_words = {U"江南", U"江北", U"江东", U"江西", U"江中", U"湖南", U"湖北",
                                                  U"河南", U"河北", U"山东", U"山西", U"广东", U"广西", U"云南",
                                                  U"海南", U"济南", U"淮南", U"淮北", U"台北", U"辽东", U"关东",
                                                  U"胶东", U"陕西", U"华中", U"华南", U"华东", U"华北", U"闽南"};
// Generic terms of streets that are counted (rule 7).
constexpr std::array<View, 17> counted = {U"路",   U"街",   U"巷",   U"弄",   U"条",   U"道",
                                          U"胡同", U"马路", U"环路", U"环线", U"大道", U"大街",
                                          U"横街", U"支路", U"横路", U"支巷", U"小巷"};

bool contains(View set, char32_t c) { return set.find(c) != View::npos; }

// Length of the cardinal number at the end of `text`, 0 when there is none or when it is part of a name such as 二七.
std::size_t cardinal_at_end(View text) {
  std::size_t length = 0;
  while (length < text.size() && contains(numeral_characters, text[text.size() - 1 - length])) ++length;
  return length > 0 && chinese_number(to_utf8(text.substr(text.size() - length))) > 0 ? length : 0;
}

class Speller {
 public:
  Speller(std::string_view name, const SpellingOptions& options)
      : text_(to_utf32(unify_ideographs(name))), syllables_(pinyin(name, options.overrides)), options_(options) {
    if (options.breaks.empty())
      guess(name);
    else
      breaks_ = options.breaks;
    for (std::size_t i = 1; i < text_.size(); ++i)  // digits stand alone: 1203高地
      if (is_digit(text_[i]) != is_digit(text_[i - 1])) cut(i);
    std::erase_if(breaks_, [&](std::size_t at) { return at == 0 || at >= text_.size(); });
    std::sort(breaks_.begin(), breaks_.end());
    breaks_.erase(std::unique(breaks_.begin(), breaks_.end()), breaks_.end());
  }

  Spelling result() {
    Spelling out;
    out.breaks = breaks_;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= breaks_.size(); ++i) {
      const std::size_t end = i < breaks_.size() ? breaks_[i] : text_.size();
      std::string toned, bare;
      write_word(begin, end, toned, bare);
      begin = end;
      if (toned.empty()) continue;
      if (!out.toned.empty()) out.toned += ' ', out.plain += ' ';
      out.toned += toned;
      out.plain += bare;
      out.words.push_back(std::move(toned));
    }
    out.capitals = to_capitals(out.plain);
    return out;
  }

 private:
  static bool is_digit(char32_t c) { return c >= U'0' && c <= U'9'; }
  void cut(std::size_t at) { breaks_.push_back(at); }
  View specific() const { return View(text_).substr(0, specific_); }
  View generic() const { return View(text_).substr(specific_); }

  void guess(std::string_view name) {
    NameSplit split = split_name(name, options_.feature);
    // A name known as a whole may still be asked for as a village: rule 3 wants one word all the same.
    feature_ = options_.feature != Feature::none ? options_.feature : split.features;
    specific_ = utf8_length(split.specific);
    if (split.generic.empty()) {
      specific_ = text_.size();
      return;
    }
    if (is_settlement()) return;
    cut(specific_);
    if (const GenericTerm* term = find_generic(split.generic))
      for (const std::size_t bytes : term->breaks) cut(specific_ + utf8_length(split.generic.substr(0, bytes)));
    if (has(feature_, Feature::road))
      street();
    else if (has(feature_, Feature::water | Feature::land))
      nature();
    else if (generic().size() == 1 && specific_ >= 3 && ordinal_before_generic())
      move_generic(specific_ - 1);
    if (has(feature_,
            Feature::building | Feature::organisation | Feature::transport | Feature::sight | Feature::works) &&
        !has(feature_, Feature::road | Feature::water | Feature::land))
      owner();
    if (feature_ == Feature::division) upper_divisions();
  }

  // Rule 3. Without a word of the caller only terms that name nothing else count: 庄 and 村, not 桥 and 湾.
  bool is_settlement() const {
    if (options_.feature != Feature::none) return options_.feature == Feature::settlement;
    constexpr auto others = ~static_cast<std::uint32_t>(Feature::settlement | Feature::division);
    return has(feature_, Feature::settlement) && (static_cast<std::uint32_t>(feature_) & others) == 0;
  }

  void move_generic(std::size_t to) {
    std::replace(breaks_.begin(), breaks_.end(), specific_, to);
    specific_ = to;
  }

  bool ordinal_before_generic() const {
    return cardinal_at_end(specific()) == 1 && !contains(numeral_characters, text_[specific_ - 2]);
  }

  // Rules 2, 4 and 7 for roads, streets and lanes.
  void street() {
    const std::size_t number = cardinal_at_end(specific());
    const bool is_counted = std::find(counted.begin(), counted.end(), generic()) != counted.end();
    if (number > 0 && is_counted) {
      cut(specific_ - number);
      ordinals_ = true;
      if (specific_ > number && text_[specific_ - number - 1] == U'第') {
        std::erase(breaks_, specific_ - number);
        cut(specific_ - number - 1);
      }
      return;
    }
    if (specific_ < 2) return;
    const char32_t last = text_[specific_ - 1];
    if (!contains(directions, last)) return;
    const bool whole = std::find(direction_words.begin(), direction_words.end(), specific()) != direction_words.end();
    const bool after_road = specific_ >= 3 && contains(U"路街道巷", text_[specific_ - 2]);
    if (generic().size() == 1 && !whole && (specific_ >= 3 || contains(U"小大新老", text_[0])))
      move_generic(specific_ - 1);
    else if (generic().size() == 2 && after_road)
      move_generic(specific_ - 1);
  }

  void nature() {
    if (generic().size() == 1 && specific_ >= 3 && contains(U"新老故", text_[specific_ - 1]))
      move_generic(specific_ - 1);
    if (text_[0] == U'第' && specific_ >= 4 && contains(numeral_characters, text_[1])) cut(2);
  }

  // Rule 14: the division that a building or organisation belongs to stands apart (费县汽车站).
  void owner() {
    for (std::size_t i = 1; i < specific_; ++i) {
      if (!contains(U"省市县区", text_[i])) continue;
      const bool plausible = text_[i] == U'县' || i >= 2;
      if (!plausible) continue;
      cut(i);
      cut(i + 1);
      return;
    }
  }

  // A city and its district given as one name.
  void upper_divisions() {
    std::size_t begin = 0;
    for (std::size_t i = 2; i + 2 < specific_; ++i)
      if (contains(U"省市", text_[i]) && i >= begin + 2) {
        cut(i);
        cut(i + 1);
        begin = i + 1;
      }
  }

  bool counts(std::size_t begin, std::size_t end) const {
    return (ordinals_ || !options_.breaks.empty()) && end < text_.size() && end > begin;
  }

  void write_word(std::size_t begin, std::size_t end, std::string& toned, std::string& bare) const {
    const View word = View(text_).substr(begin, end - begin);
    if (counts(begin, end)) {
      const bool ordinal = word[0] == U'第' && word.size() > 1;
      const int number = chinese_number(to_utf8(ordinal ? word.substr(1) : word));
      if (number > 0) {
        toned = (ordinal ? "Dì-" : "") + std::to_string(number);
        bare = (ordinal ? "Di-" : "") + std::to_string(number);
        return;
      }
    }
    bool after_syllable = false;
    for (std::size_t i = begin; i < end; ++i) {
      const Syllable& syllable = syllables_[i];
      if (syllable.empty()) {
        if (text_[i] == U' ' || text_[i] == U'·') continue;
        append_utf8(toned, text_[i]);
        append_utf8(bare, text_[i]);
        after_syllable = false;
        continue;
      }
      if (text_[i] == U'儿' && after_syllable && is_suffix_er(i)) {
        toned += 'r';
        bare += 'r';
        continue;
      }
      const bool apostrophe =
          after_syllable && std::string_view("aoe").find(syllable.plain[0]) != std::string_view::npos;
      if (apostrophe) toned += '\'', bare += '\'';
      std::string plain_form;
      for (char c : syllable.plain) c == 'v' ? plain_form += "ü" : plain_form += c;
      if (toned.empty()) {
        toned += capital(syllable.toned);
        bare += capital(plain_form);
      } else {
        toned += syllable.toned;
        bare += plain_form;
      }
      after_syllable = true;
    }
  }

  // Rule 12: 儿 after a noun in the name of a lane or street; 女儿, 孤儿 and the like are words.
  bool is_suffix_er(std::size_t i) const {
    return has(feature_, Feature::road) && i + 1 == specific_ && !contains(U"女孤婴幼少健男", text_[i - 1]);
  }

  static char32_t upper(char32_t c) {
    if (c >= U'a' && c <= U'z') return c - 32;
    if (c == U'ü' || (c >= 0xE0 && c <= 0xFE)) return c - 32;
    return (c >= 0x100 && c < 0x180) || (c >= 0x1CD && c <= 0x1DC) ? upper_extended(c) : c;
  }
  // Latin Extended-A and the carons and ü of Extended-B: the capital stands one before its small letter.
  static char32_t upper_extended(char32_t c) {
    const bool small_is_even = c >= 0x1CD && c <= 0x1DC;
    return small_is_even == (c % 2 == 0) ? c - 1 : c;
  }

  static std::string capital(std::string_view word) {
    std::size_t at = 0;
    const char32_t first = next_code_point(word, at);
    std::string out;
    append_utf8(out, upper(first));
    out += word.substr(at);
    return out;
  }

  static std::string to_capitals(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) append_utf8(out, upper(next_code_point(text, at)));
    return out;
  }

  std::u32string text_;
  std::vector<Syllable> syllables_;
  const SpellingOptions& options_;
  std::vector<std::size_t> breaks_;
  std::size_t specific_ = 0;
  Feature feature_ = Feature::none;
  bool ordinals_ = false;
};
}  // namespace

Spelling spell(std::string_view name, const SpellingOptions& options) {
  if (name.empty()) return {};
  return Speller(name, options).result();
}

}  // namespace civitas::text
