// How a connection writes an answer.
#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "http/conditional.hpp"
#include "http/connection.hpp"
#include "http/wire.hpp"

namespace civitas::http {

namespace {

using boost::system::error_code;

// Bodies up to here are copied behind the head; longer ones leave from where they are, in the same call. TLS would make
// a record of each part.
constexpr std::size_t joined_body = 2 * 1024, joined_body_tls = 16 * 1024;
constexpr std::size_t joined_file = 16 * 1024;

}  // namespace

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
  const bool head_only = request_->method == Method::head && parsed_;
  if (response_.channel && !head_only) admit(response_);
  core_->router.run_after(*request_, response_);
  answer_condition(*request_, response_);
  if (!response_.channel) stay_.reset();
  const bool upgrade = response_.status == 101 && stay_;
  if ((response_.status < 200 && !upgrade) || response_.status > 599) {
    log_error("http.reply.status", {{"status", response_.status}, {"request", request_->id}});
    response_ = problem_response(internal_problem("impossible status"), *request_);
    stay_.reset();
  }
  if (!input_whole_ || core_->stopping.load(std::memory_order_relaxed)) keep_alive_ = false;

  const bool bodiless = response_.status == 204 || response_.status == 304 || upgrade;
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
  const bool streaming = (response_.stream || response_.channel) && !response_.file && !bodiless;
  chunk_framing_ = streaming && framing_.version == 11;
  if (streaming) {
    if (!chunk_framing_ || stay_) keep_alive_ = false;
    if (!head_only && response_.stream) source_ = Source::stream;
  }
  write_head(response_, !streaming && !bodiless, length, chunk_framing_);
  if (!head_only && !bodiless && !streaming && !response_.file) {
    if (response_.body.size() <= (tls_ ? joined_body_tls : joined_body))
      out_ += response_.body;
    else
      tail_ = response_.body;
  }
  core_->observe(*request_, parsed_, response_.status, streaming ? 0 : length);
  if (source_ == Source::file && file_left_ <= joined_file) return produce();  // small: leaves with the head
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
    if (response.status != 101 && !response.find(field.name)) out_ += field.line;
  append_field(out_, "X-Request-Id", request_->id);
  if (has_length) append_length(out_, length);
  if (chunked) out_ += "Transfer-Encoding: chunked\r\n";
  if (response.status == 101)
    out_ += "Connection: Upgrade\r\n";
  else if (!keep_alive_)
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
  if (stay_) return asio::post(socket_.get_executor(), [self = shared_from_this()] { self->begin_channel(); });
  finish();
}

}  // namespace civitas::http
