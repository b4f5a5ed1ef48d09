// Values that go into a statement and come out of a row. Both databases store: integers (64 bits; also booleans as 0/1,
// dates as days and instants as microseconds since 1970), doubles and UTF-8 text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace civitas::sql {

using Value = std::variant<std::monostate, std::int64_t, double, std::string>;

/// A bound parameter. Does not own its text: it lives only for the call.
class Param {
 public:
  Param(std::nullptr_t) {}
  Param(std::int64_t v) : value_(v) {}
  Param(int v) : value_(std::int64_t{v}) {}
  Param(bool v) : value_(std::int64_t{v}) {}
  Param(std::size_t v) : value_(static_cast<std::int64_t>(v)) {}
  Param(double v) : value_(v) {}
  Param(std::string_view v) : value_(v) {}
  Param(const std::string& v) : value_(std::string_view(v)) {}
  Param(const char* v) : value_(std::string_view(v)) {}
  Param(const Value& v) {
    if (const auto* i = std::get_if<std::int64_t>(&v)) value_ = *i;
    if (const auto* d = std::get_if<double>(&v)) value_ = *d;
    if (const auto* s = std::get_if<std::string>(&v)) value_ = std::string_view(*s);
  }
  template <class T>
  Param(const std::optional<T>& v) {
    if (v) *this = Param(*v);
  }
  const std::variant<std::monostate, std::int64_t, double, std::string_view>& get() const { return value_; }

 private:
  std::variant<std::monostate, std::int64_t, double, std::string_view> value_;
};

}  // namespace civitas::sql
