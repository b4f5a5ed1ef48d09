#include "base/json.hpp"

#include <algorithm>
#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/json_text.hpp"

namespace civitas {

namespace {
const std::string empty_string;
const Json::Array empty_array;
const Json::Object empty_object;
const Json null_json;
}  // namespace

Json::Json(const Text& t) : value_(Object{{"zh", Json(t.zh)}, {"en", Json(t.en)}}) {}

std::int64_t Json::as_integer() const {
  if (is_integer()) return std::get<2>(value_);
  if (value_.index() == 3) return static_cast<std::int64_t>(std::get<3>(value_));
  return 0;
}
double Json::as_number() const {
  if (is_integer()) return static_cast<double>(std::get<2>(value_));
  return value_.index() == 3 ? std::get<3>(value_) : 0;
}
const std::string& Json::as_string() const { return is_string() ? std::get<4>(value_) : empty_string; }
const Json::Array& Json::as_array() const { return is_array() ? std::get<5>(value_) : empty_array; }
const Json::Object& Json::as_object() const { return is_object() ? std::get<6>(value_) : empty_object; }
Json::Array& Json::array_ref() {
  if (!is_array()) value_ = Array{};
  return std::get<5>(value_);
}
Json::Object& Json::object_ref() {
  if (!is_object()) value_ = Object{};
  return std::get<6>(value_);
}

const Json* Json::find(std::string_view key) const {
  for (const auto& [name, value] : as_object())
    if (name == key) return &value;
  return nullptr;
}
const Json& Json::operator[](std::string_view key) const {
  const Json* found = find(key);
  return found ? *found : null_json;
}
Json& Json::set(std::string_view key, Json value) {
  auto& members = object_ref();
  for (auto& [name, old] : members)
    if (name == key) {
      old = std::move(value);
      return *this;
    }
  members.emplace_back(std::string(key), std::move(value));
  return *this;
}
bool Json::erase(std::string_view key) {
  return std::erase_if(object_ref(), [&](const Member& m) { return m.first == key; }) > 0;
}
void Json::push(Json value) { array_ref().push_back(std::move(value)); }
std::size_t Json::size() const { return is_array() ? as_array().size() : as_object().size(); }

namespace {
// Bytes that cannot stand in a JSON string as they are.
constexpr auto must_escape = [] {
  std::array<bool, 256> table{};
  for (int c = 0; c < 0x20; ++c) table[static_cast<std::size_t>(c)] = true;
  table['"'] = table['\\'] = true;
  return table;
}();

bool stands_as_it_is(const char* eight) {
  std::uint64_t w;
  std::memcpy(&w, eight, sizeof w);
  return stand_as_they_are(w);
}

bool stands_as_it_is(std::string_view text) {
  if (text.size() < 8)
    return std::none_of(text.begin(), text.end(), [](char c) { return must_escape[static_cast<unsigned char>(c)]; });
  const char* last = text.data() + text.size() - 8;
  for (const char* at = text.data(); at < last; at += 8)
    if (!stands_as_it_is(at)) return false;
  return stands_as_it_is(last);
}

void append_escaped(std::string& out, std::string_view text) {
  static constexpr char hex[] = "0123456789abcdef";
  std::size_t run = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (!must_escape[c]) continue;
    out.append(text, run, i - run);
    run = i + 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        out += "\\u00";
        out += hex[c >> 4];
        out += hex[c & 15];
    }
  }
  out.append(text, run, text.size() - run);
}
}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  if (stands_as_it_is(text)) {
    const std::size_t at = out.size(), size = at + text.size() + 2;
    out.resize_and_overwrite(size, [&](char* to, std::size_t) {
      to[at] = '"';
      text.copy(to + at + 1, text.size());
      to[size - 1] = '"';
      return size;
    });
    return;
  }
  out += '"';
  append_escaped(out, text);
  out += '"';
}

void append_json_number(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  char buffer[32];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, number);
  out.append(buffer, end);
}

void Json::dump_to(std::string& out) const {
  switch (value_.index()) {
    case 0: out += "null"; break;
    case 1: out += as_bool() ? "true" : "false"; break;
    case 2: out += std::to_string(std::get<2>(value_)); break;
    case 3: append_json_number(out, std::get<3>(value_)); break;
    case 4: append_json_string(out, std::get<4>(value_)); break;
    case 5: {
      out += '[';
      bool first = true;
      for (const auto& item : std::get<5>(value_)) {
        if (!first) out += ',';
        first = false;
        item.dump_to(out);
      }
      out += ']';
      break;
    }
    default: {
      out += '{';
      bool first = true;
      for (const auto& [name, value] : std::get<6>(value_)) {
        if (!first) out += ',';
        first = false;
        append_json_string(out, name);
        out += ':';
        value.dump_to(out);
      }
      out += '}';
    }
  }
}

std::string Json::dump() const {
  std::string out;
  dump_to(out);
  return out;
}

namespace {

// Receives the parser's events and builds the tree on a stack of open containers.
class TreeBuilder {
 public:
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);

