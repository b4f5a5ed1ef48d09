// The HTTP/1.1 server (RFC 9112), with TLS when a certificate is given.
//
// How it is built. A few socket threads read, parse and write; handlers run on a pool of workers and may block (SQLite,
// files). A connection is never touched by two threads at once: it passes from the socket thread to a worker, which
// runs the handler, writes the answer itself while the socket takes it, and hands the next read back to the socket
// threads. So a request costs one passing of threads, and a slow handler stalls nobody but its own client; when all
// workers are busy and the queue is full, the answer is 503. Routes declared `in_place` skip the passing: see
// RouteOptions::Run.
//
// Slow clients are cut by deadlines: for the head, for a minimum rate of the body, for progress of an answer, for
// silence between requests.
//
// An answer may stay open (`event_stream.hpp`, `websocket.hpp`): its connection then belongs to its socket thread, a
// read stands so that a client that leaves is noticed, and no worker is held.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/metrics.hpp"
#include "base/result.hpp"
#include "http/router.hpp"

namespace civitas::http {

struct ServerOptions {
  using Millis = std::chrono::milliseconds;
  enum class AccessLog { errors, all };  // answers of 500 and above, or every one

  std::string address = "127.0.0.1";
  std::uint16_t port = 0;       // 0: any free one
  unsigned socket_threads = 0;  // 0: half the cores, at least one
  unsigned workers = 0;         // 0: twice the cores
  std::size_t queue = 1024;     // requests that may wait for a worker
  std::size_t max_connections = 10'000;

  std::size_t max_head = 16 * 1024;                 // bytes of request line and fields; 431 beyond
  std::uint64_t max_body = std::uint64_t{4} << 30;  // bytes, whatever a route allows
  Millis head_timeout{10'000};                      // from the first byte of a request to the end of its head
  Millis idle_timeout{60'000};                      // between requests
  Millis body_grace{10'000};                        // before the minimum rate is asked for
  std::uint64_t min_body_rate = 2'048;              // bytes a second
  Millis write_timeout{30'000};                     // without the client taking anything
  std::filesystem::path temporary_folder;           // for large bodies; the system's when empty

  // Connections that stay open: event streams and WebSockets.
  std::size_t max_streams = 4'000;           // of them in all; 503 beyond
  std::size_t max_streams_of_address = 256;  // from one client address (of IPv6 one /64); 429 beyond
  std::size_t max_waiting = 256 * 1024;      // bytes that such a client has not taken; then it is cut
  Millis heartbeat{20'000};                  // between the comments in an event stream that keep proxies from closing
  Millis ping_interval{30'000};              // of a WebSocket; a client without an answer for as long again is cut

  /// The site's own name, "https://city.example"; empty when nobody told (see proxies.hpp).
  std::string public_address;
  /// Proxies that are believed about whom they speak for, client, scheme and host: addresses or networks such as
  /// "10.1.0.0/16". Nobody else reaches this machine by the loopback, so a proxy on it is believed unless told
  /// otherwise.
  std::vector<std::string> trusted_proxies = {"127.0.0.0/8", "::1"};

  std::filesystem::path certificate, private_key;  // PEM; TLS 1.2 and 1.3 when both are set
  std::string content_security_policy =
      "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
      "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";
  AccessLog access_log = AccessLog::errors;
  Metrics* metrics = nullptr;  // outlives the server
};

class Server {
 public:
  Server(ServerOptions options, Router router);
  ~Server();  // stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Fails with `http.server.address`, `http.server.listen` (port taken) or `http.server.certificate`.
  Status start();
  /// The port that is listened on, once started.
  std::uint16_t port() const;
  std::size_t open_connections() const;
  const Router& router() const;
  /// Accepts no more, ends event streams and WebSockets, lets running requests finish for at most `grace`, then cuts
  /// them. Waits for handlers that run on workers: they cannot be interrupted. A Reply kept beyond this has no effect.
  /// May be called twice.
  void stop(std::chrono::milliseconds grace = std::chrono::seconds(10));

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace civitas::http
