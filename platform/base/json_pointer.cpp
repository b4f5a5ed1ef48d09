#include "base/json_pointer.hpp"

#include "base/strings.hpp"

namespace civitas {

namespace {

// The next token, unescaped; moves `rest` behind it.
std::string next_token(std::string_view& rest) {
  rest.remove_prefix(1);
  const auto end = rest.find('/');
  std::string token(rest.substr(0, end));
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end);
  return replace_all(replace_all(std::move(token), "~1", "/"), "~0", "~");
}

}  // namespace

bool is_json_pointer(std::string_view text) {
  if (!text.empty() && text[0] != '/') return false;
  for (std::size_t at = text.find('~'); at != std::string_view::npos; at = text.find('~', at + 1))
    if (at + 1 == text.size() || (text[at + 1] != '0' && text[at + 1] != '1')) return false;
  return true;
}

const Json* at_pointer(const Json& whole, std::string_view pointer) {
  if (!is_json_pointer(pointer)) return nullptr;
  const Json* at = &whole;
  while (!pointer.empty()) {
    const std::string token = next_token(pointer);
    if (at->is_array()) {
      const auto index = parse_integer(token);
      if (!index || *index < 0 || static_cast<std::size_t>(*index) >= at->size()) return nullptr;
      at = &at->as_array()[static_cast<std::size_t>(*index)];
    } else if (!(at = at->find(token))) {
      return nullptr;
    }
  }
  return at;
}

void set_at_pointer(Json& whole, std::string_view pointer, Json value) {
  Json* at = &whole;
  while (!pointer.empty()) {
    const std::string token = next_token(pointer);
    if (!at->is_object()) *at = Json::object();
    if (!at->find(token)) at->set(token, Json());
    for (auto& [key, member] : at->object_ref())
      if (key == token) {
        at = &member;
        break;
      }
  }
  *at = std::move(value);
}

}  // namespace civitas
