#include "gateway/raw_json.hpp"

namespace civitas::gateway {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_number_part(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

std::size_t skip_blanks(std::string_view t, std::size_t at) {
  while (at < t.size() && is_blank(t[at])) ++at;
  return at;
}

// `at` is on the opening quote.
std::size_t skip_string(std::string_view t, std::size_t at) {
  for (++at; at < t.size(); ++at) {
    if (t[at] == '\\')
      ++at;
    else if (t[at] == '"')
      return at + 1;
  }
  return t.size();
}

}  // namespace

std::size_t skip_value(std::string_view t, std::size_t at) {
  at = skip_blanks(t, at);
  if (at >= t.size()) return t.size();
  if (t[at] == '"') return skip_string(t, at);
  if (t[at] != '{' && t[at] != '[') {
    while (at < t.size() && t[at] != ',' && t[at] != '}' && t[at] != ']' && !is_blank(t[at])) ++at;
    return at;
  }
  int depth = 0;
  while (at < t.size()) {
    const char c = t[at];
    if (c == '"') {
      at = skip_string(t, at);
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return at + 1;
    ++at;
  }
  return t.size();
}

void each_member(std::string_view t, const std::function<void(std::string_view, std::string_view)>& use) {
  std::size_t at = skip_blanks(t, 0);
  if (at >= t.size() || t[at] != '{') return;
  for (++at; at < t.size();) {
    at = skip_blanks(t, at);
    if (at >= t.size() || t[at] != '"') return;
    const std::size_t key_end = skip_string(t, at);
    if (key_end < at + 2) return;
    const auto key = t.substr(at + 1, key_end - at - 2);
    at = skip_blanks(t, key_end);
    if (at >= t.size() || t[at] != ':') return;
    at = skip_blanks(t, at + 1);
    const std::size_t end = skip_value(t, at);
    if (end == at) return;
    use(key, t.substr(at, end - at));
    at = skip_blanks(t, end);
    if (at >= t.size() || t[at] != ',') return;
    ++at;
  }
}

void each_element(std::string_view t, const std::function<void(std::string_view)>& use) {
  std::size_t at = skip_blanks(t, 0);
  if (at >= t.size() || t[at] != '[') return;
  for (++at; at < t.size();) {
    at = skip_blanks(t, at);
    if (at >= t.size() || t[at] == ']') return;
    const std::size_t end = skip_value(t, at);
    if (end == at) return;
    use(t.substr(at, end - at));
    at = skip_blanks(t, end);
    if (at >= t.size() || t[at] != ',') return;
    ++at;
  }
}

std::string_view raw_member(std::string_view object, std::string_view key) {
  std::string_view found;
  each_member(object, [&](std::string_view k, std::string_view v) {
    if (k == key) found = v;
  });
  return found;
}

std::string swap_axes(std::string_view t) {
  std::string out;
  out.reserve(t.size());
  for (std::size_t at = 0; at < t.size();) {
    if (t[at] == '"') {
      const std::size_t end = skip_string(t, at);
      out += t.substr(at, end - at);
      at = end;
      continue;
    }
    out += t[at];
    if (t[at++] != '[') continue;
    const std::size_t first = skip_blanks(t, at);
    std::size_t first_end = first;
    while (first_end < t.size() && is_number_part(t[first_end])) ++first_end;
    const std::size_t comma = skip_blanks(t, first_end);
    if (first_end == first || comma >= t.size() || t[comma] != ',') continue;
    const std::size_t second = skip_blanks(t, comma + 1);
    std::size_t second_end = second;
    while (second_end < t.size() && is_number_part(t[second_end])) ++second_end;
    out += t.substr(second, second_end - second);
    out += ',';
    out += t.substr(first, first_end - first);
    at = second_end;
  }
  return out;
}

}  // namespace civitas::gateway
