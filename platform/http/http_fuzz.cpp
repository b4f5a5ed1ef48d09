// Bytes from outside, without sockets: request heads (compared with Boost.Beast's parser), targets, the router, chunked
// bodies cut at any place, and multipart forms. The first byte chooses.
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "base/utf8.hpp"
#include "http/conditional.hpp"
#include "http/multipart.hpp"
#include "http/parser.hpp"
#include "http/router.hpp"
#include "http/static_files.hpp"

namespace {

using namespace civitas::http;

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

const Router& router() {
  static const Router instance = [] {
    Router r;
    const auto handler = [](Request&) { return Response{}; };
    for (const auto* pattern : {"/", "/a", "/a/{x}", "/{x}/b", "/{x}/{y}/c", "/a/{rest...}", "/d/{x}/{rest...}"})
      r.add_simple(Method::get, pattern, RouteOptions("public"), handler);
    r.add_simple(Method::post, "/{x}/{y}", RouteOptions("public"), handler);
    return r;
  }();
  return instance;
}

void check_request(const Request& request) {
  require(request.path == "*" || request.path.starts_with('/'), "a path begins with a slash");
  require(civitas::is_valid_utf8(request.path), "a path is UTF-8");
  require(request.path.find("/../") == std::string::npos && !request.path.ends_with("/.."), "no dots in a path");
  require(request.path.find("//") == std::string::npos, "no doubled slashes");
}

void fuzz_head(std::string_view bytes) {
  std::size_t scanned = 0;
  const auto end = find_head_end(bytes, scanned);
  if (!end) return;
  Request request;
  const auto framing = parse_head(bytes.substr(0, *end), request);
  if (!framing) return;
  check_request(request);
  auto match = router().match(request);
  if (!match.route) Router::unmatched(match, request);
  request.language();
  request.cookie("lang");
  request.content_type();
  lists_tag(request.headers.get("if-none-match"), "\"x\"");

  // What we accept, Beast must read in the same way: two readers of one stream never disagree about where a request
  // ends.
  namespace beast = boost::beast;
  beast::http::request_parser<beast::http::empty_body> other;
  other.eager(false);
  other.header_limit(1 << 20);
  other.body_limit(boost::none);
  beast::error_code error;
  other.put(boost::asio::buffer(bytes.data(), *end), error);
  if (error) return;  // Beast is stricter in places
  require(other.is_header_done(), "both see the end of the head");
  require(other.get().target() == beast::string_view(request.target.data(), request.target.size()), "same target");
  require(other.chunked() == (framing->body == Framing::Body::chunked), "same coding");
  const auto length = other.content_length();
  require((length ? *length : 0) == (framing->body == Framing::Body::sized ? framing->length : 0), "same length");
  std::size_t fields = 0;
  for (const auto& field : other.get()) {
    const std::string_view name(field.name_string().data(), field.name_string().size());
    require(request.headers.find(name).has_value(), "same fields");
    ++fields;
  }
  require(fields == request.headers.size(), "as many fields");
}

void fuzz_chunked(std::string_view bytes) {
  if (bytes.empty()) return;
  const std::size_t cut = static_cast<unsigned char>(bytes.front());
  bytes.remove_prefix(1);
  ChunkedDecoder whole, pieces;
  std::string one, two;
  const auto at_once = whole.feed(bytes, one);
  ChunkedDecoder::Step step;
  std::size_t at = 0;
  do {
    const auto n = std::min<std::size_t>(cut % 7 + 1, bytes.size() - at);
    step = pieces.feed(bytes.substr(at, n), two);
    at += step.consumed;
  } while (step.outcome == ChunkedDecoder::Outcome::more && at < bytes.size());
  require(step.outcome == at_once.outcome, "pieces end as the whole");
  require(one == two, "pieces give the same body");
  require(at == at_once.consumed, "pieces take the same bytes");
}

void fuzz_target(std::string_view bytes) {
  Request request;
  if (!parse_target(bytes, request.path, request.query_parameters)) return;
  check_request(request);
  for (const auto& [name, value] : request.query_parameters)
    require(civitas::is_valid_utf8(name) && civitas::is_valid_utf8(value), "a query is UTF-8");
  router().match(request);
}

void fuzz_multipart(std::string_view bytes) {
  const auto line = bytes.find('\n');
  const auto boundary = multipart_boundary(bytes.substr(0, line));
  const auto body = line == std::string_view::npos ? bytes : bytes.substr(line + 1);
  const auto parts = parse_multipart_body(body, boundary ? *boundary : "XX");
  if (!parts) return;
  for (const auto& part : *parts) {
    require(part.content.empty() || (part.content.data() >= body.data() &&
                                     part.content.data() + part.content.size() <= body.data() + body.size()),
            "a part lies in the body");
    if (part.file_name) {
      require(!part.file_name->empty() && part.file_name->size() <= 200, "a file has a name of bounded length");
      require(part.file_name->find_first_of("/\\") == std::string::npos, "no path in a file name");
      require(civitas::is_valid_utf8(*part.file_name), "a file name is UTF-8");
      require(sanitize_file_name(*part.file_name) == *part.file_name ||
                  part.file_name->find('%') != std::string::npos || part.file_name->size() > 180,
              "a clean name stays");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0: fuzz_head(bytes); break;
    case 1: fuzz_chunked(bytes); break;
    case 2: fuzz_target(bytes); break;
    default: fuzz_multipart(bytes); break;
  }
  return 0;
}
