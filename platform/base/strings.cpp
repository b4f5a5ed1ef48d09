#include "base/strings.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <sstream>

#include "base/blank.hpp"
#include "base/utf8.hpp"

namespace civitas {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t from = 0;
  while (true) {
    const std::size_t at = text.find(separator, from);
    if (at == text.npos) break;
    parts.push_back(text.substr(from, at - from));
    from = at + 1;
  }
  parts.push_back(text.substr(from));
  return parts;
}

// Blanks have one to three bytes in UTF-8; bytes that are no UTF-8 stay.
std::string_view trim(std::string_view text) {
  while (!text.empty()) {
    std::size_t after = 0;
    const auto first = static_cast<unsigned char>(text.front());
    if (first > ' ' && first < 0x80) break;
    if (!is_blank(next_code_point(text, after))) break;
    text.remove_prefix(after);
  }
  while (!text.empty()) {
    const auto last = static_cast<unsigned char>(text.back());
    if (last > ' ' && last < 0x80) break;
    std::size_t from = text.size() - 1;
    while (from > 0 && text.size() - from < 3 && (static_cast<unsigned char>(text[from]) & 0xC0) == 0x80) --from;
    std::size_t after = from;
    if (!is_blank(next_code_point(text, after)) || after != text.size()) break;
    text.remove_suffix(text.size() - from);
  }
  return text;
}

std::string to_lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i) out += separator;
    out += parts[i];
  }
  return out;
}

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || at != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || at != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::string to_hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (unsigned char c : bytes) {
    out += digits[c >> 4];
    out += digits[c & 15];
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view hex) {
  if (hex.size() % 2) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    unsigned value = 0;
    const auto [at, error] = std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16);
    if (error != std::errc{} || at != hex.data() + i + 2) return std::nullopt;
    out += static_cast<char>(value);
  }
  return out;
}

namespace {
constexpr std::string_view base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
}

std::string to_base64url(std::string_view bytes) {
  std::string out;
  unsigned bits = 0;
  int held = 0;
  for (unsigned char c : bytes) {
    bits = (bits << 8) | c;
    held += 8;
    while (held >= 6) {
      held -= 6;
      out += base64url[(bits >> held) & 63];
    }
  }
  if (held) out += base64url[(bits << (6 - held)) & 63];
  return out;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string out;
  unsigned bits = 0;
  int held = 0;
  for (char c : text) {
    const auto digit = base64url.find(c);
    if (digit == base64url.npos) return std::nullopt;
    bits = (bits << 6) | static_cast<unsigned>(digit);
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>((bits >> held) & 255);
    }
  }
  // One form for each value: a lone digit carries nothing, and the bits that are left over are zero (RFC 4648
  // section 3.5).
  if (held == 6 || (bits & ((1u << held) - 1)) != 0) return std::nullopt;
  return out;
}

std::string_view nearest_word(std::string_view word, const std::vector<std::string>& candidates) {
  std::string_view best;
  std::size_t best_distance = 3;
  for (const auto& candidate : candidates) {
    const std::size_t difference =
        word.size() > candidate.size() ? word.size() - candidate.size() : candidate.size() - word.size();
    if (difference >= best_distance) continue;
    std::vector<std::size_t> row(candidate.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (std::size_t i = 0; i < word.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i + 1;
      for (std::size_t j = 0; j < candidate.size(); ++j) {
        const std::size_t above = row[j + 1];
        row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (word[i] != candidate[j])});
        diagonal = above;
      }
    }
    if (row.back() < best_distance) {
      best_distance = row.back();
      best = candidate;
    }
  }
  return best;
}

Result<std::string> read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf()))
    if (!in || std::filesystem::file_size(file) != 0)
      return fail(problem(Kind::not_found, "base.file.unreadable", "无法读取文件 " + file.string() + "。",
                          "Cannot read the file " + file.string() + "."));
  return std::move(text).str();
}

Status write_file_atomically(const std::filesystem::path& file, std::string_view content) {
  const std::string temporary = file.string() + ".part";
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return fail(internal_problem("cannot create " + temporary));
  bool good = true;
  for (std::size_t done = 0; good && done < content.size();) {
    const ssize_t n = ::write(fd, content.data() + done, content.size() - done);
    good = n > 0;
    if (good) done += static_cast<std::size_t>(n);
  }
  good = good && ::fsync(fd) == 0;
  ::close(fd);
  if (!good || ::rename(temporary.c_str(), file.c_str()) != 0)
    return fail(internal_problem("cannot write " + file.string()));
  // The new name is safe when its folder is.
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  const int entry = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool kept = entry >= 0 && ::fsync(entry) == 0;
  if (entry >= 0) ::close(entry);
  if (!kept) return fail(internal_problem("cannot make the new name of " + file.string() + " safe"));
  return {};
}

}  // namespace civitas
