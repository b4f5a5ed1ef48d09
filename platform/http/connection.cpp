#include "http/connection.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <cstring>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "http/wire.hpp"

namespace civitas::http {

namespace {

using boost::system::error_code;
using std::chrono::milliseconds;

constexpr std::size_t first_buffer = 8 * 1024;
constexpr std::size_t body_buffer = 64 * 1024;
constexpr std::uint64_t in_memory = 1 << 20;       // of a body that may go to a file
constexpr std::uint64_t filter_first = 64 * 1024;  // bodies beyond are received after the filters agreed
constexpr std::size_t joined_body = 16 * 1024;     // bodies up to here are copied behind the head
constexpr std::size_t file_piece = 256 * 1024;
constexpr milliseconds linger_time{2000};

std::int64_t steady_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Problem too_large() {
  return problem(Kind::too_large, "http.body.too_large", "提交的内容超过了允许的大小，请缩小后再试。",
                 "What was sent is larger than allowed here. Make it smaller and try again.");
}

Problem malformed_body() {
  return invalid("http.body.malformed", "请求内容的分块格式不正确。",
                 "The chunks of the request's body are malformed.");
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
  if (phase_.load(std::memory_order_acquire) == Phase::idle) ::shutdown(descriptor_, SHUT_RD);
}

void Connection::cut() const { ::shutdown(descriptor_, SHUT_RDWR); }

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

// --- input

void Connection::want_input() {
  if (in_begin_ == in_end_) {
    in_begin_ = in_end_ = scanned_ = 0;
  } else if (in_end_ == in_.size() && in_begin_ > 0) {
    std::memmove(in_.data(), in_.data() + in_begin_, in_end_ - in_begin_);
    in_end_ -= in_begin_;
    in_begin_ = 0;
  }
  if (in_end_ == in_.size()) in_.resize(in_.size() * 2);
  async_read(asio::buffer(in_.data() + in_end_, in_.size() - in_end_),
             [self = shared_from_this()](const error_code& error, std::size_t size) { self->on_input(error, size); });
}

void Connection::on_input(const error_code& error, std::size_t size) {
  if (error || size == 0) {
    // End of input in the middle of a request: told, when it was our deadline that ended it.
    const bool within = stage_ == Stage::body || in_begin_ != in_end_;
    if (timed_out_.load() && within) {
      if (stage_ == Stage::head) renew_request();
      return refuse(408, problem(Kind::timeout, "http.request.slow", "请求发送过慢，连接已断开，请检查网络后重试。",
                                 "The request arrived too slowly. Check the network and try again."));
    }
    return cut();
  }
  in_end_ += size;
  process();
}

void Connection::process() {
  if (stage_ == Stage::head)
    read_head();
  else
    read_body();
}

void Connection::resume() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] { self->process(); });
}

void Connection::renew_request() {
  if (request_.use_count() == 1) {
    std::atomic_thread_fence(std::memory_order_acquire);  // the handler that let go of it last
    request_->reset();
  } else {
    request_ = std::make_shared<Request>();
  }
  request_->remote = remote_;
  append_request_id(request_->id);
  request_->arrived = std::chrono::steady_clock::now();
  request_->received = SystemClock().now();
  request_->encrypted = tls_ != nullptr;
  parsed_ = false;
  framing_ = Framing();
}

void Connection::read_head() {
  // Empty lines before a request line are to be ignored (RFC 9112 section 2.2).
  while (in_end_ - in_begin_ >= 2 && in_[in_begin_] == '\r' && in_[in_begin_ + 1] == '\n') {
    in_begin_ += 2;
    scanned_ = 0;
  }
  const std::string_view view(in_.data() + in_begin_, in_end_ - in_begin_);
  const auto end = find_head_end(view, scanned_);
  if (!end || *end > core_->options.max_head) {
    if (view.size() >= core_->options.max_head) {
      renew_request();
      return refuse(431,
                    problem(Kind::too_large, "http.request.head_too_large", "请求头过大，请清除浏览器 Cookie 后重试。",
                            "The request's header is too large. Clear the browser's cookies and try again."));
    }
    if (phase_.load(std::memory_order_relaxed) == Phase::idle && !view.empty())
      set_phase(Phase::reading, core_->options.head_timeout);
    return want_input();
  }
  renew_request();
  auto framing = parse_head(view.substr(0, *end), *request_);
  in_begin_ += *end;
  scanned_ = 0;
  if (!framing) return refuse(framing.error().status, framing.error().problem);
  parsed_ = true;
  begin_request(*framing);
}

