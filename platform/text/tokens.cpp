#include "text/tokens.hpp"

#include <algorithm>
#include <cstdint>
#include <unordered_set>

#include "base/utf8.hpp"
#include "text/characters.hpp"
#include "text/convert.hpp"
#include "text/resolved.hpp"

namespace civitas::text {

namespace {
constexpr std::size_t most_syllables = 8;

void append_character(std::string& out, char32_t c) {
  static constexpr char digits[] = "0123456789abcdef";
  char buffer[8];
  int at = 8;
  do buffer[--at] = digits[c & 15];
  while ((c >>= 4) != 0);
  out += 'u';
  out.append(buffer + at, static_cast<std::size_t>(8 - at));
}

bool is_word_letter(char32_t c) { return (c >= U'a' && c <= U'z') || (c >= U'0' && c <= U'9'); }

/// Tokens behind one another in one string, each once. Names have few: a list of hashes is the fastest; a long text
/// gets a set.
class TokenList {
 public:
  explicit TokenList(std::size_t expected) {
    out_.reserve(expected);
    hashes_.reserve(64);
  }
  std::string& begin() {
    start_ = out_.size();
    if (!out_.empty()) out_ += ' ';
    return out_;
  }
  void discard() { out_.resize(start_); }
  void end() {
    const std::size_t first = start_ == 0 ? 0 : start_ + 1;
    if (!is_new(hash_text(std::string_view(out_).substr(first)))) discard();
  }
  std::string take() { return std::move(out_); }

 private:
  bool is_new(std::uint64_t hash) {
    if (hashes_.size() < 64) {
      if (std::find(hashes_.begin(), hashes_.end(), hash) != hashes_.end()) return false;
      hashes_.push_back(hash);
      if (hashes_.size() == 64) many_.insert(hashes_.begin(), hashes_.end());
      return true;
    }
    return many_.insert(hash).second;
  }

  std::string out_;
  std::size_t start_ = 0;
  std::vector<std::uint64_t> hashes_;
  std::unordered_set<std::uint64_t> many_;
};

// Overrides count code points of the original text: they hold after folding only when it kept their number.
bool same_length(std::string_view a, std::string_view b) { return utf8_length(a) == utf8_length(b); }
}  // namespace

std::string index_tokens(std::string_view text, const Overrides* overrides) {
  const std::string folded = fold(text);
  if (overrides && (!is_valid_utf8(text) || !same_length(text, folded))) overrides = nullptr;
  const Resolved resolved(folded);
  TokenList tokens(folded.size() * 20 + 16);
  const std::size_t size = resolved.size();
  for (std::size_t i = 0; i < size;) {
    if (is_chinese(resolved.character(i))) {
      std::size_t end = i;
      while (end < size && is_chinese(resolved.character(end))) ++end;
      for (std::size_t at = i; at < end; ++at) {
        append_character(tokens.begin(), resolved.character(at));
        tokens.end();
      }
      for (std::size_t at = i; at + 1 < end; ++at) {
        std::string& out = tokens.begin();
        append_character(out, resolved.character(at));
        append_character(out, resolved.character(at + 1));
        tokens.end();
      }
      i = end;
    } else if (is_word_letter(resolved.character(i))) {
      std::string& out = tokens.begin();
      out += 'w';
      for (; i < size && is_word_letter(resolved.character(i)); ++i) out += static_cast<char>(resolved.character(i));
      tokens.end();
    } else {
      ++i;
    }
  }
  // Letters and digits take part in the sound of a name: 2号线 is found by "2haoxian" and "2hx".
  const auto sounds = [&](std::size_t i) {
    return !resolved.syllable(i, overrides).empty() || is_word_letter(resolved.character(i));
  };
  for (int initials_only = 0; initials_only < 2; ++initials_only)
    for (std::size_t i = 0; i < size; ++i) {
      if (resolved.syllable(i, overrides).empty() &&
          !(is_word_letter(resolved.character(i)) && (i == 0 || !is_word_letter(resolved.character(i - 1)))))
        continue;
      std::string& out = tokens.begin();
      out += initials_only ? 'i' : 'p';
      bool chinese = false;
      for (std::size_t at = i, count = 0; at < size && count < most_syllables; ++at) {
        if (!sounds(at)) continue;
        const Syllable& syllable = resolved.syllable(at, overrides);
        if (syllable.empty()) {
          out += static_cast<char>(resolved.character(at));
          continue;
        }
        chinese = true;
        ++count;
        if (initials_only)
          out += syllable.plain[0];
        else
          out += syllable.plain;
      }
      if (chinese)
        tokens.end();
      else
        tokens.discard();  // letters alone are the w token already
    }
  return tokens.take();
}

namespace {
// Pinyin as typed: tone marks off, ü as v.
std::string without_tones(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t before = at;
    const char32_t c = next_code_point(text, at);
    if (c < 0x80 || is_chinese(c)) {
      out += text.substr(before, at - before);
      continue;
    }
    const auto letter = syllable_from_toned(text.substr(before, at - before));
    if (letter)
      out += letter->plain;
    else
      out += text.substr(before, at - before);
  }
  return out;
}
}  // namespace

Query query_tokens(std::string_view user_input) {
  const std::string folded = without_tones(fold(user_input));
  std::u32string s = to_utf32(folded);
  // An apostrophe inside pinyin (xi'an) separates syllables only.
  std::erase(s, U'\'');
  Query query;
  for (std::size_t i = 0; i < s.size();) {
    std::size_t end = i;
    if (is_chinese(s[i])) {
      while (end < s.size() && is_chinese(s[end])) ++end;
      for (std::size_t at = i; at < end; ++at) {
        if (end - i > 1 && at + 1 == end) break;
        std::string token;
        append_character(token, s[at]);
        if (at + 1 < end) append_character(token, s[at + 1]);
        query.push_back({{std::move(token), false}});
      }
    } else if (is_word_letter(s[i])) {
      std::string word;
      while (end < s.size() && is_word_letter(s[end])) word += static_cast<char>(s[end++]);
      query.push_back({{"p" + word, true}, {"i" + word, true}, {"w" + word, true}});
    } else {
      end = i + 1;
    }
    i = end;
  }
  return query;
}

namespace {
std::string joined(const Query& query, std::string_view all, std::string_view any, std::string_view prefix) {
  std::string out;
  for (const auto& group : query) {
    if (!out.empty()) out += all;
    if (group.size() > 1) out += '(';
    for (std::size_t i = 0; i < group.size(); ++i) {
      if (i > 0) out += any;
      out += group[i].text;
      if (group[i].prefix) out += prefix;
    }
    if (group.size() > 1) out += ')';
  }
  return out;
}
}  // namespace

std::string fts5_query(const Query& query) { return joined(query, " AND ", " OR ", "*"); }
std::string tsquery(const Query& query) { return joined(query, " & ", " | ", ":*"); }

}  // namespace civitas::text
