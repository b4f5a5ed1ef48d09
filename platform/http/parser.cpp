#include "http/parser.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/strings.hpp"

namespace civitas::http {

namespace {

constexpr std::size_t max_fields = 128;

constexpr std::array<bool, 256> token_table = [] {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[c] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[c] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[c] = true;
  for (const char c : {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~'})
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

bool is_token(std::string_view text) {
  if (text.empty()) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return token_table[static_cast<unsigned char>(c)]; });
}

bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
  });
}

bool is_target(std::string_view text) {
  if (text.empty()) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7f;
  });
}

std::string_view trim_blank(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::unexpected<HeadError> refuse(int status, Kind kind, std::string reason, std::string zh, std::string en,
                                  std::string detail = {}) {
  return std::unexpected(
      HeadError{status, problem(kind, std::move(reason), std::move(zh), std::move(en)).with_detail(std::move(detail))});
}

std::unexpected<HeadError> malformed(std::string detail) {
  return refuse(400, Kind::invalid, "http.request.malformed", "收到的请求不符合 HTTP 规范，请检查客户端。",
                "The request does not follow HTTP. Check the client.", std::move(detail));
}

/// A list field such as Connection: whether it holds this word.
bool lists(std::string_view value, std::string_view word) {
  while (true) {
    const auto comma = value.find(',');
    if (equal_ignoring_case(trim_blank(value.substr(0, comma)), word)) return true;
    if (comma == std::string_view::npos) return false;
    value.remove_prefix(comma + 1);
  }
}

std::optional<std::uint64_t> parse_length(std::string_view text) {
  if (text.empty() || text.size() > 18) return std::nullopt;
  std::uint64_t n = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    n = n * 10 + static_cast<unsigned>(c - '0');
  }
  return n;
}

struct Seen {
  int hosts = 0;
  bool transfer_encoding = false, length = false, close = false, keep_alive = false;
};

/// Takes what a field means for the framing.
std::expected<void, HeadError> note_field(std::string_view name, std::string_view value, Framing& framing, Seen& seen) {
  switch (name.size()) {
    case 4:
      if (equal_ignoring_case(name, "host")) ++seen.hosts;
      break;
    case 6:
      if (equal_ignoring_case(name, "expect")) {
        if (!equal_ignoring_case(value, "100-continue"))
          return refuse(417, Kind::unsupported, "http.request.expectation", "不支持该 Expect 要求。",
                        "This expectation is not supported.");
        framing.expects_continue = true;
      }
      break;
    case 10:
      if (equal_ignoring_case(name, "connection")) {
        if (lists(value, "close")) seen.close = true;
        if (lists(value, "keep-alive")) seen.keep_alive = true;
      }
      break;
    case 14:
      if (equal_ignoring_case(name, "content-length")) {
        const auto length = parse_length(value);
        if (!length || seen.length) return malformed("content-length");
        seen.length = true;
        framing.length = *length;
      }
      break;
    case 17:
      if (equal_ignoring_case(name, "transfer-encoding")) {
        if (seen.transfer_encoding) return malformed("transfer-encoding twice");
        seen.transfer_encoding = true;
        if (!equal_ignoring_case(value, "chunked"))
          return refuse(501, Kind::unsupported, "http.request.coding", "不支持该传输编码。",
                        "This transfer coding is not supported.");
      }
      break;
    default: break;
  }
  return {};
}

}  // namespace

std::optional<std::size_t> find_head_end(std::string_view bytes, std::size_t& scanned) {
  const auto from = scanned > 3 ? scanned - 3 : 0;
  const auto at = bytes.find("\r\n\r\n", from);
  if (at == std::string_view::npos) {
    scanned = bytes.size();
    return std::nullopt;
  }
  return at + 4;
}

