// WebSocket (RFC 6455) on a route of the server: messages in both directions on one connection, which holds no thread
// while nothing is said. Extensions (permessage-deflate) are not offered.
//
//   add_websocket(router, "/chat/{room}", RouteOptions("signed in").body_up_to(64 * 1024), [&](Request& r) {
//     const auto room = rooms.find(r.param("room"));
//     if (!room) return WebSocketAnswer(problem_response(not_found(), r));
//     return WebSocketAnswer(WebSocketAccept{
//         .message = [room](WebSocket& from, WebSocketMessage message) { room->say(from, message.data); }});
//   });
//
// A page of another site can open WebSockets here with the cookies of whoever reads it, so a request of another origin
// is refused (403 `http.origin.foreign`), as a POST is. A message is delivered whole, the next one is not read before
// the handler of the one before has returned: TCP then slows the client. The server asks for a sign of life each
// `ServerOptions::ping_interval` and cuts a client that gives none; it counts with event streams
// (`max_streams`, `max_streams_of_address`) and says 1001 to all when it stops.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

#include "http/outlet.hpp"
#include "http/router.hpp"

namespace civitas::http {

struct WebSocketMessage {
  enum class Kind { text, binary };
  Kind kind = Kind::text;
  std::string data;  // valid UTF-8 when text
};

/// One client. Thread-safe, and may be kept after the client has gone.
class WebSocket {
 public:
  /// For tests of what is sent an Outlet of their own.
  explicit WebSocket(std::shared_ptr<Outlet> outlet) : outlet_(std::move(outlet)) {}

  /// Queues a message. False when the client is gone or leaving, or would have more than `ServerOptions::max_waiting`
  /// bytes unread: it is then cut. A single message of any size is taken while nothing waits. Throws
  /// std::invalid_argument for text that is not UTF-8, at which clients must break off.
  bool send_text(std::string_view text);
  bool send_binary(std::string_view bytes);
  /// Says goodbye after what is queued; the client has five seconds to answer. `code`: 1000 for an end as planned, 4000
  /// to 4999 for meanings of one's own (RFC 6455, section 7.4). Throws std::invalid_argument for one that is not sent.
  void close(std::uint16_t code = 1000, std::string_view reason = {});
  bool open() const;
  /// Bytes queued here that the network has not taken.
  std::size_t waiting() const;

 private:
  friend class WebSocketChannel;
  bool send(std::uint8_t opcode, std::string_view payload);
  bool say_close(std::uint16_t code, std::string_view reason);

  const std::shared_ptr<Outlet> outlet_;
  mutable std::mutex mutex_;  // nothing follows a Close frame
  bool closing_ = false;
};

/// What a handler gives to accept. The functions are called on workers, one at a time; what they throw is logged and
/// closes with 1011.
struct WebSocketAccept {
  std::function<void(const std::shared_ptr<WebSocket>&)> opened = {};
  std::function<void(WebSocket&, WebSocketMessage)> message = {};
  /// Once for each `opened`, whatever ended it. `code`: the client's, 1005 when it gave none, 1006 when it left without
  /// a word, or what was said to it because it broke a rule.
  std::function<void(std::uint16_t code, std::string_view reason)> closed = {};
  /// One of those the client offers in Sec-WebSocket-Protocol, "" for none.
  std::string protocol = {};
};

struct WebSocketLimits {
  unsigned fragments = 1'024;   // frames of one message; 1008 beyond
  double frames_a_second = 50;  // more are read later: the client waits
  double burst = 200;           // frames beyond that rate, once
};

using WebSocketAnswer = std::variant<Response, WebSocketAccept>;
/// Runs as any handler does, after the filters: `request.context` tells who asks.
using WebSocketHandler = std::function<WebSocketAnswer(Request&)>;

/// `options.max_body` limits a message (1009 beyond). Other requests than an opening handshake are answered with 426,
/// malformed handshakes with 400.
void add_websocket(Router& router, std::string_view pattern, RouteOptions options, WebSocketHandler handler,
                   WebSocketLimits limits = {});

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key.
std::string websocket_accept(std::string_view key);

}  // namespace civitas::http
