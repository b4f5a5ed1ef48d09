// Private to the room: what the server and its connections share. Knows Boost; included by .cpp files of the room
// alone.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <mutex>
#include <unordered_set>

#include "http/channel.hpp"
#include "http/proxies.hpp"
#include "http/server.hpp"
#include "http/worker_pool.hpp"

namespace civitas::http {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

class Connection;

/// What all connections of a server share. Lives as long as any of them.
struct Core {
  Core(ServerOptions options, Router router);

  const ServerOptions options;
  const Router router;
  Proxies proxies;
  std::vector<std::unique_ptr<asio::io_context>> sockets;  // one per socket thread
  std::unique_ptr<WorkerPool> workers;
  std::unique_ptr<asio::ssl::context> tls;
  std::atomic<bool> stopping{false};
  std::atomic<bool> stopped{false};

  std::mutex registry_mutex;
  std::unordered_set<Connection*> registry;
  std::atomic<std::size_t> open{0};
  OpenChannels channels;

  struct DefaultField {
    std::string_view name;
    std::string line;  // with CRLF
  };
  std::vector<DefaultField> default_fields;

  // requests by method (the last: none understood) and class of status
  std::array<std::array<Counter*, 6>, 8> requests{};
  Counter* overflows = nullptr;  // clients of channels that were cut because they read too slowly
  Histogram* durations = nullptr;

  void observe(const Request& request, bool parsed, int status, std::uint64_t bytes) const;
};

}  // namespace civitas::http
