#include "http/connection.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include "base/log.hpp"
#include "http/wire.hpp"

namespace civitas::http {

namespace {

using boost::system::error_code;
using std::chrono::milliseconds;

constexpr milliseconds linger_time{2000};

std::int64_t steady_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Problem busy() {
  return problem(Kind::unavailable, "http.server.busy", "系统繁忙，请稍后再试。",
                 "The server is busy. Try again shortly.");
}

}  // namespace

Connection::Connection(std::shared_ptr<Core> core, Tcp::socket socket)
    : core_(std::move(core)), socket_(std::move(socket)), descriptor_(socket_.native_handle()), in_(first_buffer) {
  const std::lock_guard lock(core_->registry_mutex);
  core_->registry.insert(this);
  core_->open.fetch_add(1, std::memory_order_relaxed);
}

Connection::~Connection() {
  if (spill_file_ >= 0) ::close(spill_file_);
  if (file_ >= 0) ::close(file_);
  const std::lock_guard lock(core_->registry_mutex);
  core_->registry.erase(this);
  core_->open.fetch_sub(1, std::memory_order_relaxed);
}

void Connection::set_phase(Phase phase, milliseconds limit) {
  phase_.store(phase, std::memory_order_relaxed);
  deadline_.store(steady_now() + std::chrono::nanoseconds(limit).count(), std::memory_order_release);
}

void Connection::set_phase(Phase phase) {
  deadline_.store(0, std::memory_order_relaxed);
  phase_.store(phase, std::memory_order_release);
}

void Connection::enforce_deadline(std::int64_t now) {
  const auto deadline = deadline_.load(std::memory_order_acquire);
  if (deadline == 0 || now < deadline) return;
  const auto phase = phase_.load(std::memory_order_relaxed);
  if (phase == Phase::working) return;
  timed_out_.store(true);
  // A reader sees the end of input and can still answer 408; a writer is cut.
  ::shutdown(descriptor_, phase == Phase::reading || phase == Phase::body ? SHUT_RD : SHUT_RDWR);
}

void Connection::end_if_idle() {
  const auto phase = phase_.load(std::memory_order_acquire);
  if (phase == Phase::idle) ::shutdown(descriptor_, SHUT_RD);
  if (phase == Phase::open && !told_to_leave_.exchange(true)) leave();
}

void Connection::cut() const { ::shutdown(descriptor_, SHUT_RDWR); }

void Connection::start() {
  error_code error;
  const auto peer = socket_.remote_endpoint(error);
  if (!error) remote_ = peer.address().to_string();
  socket_.set_option(Tcp::no_delay(true), error);
  socket_.non_blocking(true, error);
  request_ = std::make_shared<Request>();
  if (!core_->tls) {
    set_phase(Phase::idle, core_->options.head_timeout);
    want_input();
    return;
  }
  tls_ = std::make_unique<asio::ssl::stream<Tcp::socket&>>(socket_, *core_->tls);
  set_phase(Phase::lingering, core_->options.head_timeout);
  tls_->async_handshake(asio::ssl::stream_base::server, [self = shared_from_this()](const error_code& failed) {
    if (failed) return self->cut();
    self->set_phase(Phase::idle, self->core_->options.head_timeout);
    self->want_input();
  });
}

void Connection::submit(Task task, WorkerPool::Admission admission) {
  task_ = task;
  std::shared_ptr<Runnable> self = shared_from_this();
  if (core_->workers->submit(self, admission)) return;
  if (source_ != Source::none || core_->stopped.load()) return cut();
  auto answer = problem_response(busy(), *request_);
  answer.set("Retry-After", "1");
  reply(std::move(answer));
}

void Connection::dispatch() {
  set_phase(Phase::working);
  if (route_->options.run == RouteOptions::Run::in_place && !route_->options.body_to_file) return invoke();
  submit(Task::handle, WorkerPool::Admission::bounded);
}

void Connection::run() noexcept {
  const auto self = shared_from_this();  // the pool's own reference may be the last one
  try {
    switch (task_) {
      case Task::handle: return invoke();
      case Task::filter: return filter_then_body();
      case Task::produce: return produce();
      case Task::spill:
        if (!spill()) return refuse(503, busy());
        body_deadline();
        return want_input();
      case Task::opened:
      case Task::deliver:
      case Task::closed: return run_callback();
    }
  } catch (const std::exception& error) {
    log_error("http.connection.failed", {{"error", error.what()}});
    cut();
  }
}

void Connection::invoke() noexcept {
  if (spill_file_ >= 0 || (route_->options.body_to_file && request_->body.size() > in_memory)) {
    const bool stored = spill();
    if (spill_file_ >= 0) ::close(std::exchange(spill_file_, -1));
    if (!stored) return refuse(503, busy());
  }
  // From the moment the handler has the Reply this connection may belong to another thread: locals only.
  const auto request = request_;
  const auto core = core_;
  const auto* route = route_;
  Reply answer(std::static_pointer_cast<ReplySink>(shared_from_this()));
  try {
    if (!filtered_) {
      if (auto early = core->router.run_filters(*request)) return answer(std::move(*early));
    }
    route->handler(request, std::move(answer));
  } catch (const std::exception& error) {
    log_error("http.handler.failed", {{"route", route->pattern}, {"error", error.what()}, {"request", request->id}});
  } catch (...) {
    log_error("http.handler.failed", {{"route", route->pattern}, {"request", request->id}});
  }
}

void Connection::finish() {
  if (file_ >= 0) ::close(std::exchange(file_, -1));
  response_ = Response();
  if (out_.capacity() > 4 * file_piece) out_ = std::string();
  if (spill_file_ >= 0) ::close(std::exchange(spill_file_, -1));
  // What was uploaded is not kept until the next request; the handler may still hold it.
  if (!request_->body_file.empty() || request_->body.capacity() > body_buffer) request_ = std::make_shared<Request>();
  if (!keep_alive_) return close();
  stage_ = Stage::head;
  if (in_begin_ != in_end_) {
    set_phase(Phase::reading, core_->options.head_timeout);
    return resume();
  }
  if (in_.size() > body_buffer) in_ = std::vector<char>(first_buffer);
  set_phase(Phase::idle, core_->options.idle_timeout);
  // The server may have begun to stop after this answer was made: then nobody ends this idle connection but us.
  if (core_->stopping.load()) return close();
  want_input();
}

/// Ends the sending side first and reads what the client still sends for a moment: closing with unread input makes TCP
/// throw away the answer that the client has not read yet.
void Connection::close() {
  set_phase(Phase::lingering, linger_time);
  if (tls_) {
    tls_->async_shutdown([self = shared_from_this()](const error_code&) { self->cut(); });
    return;
  }
  ::shutdown(descriptor_, SHUT_WR);
  if (input_whole_ && in_begin_ == in_end_) return;
  linger();
}

void Connection::linger() {
  in_begin_ = in_end_ = 0;
  socket_.async_read_some(asio::buffer(in_), [self = shared_from_this()](const error_code& error, std::size_t size) {
    if (error || size == 0) return self->cut();
    self->linger();
  });
}

}  // namespace civitas::http