void Connection::begin_request(const Framing& framing) {
  framing_ = framing;
  input_whole_ = framing.body == Framing::Body::none;
  filtered_ = false;
  keep_alive_ = framing.keep_alive;
  const auto match = core_->router.match(*request_);
  route_ = match.route;
  if (!route_) {
    set_phase(Phase::working);
    return reply(Router::unmatched(match, *request_));
  }
  body_limit_ = std::min(route_->options.max_body, core_->options.max_body);
  if (input_whole_) return dispatch();
  if (framing.body == Framing::Body::sized && framing.length > body_limit_) return refuse(413, too_large());
  body_left_ = framing.length;
  chunked_.reset();
  stage_ = Stage::body;
  const bool large =
      framing.body == Framing::Body::chunked ? route_->options.body_to_file : framing.length > filter_first;
  if (large && core_->router.has_filters()) {
    set_phase(Phase::working);
    return submit(Task::filter, WorkerPool::Admission::bounded);
  }
  begin_body();
}

void Connection::filter_then_body() {
  filtered_ = true;
  std::optional<Response> answer;
  try {
    answer = core_->router.run_filters(*request_);
  } catch (const std::exception& error) {
    log_error("http.filter.failed", {{"error", error.what()}, {"request", request_->id}});
    answer.emplace();
    answer->status = 0;
  }
  if (answer) return reply(std::move(*answer));
  begin_body();
}

void Connection::begin_body() {
  body_began_ = std::chrono::steady_clock::now();
  body_deadline();
  if (framing_.body == Framing::Body::sized) {
    request_->body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(framing_.length, in_memory)));
    if (framing_.length > in_.size() && in_.size() < body_buffer && in_begin_ == in_end_) {
      in_.resize(body_buffer);
      in_begin_ = in_end_ = 0;
    }
  }
  if (framing_.expects_continue && in_begin_ == in_end_) {
    interim_ = true;
    out_ = "HTTP/1.1 100 Continue\r\n\r\n";
    tail_ = {};
    sent_ = 0;
    return write();
  }
  read_body();
}

void Connection::body_deadline() {
  const auto& options = core_->options;
  const auto allowed =
      options.body_grace + milliseconds(request_->body_size * 1000 / std::max<std::uint64_t>(options.min_body_rate, 1));
  phase_.store(Phase::body, std::memory_order_relaxed);
  deadline_.store(
      std::chrono::duration_cast<std::chrono::nanoseconds>((body_began_ + allowed).time_since_epoch()).count(),
      std::memory_order_release);
}

void Connection::read_body() {
  const std::string_view view(in_.data() + in_begin_, in_end_ - in_begin_);
  auto& body = request_->body;
  const auto before = body.size();
  bool whole = false;
  if (framing_.body == Framing::Body::sized) {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, view.size()));
    body.append(view.substr(0, n));
    in_begin_ += n;
    body_left_ -= n;
    whole = body_left_ == 0;
  } else {
    const auto step = chunked_.feed(view, body);
    in_begin_ += step.consumed;
    if (step.outcome == ChunkedDecoder::Outcome::malformed) return refuse(400, malformed_body());
    whole = step.outcome == ChunkedDecoder::Outcome::done;
  }
  request_->body_size += body.size() - before;
  if (request_->body_size > body_limit_) return refuse(413, too_large());
  if (whole) return body_complete();
  body_deadline();
  if (route_->options.body_to_file && body.size() > in_memory) {
    set_phase(Phase::working);
    return submit(Task::spill, WorkerPool::Admission::always);
  }
  want_input();
}

