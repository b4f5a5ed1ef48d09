// JSON of many small values, put together in memory of its own: for the rows of a list. Beside `JsonWriter` it leaves
// commas and keys to the caller, who has them ready as text, and looks for room once a value.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/instant_text.hpp"

namespace civitas {

/// Whether none of eight bytes must be escaped in a JSON string: the usual tests for a byte below a bound and for a
/// zero byte, all at once.
constexpr bool stand_as_they_are(std::uint64_t eight_bytes) {
  constexpr std::uint64_t ones = 0x0101'0101'0101'0101, high = 0x80 * ones;
  const auto zero = [](std::uint64_t x) { return (x - ones) & ~x; };
  return ((((eight_bytes - 0x20 * ones) & ~eight_bytes) | zero(eight_bytes ^ ('"' * ones)) |
           zero(eight_bytes ^ ('\\' * ones))) &
          high) == 0;
}

class JsonText {
 public:
  JsonText() = default;
  JsonText(const JsonText&) = delete;
  JsonText& operator=(const JsonText&) = delete;

  std::string_view view() const { return {begin_, static_cast<std::size_t>(at_ - begin_)}; }

  /// What is JSON already: keys with quotes and colon, brackets, a stored document.
  JsonText& plain(std::string_view json) {
    need(json.size());
    copy(at_, json.data(), json.size());
    at_ += json.size();
    return *this;
  }
  JsonText& text(std::string_view value) {
    need(value.size() + 2);
    if (!copy_if_plain(at_ + 1, value)) return escaped(value);
    *at_ = '"';
    at_[value.size() + 1] = '"';
    at_ += value.size() + 2;
    return *this;
  }
  JsonText& number(std::int64_t value) {
    need(most_digits);
    at_ = std::to_chars(at_, at_ + most_digits, value).ptr;
    return *this;
  }
  JsonText& number(double value);
  JsonText& boolean(bool value) { return plain(value ? "true" : "false"); }
  /// An identifier: an integer as a JSON string.
  JsonText& id(std::int64_t value) {
    need(most_digits + 2);
    *at_++ = '"';
    at_ = std::to_chars(at_, at_ + most_digits, value).ptr;
    *at_++ = '"';
    return *this;
  }
  JsonText& instant(Instant value) {
    need(instant_length + 2);
    *at_ = '"';
    write_instant(at_ + 1, value);
    at_[instant_length + 1] = '"';
    at_ += instant_length + 2;
    return *this;
  }

 private:
  static constexpr std::size_t most_digits = 20;

  void need(std::size_t more) {
    if (static_cast<std::size_t>(end_ - at_) < more) grow(more);
  }
  void grow(std::size_t more);
  JsonText& escaped(std::string_view value);

  // Pieces of one size are moved through a register; short texts are two that overlap.
  template <class Piece>
  static Piece load(const char* from) {
    Piece piece;
    std::memcpy(&piece, from, sizeof piece);
    return piece;
  }
  template <class Piece>
  static void two_pieces(char* to, const char* from, std::size_t size) {
    const auto first = load<Piece>(from), last = load<Piece>(from + size - sizeof(Piece));
    std::memcpy(to, &first, sizeof first);
    std::memcpy(to + size - sizeof last, &last, sizeof last);
  }
  static void copy(char* to, const char* from, std::size_t size) {
    if (size > 32)
      std::memcpy(to, from, size);
    else if (size >= 16)
      two_pieces<std::array<std::uint64_t, 2>>(to, from, size);
    else if (size >= 8)
      two_pieces<std::uint64_t>(to, from, size);
    else
      for (std::size_t i = 0; i < size; ++i) to[i] = from[i];
  }
  // False when something must be escaped; what was written then means nothing.
  static bool copy_if_plain(char* to, std::string_view text) {
    const char* from = text.data();
    const std::size_t size = text.size();
    if (size >= 8) {
      for (std::size_t i = 0; i + 8 < size; i += 8) {
        const auto piece = load<std::uint64_t>(from + i);
        if (!stand_as_they_are(piece)) return false;
        std::memcpy(to + i, &piece, sizeof piece);
      }
      const auto last = load<std::uint64_t>(from + size - 8);
      std::memcpy(to + size - 8, &last, sizeof last);
      return stand_as_they_are(last);
    }
    if (size >= 4) {
      const auto first = load<std::uint32_t>(from), last = load<std::uint32_t>(from + size - 4);
      std::memcpy(to, &first, sizeof first);
      std::memcpy(to + size - 4, &last, sizeof last);
      return stand_as_they_are(first | std::uint64_t{last} << 32);
    }
    std::uint64_t piece = 0x2020'2020'2020'2020;
    for (std::size_t i = 0; i < size; ++i) {
      to[i] = from[i];
      piece = piece << 8 | static_cast<unsigned char>(from[i]);
    }
    return stand_as_they_are(piece);
  }

  char small_[2048];
  std::unique_ptr<char[]> large_;
  char *begin_ = small_, *at_ = small_, *end_ = small_ + sizeof small_;
};

}  // namespace civitas
