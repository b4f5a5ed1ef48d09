// Private to the room: the inside of the server. It and core.hpp are the only headers here that know Boost; included by
// its .cpp files alone.
//
// A Connection is a state machine with one owner at a time. Whoever owns it (a socket thread in a completion handler,
// or the worker that runs the handler or pulls the next piece of an answer) may touch its members; ownership passes
// with an asynchronous operation, a submitted task or a Reply. Only the atomics and the descriptor number are read by
// others. A connection that stays open belongs to its socket thread from the end of the head on: workers then touch
// nothing but the Channel, and those who send only its Outlet.
#pragma once

#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>

#include "http/core.hpp"
#include "http/parser.hpp"

namespace civitas::http {

class Connection final : public std::enable_shared_from_this<Connection>, public Runnable, public ReplySink {
 public:
  Connection(std::shared_ptr<Core> core, Tcp::socket socket);
  ~Connection() override;

  /// On the connection's socket thread.
  void start();
  /// From any thread, under the registry's lock: cuts when a deadline has passed.
  void enforce_deadline(std::int64_t now);
  /// From any thread, under the registry's lock: ends an idle connection, and one that stays open.
  void end_if_idle();
  void cut() const;

  void run() noexcept override;            // the task that was submitted
  void reply(Response response) override;  // from any thread

 private:
  enum class Phase { idle, reading, body, working, writing, open, lingering };
  enum class Stage { head, body };
  enum class Task { handle, filter, spill, produce, opened, deliver, closed };
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

  // A connection that stays open (connection_channel.cpp).
  struct Stay {
    Stay(std::shared_ptr<Channel> c, OpenChannels::Place p, const asio::any_io_executor& executor)
        : channel(std::move(c)), place(std::move(p)), timer(executor), rest(executor) {}
    const std::shared_ptr<Channel> channel;
    const OpenChannels::Place place;
    asio::steady_timer timer;  // heartbeat, or the end of patience with a client that is leaving
    asio::steady_timer rest;   // no reading until then
    std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
    bool reading = false, writing = false, resting = false;
    bool working = false;                 // a callback runs on a worker
    bool opened = false, closed = false;  // which callbacks were called
    bool leaving = false;                 // the client has a moment for its last word
    bool last_chunk = false;              // the end of the body is behind everything
    bool ended = false;                   // nothing is written, delivered or waited for any more
  };
  void admit(Response& response);
  void begin_channel();
  void step();
  void take_input();
  bool has_much_to_read() const;
  void on_channel_input(const boost::system::error_code& error, std::size_t size);
  void pump();
  Outlet::State next_piece();
  void conclude();
  void lose();
  void depart();
  void arm(std::chrono::milliseconds delay);
  void beat();
  void leave();
  void call(Task task);
  void run_callback() noexcept;

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

  std::unique_ptr<Stay> stay_;
  std::atomic<bool> told_to_leave_{false};
};

template <class Buffers, class Callback>
void Connection::async_read(const Buffers& buffers, Callback callback) {
  if (tls_)
    tls_->async_read_some(buffers, std::move(callback));
  else
    socket_.async_read_some(buffers, std::move(callback));
}

template <class Buffers, class Callback>
void Connection::async_write(const Buffers& buffers, Callback callback) {
  if (tls_)
    tls_->async_write_some(buffers, std::move(callback));
  else
    socket_.async_write_some(buffers, std::move(callback));
}

}  // namespace civitas::http
