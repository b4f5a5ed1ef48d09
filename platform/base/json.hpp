// A JSON value (RFC 8259), its parser and its writer. Integers keep 64 bits apart from decimals; objects keep the
// order of their members and refuse duplicate keys. Parsing is limited in depth, so that hostile input cannot
// exhaust the stack.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace civitas {

class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;

  Json() = default;
  Json(std::nullptr_t) {}
  Json(bool v) : value_(v) {}
  Json(int v) : value_(std::int64_t{v}) {}
  Json(std::int64_t v) : value_(v) {}
  Json(std::size_t v) : value_(static_cast<std::int64_t>(v)) {}
  Json(double v) : value_(v) {}
  Json(const char* v) : value_(std::string(v)) {}
  Json(std::string_view v) : value_(std::string(v)) {}
  Json(std::string v) : value_(std::move(v)) {}
  Json(Array v) : value_(std::move(v)) {}
  Json(Object v) : value_(std::move(v)) {}
  Json(const Text& t);  // {"zh": …, "en": …}

  static Json array() { return Json(Array{}); }
  static Json object() { return Json(Object{}); }

  bool is_null() const { return value_.index() == 0; }
  bool is_bool() const { return value_.index() == 1; }
  bool is_integer() const { return value_.index() == 2; }
  bool is_number() const { return value_.index() == 2 || value_.index() == 3; }
  bool is_string() const { return value_.index() == 4; }
  bool is_array() const { return value_.index() == 5; }
  bool is_object() const { return value_.index() == 6; }

  // Unchecked-kind readers return an empty value of the type asked for: callers validate kinds first.
  bool as_bool() const { return is_bool() && std::get<1>(value_); }
  std::int64_t as_integer() const;
  double as_number() const;
  const std::string& as_string() const;
  const Array& as_array() const;
  const Object& as_object() const;
  Array& array_ref();
  Object& object_ref();

  /// The member `key` of an object, or nullptr. Linear: objects here are small.
  const Json* find(std::string_view key) const;
  /// The member `key`, or null when absent.
  const Json& operator[](std::string_view key) const;
  /// Sets or replaces a member (turns null into an object).
  Json& set(std::string_view key, Json value);
  bool erase(std::string_view key);
  void push(Json value);
  std::size_t size() const;

  bool operator==(const Json&) const = default;

  std::string dump() const;
  void dump_to(std::string& out) const;

  /// Fails with `base.json.syntax` naming the byte offset, `base.json.depth` beyond `max_depth`, or
  /// `base.json.duplicate`.
  static Result<Json> parse(std::string_view text, int max_depth = 64);

 private:
  std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object> value_;
};

/// Writes JSON text straight into a string, without a tree: for long lists. The caller keeps the nesting right.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  /// A key that is already quoted and has its colon: `"name":`.
  JsonWriter& quoted_key(std::string_view text);
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(std::size_t number) { return value(static_cast<std::int64_t>(number)); }
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(int number) { return value(std::int64_t{number}); }
  JsonWriter& value(double number);
  JsonWriter& value(bool flag);
  JsonWriter& tree(const Json& value);
  /// An identifier: an integer as a JSON string.
  JsonWriter& id(std::int64_t number);
  JsonWriter& null();
  /// Text that is already JSON, such as a stored geometry.
  JsonWriter& raw(std::string_view json);

 private:
  void separate();
  std::string& out_;
  bool need_comma_ = false;
};

/// Appends `text` as a JSON string with its quotes.
void append_json_string(std::string& out, std::string_view text);
void append_json_number(std::string& out, double number);

}  // namespace civitas