void Connection::body_complete() {
  input_whole_ = true;
  stage_ = Stage::head;
  scanned_ = 0;
  dispatch();
}

/// Appends what is in memory to the temporary file.
bool Connection::spill() {
  auto& request = *request_;
  if (spill_file_ < 0) {
    std::error_code error;
    const auto folder = core_->options.temporary_folder.empty() ? std::filesystem::temp_directory_path(error)
                                                                : core_->options.temporary_folder;
    std::string name = (folder / "civitas-upload-XXXXXX").string();
    spill_file_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (spill_file_ < 0) {
      log_error("http.upload.temporary_file", {{"folder", folder.string()}, {"error", std::strerror(errno)}});
      return false;
    }
    request.body_file = name;
  }
  std::string_view rest = request.body;
  while (!rest.empty()) {
    const auto n = ::write(spill_file_, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      log_error("http.upload.temporary_file", {{"file", request.body_file.string()}, {"error", std::strerror(errno)}});
      return false;
    }
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  request.body.clear();
  return true;
}

// --- handling

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

// --- output

void Connection::refuse(int status, const Problem& problem) {
  input_whole_ = false;
  auto answer = problem_response(problem, *request_);
  if (answer.status != status) {
    replace_status(answer, status);
  }
  reply(std::move(answer));
}

void Connection::reply(Response response) {
  if (core_->stopped.load()) return cut();
  if (response.status == 0) response = problem_response(internal_problem("no answer"), *request_);
  response_ = std::move(response);
  core_->router.run_after(*request_, response_);
  if (response_.status < 200 || response_.status > 599) {
    log_error("http.reply.status", {{"status", response_.status}, {"request", request_->id}});
    response_ = problem_response(internal_problem("impossible status"), *request_);
  }
  if (!input_whole_ || core_->stopping.load(std::memory_order_relaxed)) keep_alive_ = false;

  const bool head_only = request_->method == Method::head && parsed_;
  const bool bodiless = response_.status == 204 || response_.status == 304;
  out_.clear();
  tail_ = {};
  sent_ = 0;
  source_ = Source::none;
  std::uint64_t length = response_.body.size();
  if (response_.file && !bodiless) {
    if (!open_file(*response_.file, length)) {
      response_ = problem_response(internal_problem("file to send"), *request_);
      length = response_.body.size();
    } else if (length > 0 && !head_only) {
      source_ = Source::file;
    }
  }
  const bool streaming = response_.stream && !response_.file && !bodiless;
  chunk_framing_ = streaming && framing_.version == 11;
  if (streaming) {
    if (!chunk_framing_) keep_alive_ = false;
    if (!head_only) source_ = Source::stream;
  }
  write_head(response_, !streaming && response_.status != 204 && response_.status != 304, length, chunk_framing_);
  if (!head_only && !bodiless && !streaming && !response_.file) {
    if (response_.body.size() <= joined_body)
      out_ += response_.body;
    else
      tail_ = response_.body;
  }
  core_->observe(*request_, parsed_, response_.status, streaming ? 0 : length);
  if (source_ == Source::file && file_left_ <= joined_body) return produce();  // small: leaves with the head
  write();
}

bool Connection::open_file(FileBody file, std::uint64_t& length) {
  file_ = ::open(file.path.c_str(), O_RDONLY | O_CLOEXEC);
  const auto size = file_ < 0 ? -1 : ::lseek(file_, 0, SEEK_END);
  if (size < 0 || file.offset > static_cast<std::uint64_t>(size)) {
    log_error("http.reply.file", {{"file", file.path.string()}, {"request", request_->id}});
    if (file_ >= 0) ::close(std::exchange(file_, -1));
    return false;
  }
  file_at_ = file.offset;
  length = static_cast<std::uint64_t>(size) - file.offset;
  if (file.length) length = std::min(length, *file.length);
  file_left_ = length;
  return true;
}

void Connection::write_head(const Response& response, bool has_length, std::uint64_t length, bool chunked) {
  append_status_line(out_, response.status);
  append_date(out_);
  for (const auto& [name, value] : response.headers) {
    if (is_server_field(name)) continue;
    if (!append_field(out_, name, value)) log_error("http.reply.header", {{"name", name}, {"request", request_->id}});
  }
  for (const auto& field : core_->default_fields)
    if (!response.find(field.name)) out_ += field.line;
  append_field(out_, "X-Request-Id", request_->id);
  if (has_length) append_length(out_, length);
  if (chunked) out_ += "Transfer-Encoding: chunked\r\n";
  if (!keep_alive_)
    out_ += "Connection: close\r\n";
  else if (framing_.version == 10)
    out_ += "Connection: keep-alive\r\n";
  out_ += "\r\n";
}

/// Puts the next piece of a file or stream behind what is in `out_` and writes it.
void Connection::produce() {
  if (source_ == Source::file) {
    const auto at = out_.size();
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(file_left_, file_piece));
    out_.resize(at + want);
    const auto n = ::pread(file_, out_.data() + at, want, static_cast<off_t>(file_at_));
    if (n <= 0) return cut();  // the file shrank: the promised length cannot be kept
    out_.resize(at + static_cast<std::size_t>(n));
    file_at_ += static_cast<std::uint64_t>(n);
    file_left_ -= static_cast<std::uint64_t>(n);
    if (file_left_ == 0) source_ = Source::none;
    return write();
  }
  bool more = true;
  chunk_.clear();
  while (more && chunk_.empty()) {
    if (core_->stopped.load()) return cut();
    const auto pulled = response_.stream(chunk_);
    if (!pulled) {
      log_problem("http.reply.stream", pulled.error(), request_->id);
      return cut();
    }
    more = *pulled;
  }
  if (chunk_framing_) {
    if (!chunk_.empty()) {
      append_chunk_size(out_, chunk_.size());
      out_ += chunk_;
      out_ += "\r\n";
    }
    if (!more) out_ += "0\r\n\r\n";
  } else {
    out_ += chunk_;
  }
  if (!more) source_ = Source::none;
  write();
}

