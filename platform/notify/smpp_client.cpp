#include "notify/smpp_client.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "base/log.hpp"

namespace civitas::notify {

namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

Problem down() {
  return problem(Kind::unavailable, "notify.smpp.down", "短信网关没有连上，稍后再发。",
                 "The SMS gateway is not connected; it is sent later.");
}

int connect_within(const std::string& host, int port, int within_seconds) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return -1;
  int made = -1;
  for (const addrinfo* at = found; at && made < 0; at = at->ai_next) {
    const int fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, at->ai_protocol);
    if (fd < 0) continue;
    if (connect(fd, at->ai_addr, at->ai_addrlen) == 0 || errno == EINPROGRESS) {
      pollfd waiting{fd, POLLOUT, 0};
      int error = 0;
      socklen_t size = sizeof error;
      if (poll(&waiting, 1, within_seconds * 1000) == 1 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 &&
          error == 0)
        made = fd;
    }
    if (made < 0) close(fd);
  }
  freeaddrinfo(found);
  return made;
}

// Statuses that pass: system error, queue full, throttled, not deliverable for now (table 5-2).
bool passes(std::uint32_t status) { return status == 0x08 || status == 0x14 || status == 0x58 || status == 0x64; }

}  // namespace

void SmppClient::start(OnReceipt on_receipt) {
  on_receipt_ = std::move(on_receipt);
  stopping_ = false;
  thread_ = std::thread([this] { run(); });
}

void SmppClient::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (socket_ >= 0) shutdown(socket_, SHUT_RDWR);
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void SmppClient::run() {
  int pause = 1;
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
    if (open_link()) {
      pause = 1;
      serve_link();
    }
    close_link();
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, seconds(pause), [&] { return stopping_; })) return;
    pause = std::min(pause * 2, options_.longest_pause_seconds);
  }
}

bool SmppClient::open_link() {
  const int fd = connect_within(options_.host, options_.port, options_.answer_seconds);
  if (fd < 0) {
    log_warning("notify.smpp.connect", {{"host", options_.host}, {"port", options_.port}});
    return false;
  }
  {
    const std::lock_guard lock(mutex_);
    socket_ = fd;
    if (stopping_) return false;
  }
  smpp::Pdu bind;
  bind.command = smpp::bind_transceiver;
  bind.sequence = next_sequence();
  bind.body = smpp::bind_body({options_.system_id, options_.password, options_.system_type});
  return send(bind);
}

// Reads until the link is of no use. The answer to the bind comes here like any other.
void SmppClient::serve_link() {
  std::string bytes;
  auto last_heard = steady_clock::now();
  bool trying = false;
  for (;;) {
    bool bound = false;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      bound = bound_;
    }
    const auto silent = std::chrono::duration_cast<seconds>(steady_clock::now() - last_heard).count();
    if (!bound && silent >= options_.answer_seconds) return;
    if (bound && silent >= options_.keep_alive_seconds + options_.answer_seconds) return;
    if (bound && silent >= options_.keep_alive_seconds && !trying) {
      smpp::Pdu enquiry;
      enquiry.command = smpp::enquire_link;
      enquiry.sequence = next_sequence();
      if (!send(enquiry)) return;
      trying = true;
    }
    pollfd waiting{socket_, POLLIN, 0};
    const int ready = poll(&waiting, 1, 500);
    if (ready < 0 && errno != EINTR) return;
    if (ready <= 0) continue;
    char buffer[8192];
    const auto n = recv(socket_, buffer, sizeof buffer, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) return;
    if (n < 0) continue;
    last_heard = steady_clock::now();
    trying = false;
    bytes.append(buffer, static_cast<std::size_t>(n));
    smpp::Pdu pdu;
    for (;;) {
      const auto framing = smpp::take(bytes, pdu);
      if (framing == smpp::Framing::broken) return;
      if (framing == smpp::Framing::incomplete) break;
      if (pdu.command == smpp::unbind) {
        pdu.command = smpp::unbind_resp;
        pdu.body.clear();
        (void)send(pdu);
        return;
      }
      if (pdu.command == smpp::bind_transceiver_resp && pdu.status != 0) {
        log_error("notify.smpp.bind", {{"status", static_cast<std::int64_t>(pdu.status)}});
        return;
      }
      handle(pdu);
    }
  }
}

