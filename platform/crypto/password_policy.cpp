#include <algorithm>
#include <array>
#include <set>

#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "crypto/password.hpp"

namespace civitas::crypto {

namespace {

constexpr std::size_t least_mixed = 8;
constexpr std::size_t least_any = 12;
constexpr std::size_t most = 128;

// The cores of what people choose most, without the digits and signs around them and with look-alikes undone: each
// stands for hundreds of variants (P@ssw0rd2024!, admin_123, woaini1314…).
constexpr std::array common_cores = {
    "password", "passwd",    "passw",    "pass",     "pwd",      "mima",     "admin",    "administrator", "root",
    "user",     "guest",     "test",     "demo",     "login",    "welcome",  "hello",    "letmein",       "iloveyou",
    "love",     "secret",    "master",   "system",   "super",    "superman", "batman",   "dragon",        "monkey",
    "football", "baseball",  "sunshine", "princess", "shadow",   "trustno",  "freedom",  "whatever",      "computer",
    "internet", "server",    "oracle",   "mysql",    "postgres", "windows",  "default",  "changeme",      "change",
    "temp",     "office",    "company",  "manager",  "operator", "security", "access",   "private",       "public",
    "woaini",   "aini",      "nihao",    "zhongguo", "china",    "beijing",  "shanghai", "wuhan",         "hubei",
    "civitas",  "zhengtong", "zhengfu",  "minzheng", "gonganju", "diming",   "abc",      "abcd",          "aaa",
    "qwe",      "asd",       "zxc",      "wang",     "zhang",    "liu",      "chen",     "summer",        "winter",
    "spring",   "autumn",    "monday",   "friday",   "google",   "baidu",    "taobao",   "tencent",       "huawei",
    "killer",   "hunter",    "michael",  "jordan",   "jennifer", "michelle", "charlie",  "andrew",        "thomas",
    "starwars", "pokemon",   "naruto",   "ashley",   "nicole",   "jessica",  "ninja",    "mustang",       "harley",
    "ranger",   "buster",    "soccer",   "hockey",   "killme",   "fuckyou",  "asshole",  "biteme",        "zaqwsx",
    "wsxzaq",   "qazwsx",    "qazwsxedc"};

constexpr std::array sequences = {"01234567890",
                                  "abcdefghijklmnopqrstuvwxyz",
                                  "qwertyuiop",
                                  "asdfghjkl",
                                  "zxcvbnm",
                                  "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
                                  "qazwsxedcrfvtgbyhnujmikolp",
                                  "1q2w3e4r5t6y7u8i9o0p",
                                  "!@#$%^&*()"};

std::string undecorated(std::string_view lower) {
  std::string out;
  for (const char c : lower) {
    switch (c) {
      case '@':
      case '4': out += 'a'; break;
      case '0': out += 'o'; break;
      case '1':
      case '!': out += 'i'; break;
      case '3': out += 'e'; break;
      case '$':
      case '5': out += 's'; break;
      case '7': out += 't'; break;
      default: out += c;
    }
  }
  return out;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (static_cast<unsigned char>(c) & 0x80); }

std::string_view without_ends(std::string_view text) {
  while (!text.empty() && !is_letter(text.front())) text.remove_prefix(1);
  while (!text.empty() && !is_letter(text.back())) text.remove_suffix(1);
  return text;
}

bool is_common(std::string_view lower) {
  // Decorations are cut before look-alikes are undone, else the 1 of admin123 turns into a letter.
  const std::string cut(without_ends(lower));
  const std::string whole = undecorated(lower);
  const std::string cut_after(without_ends(whole));
  const std::array candidates = {undecorated(cut), cut_after, cut};
  for (const auto& candidate : candidates)
    if (std::find(common_cores.begin(), common_cores.end(), candidate) != common_cores.end()) return true;
  return false;
}

bool is_repeated(const std::u32string& text) {
  if (std::set<char32_t>(text.begin(), text.end()).size() < 4) return true;
  for (std::size_t period = 1; period <= text.size() / 2; ++period) {
    std::size_t same = period;
    while (same < text.size() && text[same] == text[same - period]) ++same;
    if (same == text.size()) return true;
  }
  return false;
}

/// True when runs of three or more along a known sequence (either way) cover all but two characters.
bool is_sequence(std::string_view lower) {
  std::size_t covered = 0;
  for (std::size_t at = 0; at < lower.size();) {
    std::size_t longest = 0;
    for (const std::string_view row : sequences) {
      const std::string backwards(row.rbegin(), row.rend());
      for (const std::string_view line : {row, std::string_view(backwards)}) {
        std::size_t length = 0;
        while (at + length < lower.size() && line.find(lower.substr(at, length + 1)) != line.npos) ++length;
        longest = std::max(longest, length);
      }
    }
    if (longest >= 3) covered += longest;
    at += longest >= 3 ? longest : 1;
  }
  return covered + 2 >= lower.size();
}

}  // namespace

Status check_password_policy(std::string_view password, std::string_view account) {
  const auto refuse = [](std::string reason, std::string zh, std::string en) {
    return fail(invalid("crypto.password." + std::move(reason), std::move(zh), std::move(en)).with_field("password"));
  };
  if (password.size() > most * 4) return refuse("too_long", "密码最多128个字符。", "Use at most 128 characters.");
  if (!is_valid_utf8(password))
    return refuse("encoding", "密码不是有效的UTF-8文本。", "The password is not valid UTF-8 text.");
  const std::u32string text = to_utf32(password);
  if (text.size() > most) return refuse("too_long", "密码最多128个字符。", "Use at most 128 characters.");
  if (std::any_of(text.begin(), text.end(), [](char32_t c) { return c < 0x20 || is_forbidden_control(c); }))
    return refuse("control", "密码中含有不可见的控制字符，请删除后重新输入。",
                  "The password contains invisible control characters; type it again without them.");
  const std::string lower = to_lower_ascii(password);
  const bool letters = std::any_of(lower.begin(), lower.end(), is_letter);
  const bool digits = std::any_of(lower.begin(), lower.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (text.size() < least_mixed || (text.size() < least_any && !(letters && digits)))
    return refuse("too_short", "密码至少8个字符且同时含有字母和数字，或者至少12个字符。",
                  "Use at least 8 characters with both letters and digits, or at least 12 characters of any kind.");
  const std::string name = to_lower_ascii(trim(account));
  if (name.size() >= 3) {
    const std::string backwards(name.rbegin(), name.rend());
    if (lower.find(name) != lower.npos || lower.find(backwards) != lower.npos)
      return refuse("contains_account", "密码中不能包含账号名，请换一个。",
                    "The password must not contain the account name; choose another one.");
  }
  if (is_repeated(text))
    return refuse("repeated", "密码由重复的字符组成，容易被猜到，请换一个。",
                  "The password repeats the same characters and is easily guessed; choose another one.");
  if (is_sequence(lower))
    return refuse("sequence", "密码是连续的数字、字母或键盘顺序，容易被猜到，请换一个。",
                  "The password follows a counting or keyboard sequence and is easily guessed; choose another one.");
  if (is_common(lower))
    return refuse("common", "这是常见密码，容易被猜到，请换一个。",
                  "This is one of the most common passwords; choose another one.");
  return {};
}

}  // namespace civitas::crypto
