// How a connection stays open after the head of its answer. From `begin_channel` on everything happens on the
// connection's socket thread, and each thing that happens ends in `step`; only the callbacks run on workers, one at a
// time.
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "http/connection.hpp"
#include "http/wire.hpp"

namespace civitas::http {

namespace {

using boost::system::error_code;
using std::chrono::milliseconds;

constexpr milliseconds linger_time{2000};
constexpr milliseconds last_word{5000}, last_word_stopping{1000};
// Of the kernel, for each connection; it doubles the number.
constexpr int send_buffer = 64 * 1024;
// Bytes that nobody has confirmed for so long mean that the client has vanished without a word.
constexpr unsigned vanished_after_ms = 60'000;
// Nothing is expected from those who only listen.
constexpr std::size_t listener_buffer = 512;
constexpr std::size_t kept_buffer = 64 * 1024;

Problem too_many() {
  return problem(Kind::unavailable, "http.stream.busy", "同时打开的实时连接过多，请稍后再试；页面其他功能不受影响。",
                 "Too many live connections are open. Try again shortly; everything else works meanwhile.");
}

Problem too_many_of_address() {
  return problem(Kind::exhausted, "http.stream.address", "您所在的网络打开的实时连接过多，请关闭不用的页面后再试。",
                 "Too many live connections come from your network. Close pages that you do not need and try again.");
}

}  // namespace

/// Lets the answer keep the connection, or turns it into a refusal.
void Connection::admit(Response& response) {
  if (response.status == 101 && framing_.version != 11) {
    response = problem_response(
        problem(Kind::invalid, "http.websocket.version", "WebSocket 需要 HTTP/1.1。", "A WebSocket needs HTTP/1.1."),
        *request_);
    return;
  }
  const auto& options = core_->options;
  const auto refuse_with = [&](const Problem& p, const char* seconds) {
    response = problem_response(p, *request_);
    response.set("Retry-After", seconds);
  };
  if (core_->stopping.load()) return refuse_with(too_many(), "5");
  auto place = core_->channels.enter(response.channel->kind(), address_group(request_->remote), options.max_streams,
                                     options.max_streams_of_address);
  if (place)
    stay_ = std::make_unique<Stay>(response.channel, std::move(*place), socket_.get_executor());
  else if (place.error() == OpenChannels::Full::all)
    refuse_with(too_many(), "30");
  else
    refuse_with(too_many_of_address(), "60");
}

void Connection::begin_channel() {
  auto& s = *stay_;
  response_ = Response();
  error_code ignored;
  socket_.set_option(asio::socket_base::send_buffer_size(send_buffer), ignored);
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_USER_TIMEOUT, &vanished_after_ms, sizeof vanished_after_ms);
  if (s.channel->listens_always() && in_begin_ == in_end_) {
    in_ = std::vector<char>(listener_buffer);
    in_begin_ = in_end_ = 0;
  }
  const bool attached = s.channel->outlet()->attach(
      core_->options.max_waiting, [weak = weak_from_this(), executor = socket_.get_executor()] {
        if (auto self = weak.lock()) asio::post(executor, [self = std::move(self)] { self->step(); });
      });
  if (!attached) {
    log_error("http.channel.twice", {{"path", request_->path}, {"request", request_->id}});
    return cut();
  }
  set_phase(Phase::open);
  arm(s.channel->kind() == Channel::Kind::events ? core_->options.heartbeat : core_->options.ping_interval);
  s.opened = true;
  call(Task::opened);
  step();
}

void Connection::step() {
  auto& s = *stay_;
  take_input();
  if (!s.ended && !s.leaving && s.channel->leaving()) {
    s.leaving = true;
    arm(core_->stopping.load() ? last_word_stopping : last_word);
  }
  pump();
  take_input();  // what waited for the client to read
  conclude();
}

/// Who has much to read is not listened to: answers would pile up faster than they leave.
bool Connection::has_much_to_read() const {
  return !stay_->channel->listens_always() && stay_->channel->outlet()->waiting() > core_->options.max_waiting / 2;
}

void Connection::take_input() {
  auto& s = *stay_;
  while (!s.ended && !s.reading && !s.resting && (!s.working || s.channel->listens_always()) && !has_much_to_read()) {
    if (in_begin_ == in_end_) {
      in_begin_ = in_end_ = 0;
      s.reading = true;
      async_read(asio::buffer(in_), [self = shared_from_this()](const error_code& error, std::size_t size) {
        self->on_channel_input(error, size);
      });
      return;
    }
    const auto input = s.channel->received({in_.data() + in_begin_, in_end_ - in_begin_});
    in_begin_ += input.consumed;
    switch (input.next) {
      case Channel::Input::Next::more: break;
      case Channel::Input::Next::deliver: call(Task::deliver); break;
      case Channel::Input::Next::lost: lose(); break;
      case Channel::Input::Next::pause:
        s.resting = true;
        s.rest.expires_after(input.pause);
        s.rest.async_wait([self = shared_from_this()](const error_code&) {
          self->stay_->resting = false;
          self->step();
        });
        break;
    }
  }
}

void Connection::on_channel_input(const error_code& error, std::size_t size) {
  auto& s = *stay_;
  s.reading = false;
  if (s.ended) {
    if (tls_) return;  // the end of TLS has its own completion
    return error || size == 0 ? cut() : linger();
  }
  if (error || size == 0)
    lose();
  else
    in_end_ = size;
  step();
}