void SmppClient::handle(const smpp::Pdu& pdu) {
  smpp::Pdu answer;
  answer.sequence = pdu.sequence;
  switch (pdu.command) {
    case smpp::enquire_link:
      answer.command = smpp::enquire_link_resp;
      (void)send(answer);
      return;
    case smpp::deliver_sm: {
      // Kept first, acknowledged then: a receipt that the gateway takes for delivered is not lost here.
      if (const auto receipt = smpp::receipt_of(pdu.body); receipt && receipt->is_final() && on_receipt_)
        on_receipt_({receipt->id, receipt->state == "DELIVRD",
                     receipt->state + (receipt->error.empty() ? "" : " " + receipt->error)});
      answer.command = smpp::deliver_sm_resp;
      answer.body.assign(1, '\0');
      (void)send(answer);
      return;
    }
    case smpp::bind_transceiver_resp: {
      const std::lock_guard lock(mutex_);
      bound_ = true;
      log_info("notify.smpp.bound", {{"host", options_.host}});
      return;
    }
    default: break;
  }
  if ((pdu.command & smpp::generic_nack) == 0) {  // a request that we do not know
    answer.command = smpp::generic_nack;
    answer.status = 0x03;
    (void)send(answer);
    return;
  }
  const std::lock_guard lock(mutex_);
  if (const auto waiting = asked_.find(pdu.sequence); waiting != asked_.end()) {
    waiting->second = pdu;
    changed_.notify_all();
  }
}

void SmppClient::close_link() {
  const std::lock_guard writing(writing_);
  const std::lock_guard lock(mutex_);
  if (socket_ >= 0) close(socket_);
  socket_ = -1;
  bound_ = false;
  changed_.notify_all();
}

std::uint32_t SmppClient::next_sequence() {
  const std::lock_guard lock(mutex_);
  sequence_ = sequence_ % 0x7fffffff + 1;
  return sequence_;
}

bool SmppClient::send(const smpp::Pdu& pdu) {
  const std::lock_guard writing(writing_);
  int fd = -1;
  {
    const std::lock_guard lock(mutex_);
    fd = socket_;
  }
  if (fd < 0) return false;
  const std::string bytes = smpp::write(pdu);
  for (std::size_t at = 0; at < bytes.size();) {
    const auto n = ::send(fd, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
    if (n > 0) {
      at += static_cast<std::size_t>(n);
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    pollfd waiting{fd, POLLOUT, 0};
    if (n < 0 && errno == EAGAIN && poll(&waiting, 1, options_.answer_seconds * 1000) == 1) continue;
    shutdown(fd, SHUT_RDWR);  // half a unit on the wire makes the rest unreadable
    return false;
  }
  return true;
}

Result<smpp::Pdu> SmppClient::ask(std::uint32_t command, std::string body) {
  smpp::Pdu request;
  request.command = command;
  request.sequence = next_sequence();
  request.body = std::move(body);
  {
    const std::lock_guard lock(mutex_);
    if (!bound_ || stopping_) return fail(down());
    asked_[request.sequence].reset();
  }
  const bool sent = send(request);
  std::unique_lock lock(mutex_);
  if (sent)
    changed_.wait_for(lock, seconds(options_.answer_seconds),
                      [&] { return stopping_ || !bound_ || asked_[request.sequence].has_value(); });
  auto answer = std::move(asked_[request.sequence]);
  asked_.erase(request.sequence);
  if (answer) return std::move(*answer);
  if (!sent || !bound_ || stopping_) return fail(down());
  return fail(problem(Kind::timeout, "notify.smpp.silent", "短信网关没有回答，稍后再发。",
                      "The SMS gateway does not answer; it is sent later."));
}

Result<std::string> SmppClient::submit(const std::string& phone, const std::string& text) {
  std::uint8_t reference = 0;
  {
    const std::lock_guard lock(mutex_);
    reference = ++text_reference_;
  }
  std::string id;
  for (auto& part : smpp::parts_of(text, reference)) {
    part.source = options_.source;
    part.destination = phone;
    CIVITAS_TRY(const auto answer, ask(smpp::submit_sm, smpp::submit_body(part)));
    if (answer.status != 0) {
      const std::string detail = "status " + std::to_string(answer.status);
      if (passes(answer.status))
        return fail(problem(Kind::unavailable, "notify.smpp.busy", "短信网关暂时不收。",
                            "The SMS gateway takes nothing for now.")
                        .with_detail(detail));
      return fail(problem(Kind::unprocessable, "notify.smpp.refused", "短信网关不收这条短信。",
                          "The SMS gateway refuses this message.")
                      .with_detail(detail));
    }
    id = smpp::message_id(answer.body);
  }
  return id;
}

}  // namespace civitas::notify