std::expected<Framing, HeadError> parse_head(std::string_view head, Request& request) {
  Framing framing;
  if (head.size() < 4 || !head.ends_with("\r\n\r\n")) return malformed("incomplete head");
  const auto line_end = head.find("\r\n");
  const auto line = head.substr(0, line_end);
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return malformed("request line");
  const auto method = line.substr(0, first), target = line.substr(first + 1, last - first - 1),
             version = line.substr(last + 1);
  if (!is_token(method) || !is_target(target)) return malformed("request line");
  if (version == "HTTP/1.0") {
    framing.version = 10;
  } else if (version != "HTTP/1.1") {
    if (version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.')
      return refuse(505, Kind::unsupported, "http.request.version", "只支持 HTTP/1.0 和 HTTP/1.1。",
                    "Only HTTP/1.0 and HTTP/1.1 are spoken here.");
    return malformed("version");
  }

  Seen seen;
  auto rest = head.substr(line_end + 2);
  while (!rest.starts_with("\r\n")) {
    const auto end = rest.find("\r\n");
    const auto field = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    const auto colon = field.find(':');
    if (colon == std::string_view::npos || !is_token(field.substr(0, colon))) return malformed("field name");
    const auto name = field.substr(0, colon), value = trim_blank(field.substr(colon + 1));
    if (!is_field_value(value)) return malformed("field value");
    if (request.headers.size() >= max_fields)
      return refuse(431, Kind::too_large, "http.request.too_many_fields", "请求头字段过多。",
                    "Too many header fields.");
    request.headers.add(name, value);
    if (auto noted = note_field(name, value, framing, seen); !noted) return std::unexpected(std::move(noted.error()));
  }
  if (seen.hosts > 1 || (seen.hosts == 0 && framing.version == 11)) return malformed("host");
  if (seen.transfer_encoding && (seen.length || framing.version == 10)) return malformed("framing");
  if (seen.transfer_encoding)
    framing.body = Framing::Body::chunked;
  else if (framing.length > 0)
    framing.body = Framing::Body::sized;
  framing.keep_alive = framing.version == 11 ? !seen.close : seen.keep_alive && !seen.close;
  if (framing.version == 10) framing.expects_continue = false;

  const auto known = parse_method(method);
  if (!known)
    return refuse(501, Kind::unsupported, "http.request.method", "不支持该请求方法。", "This method is not supported.");
  request.method = *known;
  request.target.assign(target);
  if (auto parsed = parse_target(target, request.path, request.query_parameters); !parsed)
    return std::unexpected(HeadError{400, std::move(parsed.error())});
  if (request.path == "*" && request.method != Method::options) return malformed("asterisk form");
  return framing;
}

ChunkedDecoder::Step ChunkedDecoder::feed(std::string_view input, std::string& out) {
  constexpr unsigned max_overhead = 16384;
  std::size_t i = 0;
  const auto bad = [&] {
    state_ = State::bad;
    return Step{Outcome::malformed, i};
  };
  if (state_ == State::bad) return bad();
  while (state_ != State::done) {
    if (i == input.size()) return {Outcome::more, i};
    if (state_ == State::data) {
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size() - i));
      out.append(input.substr(i, n));
      i += n;
      left_ -= n;
      if (left_ == 0) state_ = State::data_cr;
      continue;
    }
    const char c = input[i++];
    switch (state_) {
      case State::size: {
        int digit = -1;
        if (c >= '0' && c <= '9')
          digit = c - '0';
        else if (c >= 'a' && c <= 'f')
          digit = c - 'a' + 10;
        else if (c >= 'A' && c <= 'F')
          digit = c - 'A' + 10;
        if (digit >= 0) {
          if (++digits_ > 15) return bad();
          left_ = left_ * 16 + static_cast<unsigned>(digit);
        } else if (digits_ == 0) {
          return bad();
        } else if (c == '\r') {
          state_ = State::size_lf;
        } else if (c == ';' || c == ' ' || c == '\t') {
          state_ = State::extension;
        } else {
          return bad();
        }
        break;
      }
      case State::extension:
        if (++overhead_ > max_overhead) return bad();
        if (c == '\r')
          state_ = State::size_lf;
        else if (c == '\n' || c == '\0')
          return bad();
        break;
      case State::size_lf:
        if (c != '\n') return bad();
        digits_ = 0;
        state_ = left_ == 0 ? State::trailer_start : State::data;
        break;
      case State::data_cr:
        if (c != '\r') return bad();
        state_ = State::data_lf;
        break;
      case State::data_lf:
        if (c != '\n') return bad();
        state_ = State::size;
        break;
      case State::trailer_start:
        state_ = c == '\r' ? State::end_lf : State::trailer;
        if (c == '\n') return bad();
        break;
      case State::trailer:
        if (++overhead_ > max_overhead) return bad();
        if (c == '\r')
          state_ = State::trailer_lf;
        else if (c == '\n' || c == '\0')
          return bad();
        break;
      case State::trailer_lf:
        if (c != '\n') return bad();
        state_ = State::trailer_start;
        break;
      case State::end_lf:
        if (c != '\n') return bad();
        state_ = State::done;
        break;
      default: return bad();
    }
  }
  return {Outcome::done, i};
}

}  // namespace civitas::http