/// Takes the next piece that waits into `out_`.
Outlet::State Connection::next_piece() {
  auto& s = *stay_;
  if (out_.capacity() > kept_buffer) out_ = std::string();
  out_.clear();
  sent_ = 0;
  if (!chunk_framing_) return s.channel->outlet()->take(out_);
  chunk_.clear();
  const auto state = s.channel->outlet()->take(chunk_);
  if (!chunk_.empty()) {
    append_chunk_size(out_, chunk_.size());
    out_ += chunk_;
    out_ += "\r\n";
  }
  if (chunk_.capacity() > kept_buffer) chunk_ = std::string();
  if (state == Outlet::State::closing && !std::exchange(s.last_chunk, true)) out_ += "0\r\n\r\n";
  return state;
}

void Connection::pump() {
  auto& s = *stay_;
  auto& outlet = *s.channel->outlet();
  if (!s.ended && outlet.state() == Outlet::State::shut) lose();
  while (!s.ended && !s.writing) {
    if (sent_ == out_.size()) {
      const auto state = next_piece();
      if (state == Outlet::State::shut) return lose();
      if (out_.empty()) return state == Outlet::State::closing ? depart() : set_phase(Phase::open);
    }
    const auto rest = asio::buffer(out_.data() + sent_, out_.size() - sent_);
    if (!tls_) {
      error_code error;
      const auto n = socket_.write_some(rest, error);
      if (!error) {
        sent_ += n;
        outlet.wrote(n);
        continue;
      }
      if (error != asio::error::would_block) return lose();
    }
    s.writing = true;
    set_phase(Phase::open, core_->options.write_timeout);
    async_write(rest, [self = shared_from_this()](const error_code& error, std::size_t size) {
      auto& mine = *self->stay_;
      mine.writing = false;
      self->sent_ += size;
      mine.channel->outlet()->wrote(size);
      if (error) self->lose();
      self->step();
    });
  }
}

/// The client is gone, or must go.
void Connection::lose() {
  auto& s = *stay_;
  if (s.ended) return;
  auto& outlet = *s.channel->outlet();
  if (outlet.overflowed()) {
    if (core_->overflows) core_->overflows->add();
    log_info("http.stream.slow", {{"path", request_->path}, {"request", request_->id}, {"remote", request_->remote}});
  }
  s.ended = true;
  outlet.shut();
  s.timer.cancel();
  s.rest.cancel();
  cut();
}

/// Everything was said.
void Connection::depart() {
  auto& s = *stay_;
  s.ended = true;
  s.channel->outlet()->shut();
  s.timer.cancel();
  s.rest.cancel();
  set_phase(Phase::lingering, linger_time);
  if (tls_) {
    tls_->async_shutdown([self = shared_from_this()](const error_code&) { self->cut(); });
    return;
  }
  ::shutdown(descriptor_, SHUT_WR);
  error_code ignored;
  if (!s.channel->client_may_send())
    socket_.cancel(ignored);
  else if (!s.reading)
    linger();
}

/// The last callback, when the one before has returned.
void Connection::conclude() {
  auto& s = *stay_;
  if (!s.ended || s.working || !s.opened || s.closed) return;
  s.closed = true;
  if (core_->options.access_log == ServerOptions::AccessLog::all)
    log_info("http.stream.ended",
             {{"path", request_->path},
              {"seconds", std::chrono::duration<double>(std::chrono::steady_clock::now() - s.since).count()},
              {"request", request_->id},
              {"remote", request_->remote}});
  call(Task::closed);
}

void Connection::call(Task task) {
  auto& s = *stay_;
  task_ = task;
  s.working = true;
  std::shared_ptr<Runnable> self = shared_from_this();
  if (core_->workers->submit(self, WorkerPool::Admission::always)) return;
  // The server ends and its workers have gone: what was promised is still called.
  if (task == Task::closed) return run_callback();
  s.working = false;
  if (task == Task::opened) s.opened = false;
  lose();
}

void Connection::run_callback() noexcept {
  auto& channel = *stay_->channel;
  const auto failed = [&](const char* what) {
    log_error("http.handler.failed", {{"route", request_->route}, {"error", what}, {"request", request_->id}});
    channel.failed();
  };
  try {
    if (task_ == Task::opened)
      channel.opened();
    else if (task_ == Task::deliver)
      channel.deliver();
    else
      channel.closed();
  } catch (const std::exception& error) {
    failed(error.what());
  } catch (...) {
    failed("not an exception of the standard library");
  }
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->stay_->working = false;
    self->step();
  });
}

void Connection::arm(milliseconds delay) {
  auto& timer = stay_->timer;
  timer.expires_after(delay);
  timer.async_wait([self = shared_from_this()](const error_code& error) {
    // A wait that was over already when the timer was set anew comes without an error, but too early.
    if (!error && !self->stay_->ended && self->stay_->timer.expiry() <= std::chrono::steady_clock::now()) self->beat();
  });
}

void Connection::beat() {
  auto& s = *stay_;
  if (s.leaving || (!s.working && !s.channel->beat()))
    lose();
  else
    arm(s.channel->kind() == Channel::Kind::events ? core_->options.heartbeat : core_->options.ping_interval);
  step();
}

/// From any thread, while this connection is in the registry.
void Connection::leave() {
  auto self = weak_from_this().lock();
  if (!self) return;
  // The reference goes with the task: the last one must not end here, under the registry's lock.
  const auto executor = socket_.get_executor();
  asio::post(executor, [self = std::move(self)] {
    auto& s = *self->stay_;
    if (s.writing)
      self->lose();  // whoever does not read is not waited for
    else if (!s.ended)
      s.channel->going_away();
    self->step();
  });
}

}  // namespace civitas::http
