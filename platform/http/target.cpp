#include "base/utf8.hpp"
#include "http/message.hpp"

namespace civitas::http {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::unexpected<Problem> malformed(std::string detail) {
  return fail(invalid("http.target.malformed", "请求地址的写法不正确，请检查链接是否完整。",
                      "The address of the request is malformed. Check that the link is complete.")
                  .with_detail(std::move(detail)));
}

bool has_control(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
  return false;
}

bool decode_into(std::string_view text, PlusSign plus, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return false;
      const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return false;
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      out.push_back(c == '+' && plus == PlusSign::space ? ' ' : c);
    }
  }
  return true;
}

Status parse_query(std::string_view text, Pairs& query) {
  while (!text.empty()) {
    const auto end = text.find('&');
    const auto item = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (item.empty()) continue;
    if (query.size() >= 1000) return malformed("more than 1000 query parameters");
    const auto equals = item.find('=');
    auto& [name, value] = query.emplace_back();
    if (!decode_into(item.substr(0, equals), PlusSign::space, name) ||
        (equals != std::string_view::npos && !decode_into(item.substr(equals + 1), PlusSign::space, value)))
      return malformed("broken percent escape in the query");
    if (!is_valid_utf8(name) || !is_valid_utf8(value)) return malformed("query is not UTF-8");
    if (name.find('\0') != std::string::npos || value.find('\0') != std::string::npos)
      return malformed("zero byte in the query");
  }
  return {};
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, PlusSign plus) {
  std::string out;
  out.reserve(text.size());
  if (!decode_into(text, plus, out)) return std::nullopt;
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                            c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.push_back('%');
      out.push_back(digits[byte >> 4]);
      out.push_back(digits[byte & 15]);
    }
  }
  return out;
}

Status parse_target(std::string_view target, std::string& path, Pairs& query) {
  path.clear();
  query.clear();
  if (target == "*") {
    path = "*";
    return {};
  }
  if (target.starts_with("http://") || target.starts_with("https://")) {
    const auto authority = target.find("//") + 2;
    const auto begin = target.find_first_of("/?", authority);
    target = begin == std::string_view::npos ? std::string_view("/") : target.substr(begin);
    if (target.front() == '?') {
      path = "/";
      return parse_query(target.substr(1), query);
    }
  }
  if (target.empty() || target.front() != '/') return malformed("neither origin nor absolute form");
  if (target.find('#') != std::string_view::npos) return malformed("fragment in the target");
  const auto question = target.find('?');
  auto rest = target.substr(1, question == std::string_view::npos ? question : question - 1);

  std::string segment;
  bool ends_with_slash = false;
  while (true) {
    const auto slash = rest.find('/');
    segment.clear();
    if (!decode_into(rest.substr(0, slash), PlusSign::literal, segment)) return malformed("broken percent escape");
    if (segment.find('/') != std::string::npos) return malformed("encoded slash");
    if (has_control(segment)) return malformed("control character");
    if (!is_valid_utf8(segment)) return malformed("path is not UTF-8");
    ends_with_slash = segment.empty() || segment == "." || segment == "..";
    if (segment == "..") {
      if (path.empty()) return malformed("above the root");
      path.resize(path.rfind('/'));
    } else if (!ends_with_slash) {
      path.push_back('/');
      path += segment;
    }
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  if (path.empty() || ends_with_slash) path.push_back('/');
  if (question != std::string_view::npos) return parse_query(target.substr(question + 1), query);
  return {};
}

}  // namespace civitas::http