  using error_code = boost::system::error_code;
  using string_view = boost::json::string_view;

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return open(Json::object()); }
  bool on_object_end(std::size_t, error_code& ec) {
    if (has_duplicate(stack_.back().as_object())) {
      duplicate = true;
      ec = boost::json::error::syntax;
      return false;
    }
    return close();
  }
  bool on_array_begin(error_code&) { return open(Json::array()); }
  bool on_array_end(std::size_t, error_code&) { return close(); }
  bool on_key_part(string_view s, std::size_t, error_code&) { return part(s); }
  bool on_key(string_view s, std::size_t, error_code&) {
    part(s);
    keys_.back() = std::move(text_);
    text_.clear();
    return true;
  }
  bool on_string_part(string_view s, std::size_t, error_code&) { return part(s); }
  bool on_string(string_view s, std::size_t, error_code&) {
    part(s);
    Json value(std::move(text_));
    text_.clear();
    return add(std::move(value));
  }
  bool on_number_part(string_view, error_code&) { return true; }
  bool on_int64(std::int64_t v, string_view, error_code&) { return add(Json(v)); }
  bool on_uint64(std::uint64_t v, string_view, error_code&) { return add(Json(static_cast<double>(v))); }
  bool on_double(double v, string_view, error_code&) { return add(Json(v)); }
  bool on_bool(bool v, error_code&) { return add(Json(v)); }
  bool on_null(error_code&) { return add(Json()); }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

  Json root;
  bool duplicate = false;

 private:
  bool part(string_view s) {
    text_.append(s.data(), s.size());
    return true;
  }
  bool open(Json container) {
    stack_.push_back(std::move(container));
    keys_.emplace_back();
    return true;
  }
  bool close() {
    Json done = std::move(stack_.back());
    stack_.pop_back();
    keys_.pop_back();
    return add(std::move(done));
  }
  bool add(Json value) {
    if (stack_.empty())
      root = std::move(value);
    else if (stack_.back().is_array())
      stack_.back().array_ref().push_back(std::move(value));
    else
      stack_.back().object_ref().emplace_back(std::move(keys_.back()), std::move(value));
    return true;
  }
  static bool has_duplicate(const Json::Object& members) {
    if (members.size() < 2) return false;
    std::vector<std::string_view> names;
    names.reserve(members.size());
    for (const auto& m : members) names.push_back(m.first);
    std::sort(names.begin(), names.end());
    return std::adjacent_find(names.begin(), names.end()) != names.end();
  }

  std::vector<Json> stack_;
  std::vector<std::string> keys_;
  std::string text_;
};

}  // namespace

Result<Json> Json::parse(std::string_view text, int max_depth) {
  boost::json::parse_options options;
  options.max_depth = static_cast<std::size_t>(max_depth);
  boost::json::basic_parser<TreeBuilder> parser(options);
  boost::system::error_code ec;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
  if (ec == boost::json::error::too_deep)
    return fail(invalid("base.json.depth", "JSON 嵌套过深。", "The JSON is nested too deeply."));
  if (ec && parser.handler().duplicate)
    return fail(invalid("base.json.duplicate", "JSON 对象里有重复的键。", "A JSON object repeats a key."));
  std::size_t rest = used;
  while (rest < text.size() && (text[rest] == ' ' || text[rest] == '\n' || text[rest] == '\r' || text[rest] == '\t'))
    ++rest;
  if (ec || rest < text.size()) {
    const std::string at = std::to_string(rest);
    return fail(invalid("base.json.syntax", "JSON 格式有误（第 " + at + " 字节处）。",
                        "The JSON is malformed (at byte " + at + ")."));
  }
  return std::move(parser.handler().root);
}

void JsonWriter::separate() {
  if (need_comma_) out_ += ',';
  need_comma_ = true;
}
JsonWriter& JsonWriter::begin_object() {
  separate();
  out_ += '{';
  need_comma_ = false;
  return *this;
}
JsonWriter& JsonWriter::end_object() {
  out_ += '}';
  need_comma_ = true;
  return *this;
}
JsonWriter& JsonWriter::begin_array() {
  separate();
  out_ += '[';
  need_comma_ = false;
  return *this;
}
JsonWriter& JsonWriter::end_array() {
  out_ += ']';
  need_comma_ = true;
  return *this;
}
JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_json_string(out_, name);
  out_ += ':';
  need_comma_ = false;
  return *this;
}
JsonWriter& JsonWriter::quoted_key(std::string_view text) {
  const std::size_t at = out_.size(), begin = at + (need_comma_ ? 1 : 0), size = begin + text.size();
  out_.resize_and_overwrite(size, [&](char* to, std::size_t) {
    to[at] = ',';
    text.copy(to + begin, text.size());
    return size;
  });
  need_comma_ = false;
  return *this;
}
JsonWriter& JsonWriter::id(std::int64_t number) {
  separate();
  char buffer[26];
  buffer[0] = '"';
  const auto [end, error] = std::to_chars(buffer + 1, buffer + 24, number);
  *end = '"';
  out_.append(buffer, static_cast<std::size_t>(end + 1 - buffer));
  return *this;
}
JsonWriter& JsonWriter::value(std::string_view text) {
  separate();
  append_json_string(out_, text);
  return *this;
}
JsonWriter& JsonWriter::value(std::int64_t number) {
  separate();
  char buffer[24];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, number);
  out_.append(buffer, static_cast<std::size_t>(end - buffer));
  return *this;
}
JsonWriter& JsonWriter::value(double number) {
  separate();
  append_json_number(out_, number);
  return *this;
}
JsonWriter& JsonWriter::value(bool flag) {
  separate();
  out_ += flag ? "true" : "false";
  return *this;
}
JsonWriter& JsonWriter::tree(const Json& value) {
  separate();
  value.dump_to(out_);
  return *this;
}
JsonWriter& JsonWriter::null() {
  separate();
  out_ += "null";
  return *this;
}
JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

}  // namespace civitas
