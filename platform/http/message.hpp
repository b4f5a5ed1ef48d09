// A request as a handler sees it and a response as it gives it back (HTTP semantics: RFC 9110). Plain values: they can
// be built by hand in a test, and nothing in them knows a socket.
#pragma once

#include <any>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace civitas::http {

enum class Method { get, head, post, put, patch, del, options };
/// "GET", …
std::string_view method_name(Method method);
/// Case-sensitive, as the standard says; nothing for methods that are not spoken here.
std::optional<Method> parse_method(std::string_view token);

enum class Language { zh, en };

bool equal_ignoring_case(std::string_view a, std::string_view b);

/// Header fields in the order they came. The bytes lie in one buffer, so that a connection can use the object again
/// without allocating.
class Headers {
 public:
  void add(std::string_view name, std::string_view value);
  /// The first field of this name (in any case), or nothing. Valid until the next `add` or `clear`.
  std::optional<std::string_view> find(std::string_view name) const;
  /// The first field of this name, or "".
  std::string_view get(std::string_view name) const { return find(name).value_or(std::string_view{}); }
  std::size_t count(std::string_view name) const;
  std::size_t size() const { return fields_.size(); }
  std::string_view name(std::size_t index) const;
  std::string_view value(std::size_t index) const;
  void clear();

 private:
  struct Field {
    std::uint32_t at, name_size, value_size;
  };
  std::string bytes_;
  std::vector<Field> fields_;
};

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Request {
  Request() = default;
  ~Request();
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  Method method = Method::get;
  std::string target;      // as sent, path and query
  std::string path;        // decoded, valid UTF-8, without "." and ".." and doubled slashes; begins with "/"
  Pairs query_parameters;  // decoded, in order; "+" is a space
  Headers headers;
  std::string body;
  /// Set instead of `body` when the route has `body_to_file` and the body was larger than 1 MiB. The file is removed
  /// with the request; a handler that wants it moves it away.
  std::filesystem::path body_file;
  std::uint64_t body_size = 0;  // of either
  Pairs params;                 // what the route's braces matched
  std::string route;            // pattern of the route that answers, "" while none is found
  std::string remote;           // address of the client, without its port; behind a trusted proxy what that says
  std::string peer;             // address of the other end of the connection: the client, or a proxy
  std::string id;               // 16 random bytes in hexadecimal, ours: a client's X-Request-Id is not believed
  Instant received;
  std::chrono::steady_clock::time_point arrived;
  // What follows is decided in one place (proxies.hpp); links, cookies and the question whose page asks go by it.
  bool encrypted = false;   // the client speaks https: TLS ends here, or at a trusted proxy that says so
  std::string host;         // by which the client knows this site, with its port; links are made with it
  std::string second_host;  // another name under which pages of this site are served; may be empty
  /// For filters to leave what they found out (who asks) to the handler.
  std::any context;

  std::optional<std::string_view> query(std::string_view name) const;
  std::vector<std::string_view> query_all(std::string_view name) const;
  /// "" when the route has no such part.
  std::string_view param(std::string_view name) const;
  std::optional<std::string_view> cookie(std::string_view name) const;
  /// The media type of the body in lower case and without parameters: "application/json".
  std::string content_type() const;
  /// The peer is this machine and does not speak for somebody else: false when a proxy added one of its fields.
  bool is_local() const;
  /// A browser says that a page of another site sends this (Origin, Sec-Fetch-Site): with the reader's cookies, but not
  /// by the reader's will. Clients that are no browser say nothing and hold no one's cookie by accident.
  bool from_another_site() const;
  /// "https://city.example" as the client knows this site; "" where it named no host.
  std::string site() const;
  /// Cookie `lang` (zh or en) before Accept-Language before Chinese.
  Language language() const;
  /// Empty again, keeping memory for the next request of the connection.
  void reset();
};

/// Splits and decodes a request target (RFC 9112 section 3.2: origin and absolute form, and "*" for OPTIONS) into
/// `path` and `query_parameters`. Refuses, with `http.target.malformed`, broken percent escapes, text that is not
/// UTF-8, control characters, an encoded slash, and ".." beyond the root.
Status parse_target(std::string_view target, std::string& path, Pairs& query_parameters);
/// Percent-decoding; nothing when an escape is broken. In a query a plus sign is a space.
enum class PlusSign { literal, space };
std::optional<std::string> percent_decode(std::string_view text, PlusSign plus = PlusSign::literal);
/// Encodes all but the unreserved characters of RFC 3986: for a path segment or query value.
std::string percent_encode(std::string_view text);

/// Part of a file to be sent.
struct FileBody {
  std::filesystem::path path;
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length = {};  // to the end when absent
};

/// Puts the next piece into `chunk` (given empty; may stay empty) and returns true while more may follow. Called on a
/// worker thread, and only after the previous piece has left for the network, so a slow reader slows the producer. A
/// Problem, or an exception, cuts the connection so that the receiver notices that the body is not whole.
using BodyProducer = std::function<Result<bool>(std::string& chunk)>;

class Channel;

struct Response {
  int status = 200;
  Pairs headers;
  std::string body;
  std::optional<FileBody> file = {};  // instead of `body`
  BodyProducer stream = {};           // instead of `body`; sent in chunks
  /// Instead of `body`: what is sent later. Made by `event_stream_response` and `add_websocket`.
  std::shared_ptr<Channel> channel = {};

  /// Replaces a field. Content-Length, Transfer-Encoding, Connection and Date are the server's own and ignored here.
  Response& set(std::string_view name, std::string value);
  /// Adds one more of the same name (Set-Cookie).
  Response& add(std::string_view name, std::string value);
  /// nullptr when absent.
  const std::string* find(std::string_view name) const;
};

Response json_response(int status, std::string json);
Response text_response(int status, std::string text);
Response redirect_response(int status, std::string location);
/// application/problem+json (RFC 9457) with type, title, status, detail, reason, field and request_id. `detail` is the
/// public sentence in the reader's language; the problem's internal detail is never sent.
Response problem_response(const Problem& problem, Language language, std::string_view request_id);
/// The same, in the language of the request.
Response problem_response(const Problem& problem, const Request& request);

/// 403 `http.origin.foreign`: for what has effects and comes `from_another_site`.
Problem foreign_origin();

/// The standard phrase of a status code, or "Unknown".
std::string_view reason_phrase(int status);

}  // namespace civitas::http