void Connection::write() {
  std::size_t at_once = 0;
  while (sent_ < out_.size() + tail_.size()) {
    const std::array<asio::const_buffer, 2> buffers{
        sent_ < out_.size() ? asio::buffer(out_.data() + sent_, out_.size() - sent_) : asio::const_buffer(),
        sent_ < out_.size() ? asio::buffer(tail_.data(), tail_.size())
                            : asio::buffer(tail_.data() + (sent_ - out_.size()), tail_.size() - (sent_ - out_.size()))};
    // One connection does not keep a thread for itself: after a megabyte it queues again.
    if (!tls_ && at_once < (1 << 20)) {
      error_code error;
      const auto n = socket_.write_some(buffers, error);
      if (!error) {
        sent_ += n;
        at_once += n;
        continue;
      }
      if (error != asio::error::would_block) return cut();
    }
    set_phase(interim_ ? Phase::body : Phase::writing, core_->options.write_timeout);
    const auto callback = [self = shared_from_this()](const error_code& error, std::size_t size) {
      self->on_written(error, size);
    };
    // TLS records are better whole: one buffer at a time, the head first.
    if (tls_ && sent_ < out_.size())
      async_write(asio::const_buffer(buffers[0]), callback);
    else if (tls_)
      async_write(asio::const_buffer(buffers[1]), callback);
    else
      async_write(buffers, callback);
    return;
  }
  written();
}

void Connection::on_written(const error_code& error, std::size_t size) {
  if (error) return cut();
  sent_ += size;
  write();
}

void Connection::written() {
  out_.clear();
  tail_ = {};
  sent_ = 0;
  if (interim_) {
    interim_ = false;
    body_deadline();
    return in_begin_ == in_end_ ? want_input() : resume();
  }
  if (source_ != Source::none) {
    set_phase(Phase::working);
    return submit(Task::produce, WorkerPool::Admission::always);
  }
  finish();
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
