// Private to the room: the inside of the server. The only header here that knows Boost; included by its .cpp files
// alone.
//
// A Connection is a state machine with one owner at a time. Whoever owns it (a socket thread in a completion handler,
// or the worker that runs the handler or pulls the next piece of an answer) may touch its members; ownership passes
// with an asynchronous operation, a submitted task or a Reply. Only the atomics and the descriptor number are read by
// others.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <mutex>
#include <unordered_set>

#include "http/parser.hpp"
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

  struct DefaultField {
    std::string_view name;
    std::string line;  // with CRLF
  };
  std::vector<DefaultField> default_fields;

  // requests by method (the last: none understood) and class of status
  std::array<std::array<Counter*, 6>, 8> requests{};
  Histogram* durations = nullptr;

  void observe(const Request& request, bool parsed, int status, std::uint64_t bytes) const;
};

class Connection final : public std::enable_shared_from_this<Connection>, public Runnable, public ReplySink {
 public:
  Connection(std::shared_ptr<Core> core, Tcp::socket socket);
  ~Connection() override;

  /// On the connection's socket thread.
  void start();
  /// From any thread, under the registry's lock: cuts when a deadline has passed.
  void enforce_deadline(std::int64_t now);
  /// From any thread, under the registry's lock: ends an idle connection.
  void end_if_idle();
  void cut() const;

  void run() noexcept override;            // the task that was submitted
  void reply(Response response) override;  // from any thread

 private:
  enum class Phase { idle, reading, body, working, writing, lingering };
  enum class Stage { head, body };
  enum class Task { handle, filter, spill, produce };
  enum class Source { none, file, stream };

  static constexpr std::size_t first_buffer = 8 * 1024;
  static constexpr std::size_t body_buffer = 64 * 1024;
  static constexpr std::uint64_t in_memory = 1 << 20;  // of a body that may go to a file
  static constexpr std::size_t file_piece = 256 * 1024;

  void set_phase(Phase phase, std::chrono::milliseconds limit);
  void set_phase(Phase phase);  // without a deadline
  void body_deadline();
  void submit(Task task, WorkerPool::Admission admission);

  void want_input();
  void on_input(const boost::system::error_code& error, std::size_t size);
  void process();
  void resume();  // process() again, on the socket thread and not deeper in the stack
  void renew_request();
  void read_head();
  void begin_request(const Framing& framing);
  void begin_body();
  void read_body();
  void body_complete();
  void dispatch();
  void invoke() noexcept;
  bool spill();
  void filter_then_body();

  void refuse(int status, const Problem& problem);
  void write_head(const Response& response, bool has_length, std::uint64_t length, bool chunked);
  bool open_file(FileBody file, std::uint64_t& length);
  void produce();
  void write();
  void on_written(const boost::system::error_code& error, std::size_t size);
  void written();
  void finish();
  void close();
  void linger();

  template <class Buffers, class Callback>
  void async_read(const Buffers& buffers, Callback callback);
  template <class Buffers, class Callback>
  void async_write(const Buffers& buffers, Callback callback);

  const std::shared_ptr<Core> core_;
  Tcp::socket socket_;
  std::unique_ptr<asio::ssl::stream<Tcp::socket&>> tls_;
  const int descriptor_;
  std::string remote_;

  std::atomic<Phase> phase_{Phase::idle};
  std::atomic<std::int64_t> deadline_{0};  // steady nanoseconds; 0 is none
  std::atomic<bool> timed_out_{false};

  // input
  std::vector<char> in_;
  std::size_t in_begin_ = 0, in_end_ = 0, scanned_ = 0;
  Stage stage_ = Stage::head;
  Framing framing_;
  ChunkedDecoder chunked_;
  std::uint64_t body_limit_ = 0, body_left_ = 0;
  std::chrono::steady_clock::time_point body_began_;
  bool input_whole_ = true;  // nothing of the current request is still to come
  bool filtered_ = false;
  bool parsed_ = false;
  int spill_file_ = -1;
  std::shared_ptr<Request> request_;
  const Route* route_ = nullptr;
  Task task_ = Task::handle;

  // output
  std::string out_;        // head, or a chunk with its frame
  Response response_;      // owns the body while it is written
  std::string_view tail_;  // second buffer: a large body
  std::size_t sent_ = 0;
  Source source_ = Source::none;
  bool interim_ = false;  // 100 Continue is being written
  bool chunk_framing_ = false;
  bool keep_alive_ = true;
  int file_ = -1;
  std::uint64_t file_at_ = 0, file_left_ = 0;
  std::string chunk_;
};

}  // namespace civitas::http
