// Reading HTTP/1.1 requests from bytes (RFC 9112), without sockets. Strict where leniency lets two programs read one
// stream differently (request smuggling): lines end in CRLF, no folding, no space before a colon, exactly one Host in
// HTTP/1.1, Content-Length and Transfer-Encoding never together, and no other coding than chunked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace civitas::http {

/// What the framing of a request asks of the connection.
struct Framing {
  enum class Body { none, sized, chunked };
  Body body = Body::none;
  std::uint64_t length = 0;  // when sized
  int version = 11;          // 10 or 11
  bool keep_alive = true;
  bool expects_continue = false;
};

struct HeadError {
  int status = 400;  // 400, 431, 501 (unknown method or coding), 505, 417
  Problem problem;
};

/// Length of the head with its empty line, or nothing while it is not complete. `scanned` is where the last search
/// ended.
std::optional<std::size_t> find_head_end(std::string_view bytes, std::size_t& scanned);

/// Parses a complete head (request line, fields, empty line) into `request`: method, target, path, query, headers.
std::expected<Framing, HeadError> parse_head(std::string_view head, Request& request);

/// Decodes a chunked body piece by piece (RFC 9112 section 7.1). Extensions and trailers are read and dropped.
class ChunkedDecoder {
 public:
  enum class Outcome { more, done, malformed };
  struct Step {
    Outcome outcome = Outcome::more;
    std::size_t consumed = 0;
  };
  /// Takes bytes from `input`, appends body bytes to `out`. After `done`, `consumed` tells where the next request
  /// begins.
  Step feed(std::string_view input, std::string& out);
  void reset() { *this = ChunkedDecoder(); }

 private:
  enum class State {
    size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_start,
    trailer,
    trailer_lf,
    end_lf,
    done,
    bad
  };
  State state_ = State::size;
  std::uint64_t left_ = 0;
  unsigned digits_ = 0;
  unsigned overhead_ = 0;  // bytes of extensions and trailers, limited
};

}  // namespace civitas::http
