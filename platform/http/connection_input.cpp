// How a connection reads a request.
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cstring>

#include "base/log.hpp"
#include "http/connection.hpp"
#include "http/wire.hpp"

namespace civitas::http {

namespace {

using boost::system::error_code;
using std::chrono::milliseconds;

constexpr std::uint64_t filter_first = 64 * 1024;  // bodies beyond are received after the filters agreed

Problem too_large() {
  return problem(Kind::too_large, "http.body.too_large", "提交的内容超过了允许的大小，请缩小后再试。",
                 "What was sent is larger than allowed here. Make it smaller and try again.");
}

Problem malformed_body() {
  return invalid("http.body.malformed", "请求内容的分块格式不正确。",
                 "The chunks of the request's body are malformed.");
}

}  // namespace

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
  request_->remote = request_->peer = remote_;
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
  core_->proxies.identify(*request_, tls_ != nullptr);
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

}  // namespace civitas::http
