// Server-Sent Events (WHATWG HTML, section 9.2): an answer that stays open and to which events are added when they
// happen. No thread is held meanwhile; a handler opens one so:
//
//   router.add_simple(Method::get, "/news", RouteOptions("public"), [&hub](Request&) {
//     return event_stream_response([&hub](const auto& stream) { hub.enter(stream); },
//                                  [&hub](const auto& stream) { hub.leave(stream); });
//   });
//
// The server adds a comment at each `ServerOptions::heartbeat`, notices a client that left, ends all streams when it
// stops, and refuses with 503 `http.stream.busy` beyond `max_streams`, with 429 `http.stream.address` beyond
// `max_streams_of_address`. With HTTP/1.1 the answer is chunked and whole only when the server ended it; the connection
// is not used again. Browsers open at most six HTTP/1.1 connections to one server: pages of one browser share a stream.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "http/message.hpp"
#include "http/outlet.hpp"

namespace civitas::http {

/// One client that listens. Thread-safe, and may be kept after the client has gone.
class EventStream {
 public:
  /// For tests of what is sent an Outlet of their own: `take` gives the bytes.
  explicit EventStream(std::shared_ptr<Outlet> outlet) : outlet_(std::move(outlet)) {}

  /// Queues an event. `event` may be empty ("message" then); `data` is UTF-8 of any number of lines; `id` is what the
  /// browser gives back as Last-Event-ID. False when the client is gone, or would have more than
  /// `ServerOptions::max_waiting` bytes unread: it is then cut, comes back by itself and asks anew. A single event of
  /// any size is taken while nothing waits. Throws std::invalid_argument when `event` or `id` holds a line break or a
  /// NUL, which the format has no way to write.
  bool send(std::string_view event, std::string_view data, std::string_view id = {});
  /// The same of events that `append_event` wrote before: one text for many listeners.
  bool send_written(std::string_view events);
  /// A line that listeners do not see.
  bool comment(std::string_view text);
  /// Ends the stream after what is queued was written. A browser connects again after some seconds.
  void close();
  bool open() const;
  /// Bytes queued here that the network has not taken.
  std::size_t waiting() const;

 private:
  const std::shared_ptr<Outlet> outlet_;
};

/// Appends an event as it is written on the wire. The same rules as for `EventStream::send`.
void append_event(std::string& out, std::string_view event, std::string_view data, std::string_view id = {});

using EventStreamCallback = std::function<void(const std::shared_ptr<EventStream>&)>;

/// An answer that stays open. `opened` is called once its head has left, `closed` exactly once for each `opened`,
/// whatever ended the stream, and never before `opened` has returned; both on a worker, where they may block (`closed`
/// on another thread when the workers have ended already). Neither is called when no stream came to be: for HEAD, when
/// there are too many, when the client left before.
Response event_stream_response(EventStreamCallback opened, EventStreamCallback closed = {});

}  // namespace civitas::http
