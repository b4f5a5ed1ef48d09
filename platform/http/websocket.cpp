#include "http/websocket.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <stdexcept>

#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "http/channel.hpp"
#include "http/websocket_frames.hpp"
#include "http/wire.hpp"

namespace civitas::http {

namespace {

using Clock = std::chrono::steady_clock;

// A message that is not whole after so long, and longer only for large ones at this rate, holds memory for nothing.
constexpr std::chrono::seconds message_grace{30};
constexpr std::uint64_t least_bytes_a_second = 2'048;

/// Tokens for the frames that a client may send.
class Pace {
 public:
  explicit Pace(const WebSocketLimits& limits)
      : rate_(std::max(limits.frames_a_second, 0.1)), most_(std::max(limits.burst, 1.0)), tokens_(most_) {}
  /// How long to wait after so many more frames.
  std::chrono::milliseconds spend(std::uint64_t frames, Clock::time_point now) {
    tokens_ = std::min(most_, tokens_ + rate_ * std::chrono::duration<double>(now - at_).count());
    at_ = now;
    tokens_ -= static_cast<double>(frames);
    if (tokens_ >= 0) return std::chrono::milliseconds(0);
    return std::chrono::milliseconds(static_cast<std::int64_t>(-tokens_ / rate_ * 1000) + 1);
  }

 private:
  const double rate_, most_;
  double tokens_;
  Clock::time_point at_ = Clock::now();
};

bool has_token(const Headers& headers, std::string_view name, std::string_view token) {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    if (!equal_ignoring_case(headers.name(i), name)) continue;
    for (const auto item : split(headers.value(i), ','))
      if (equal_ignoring_case(trim(item), token)) return true;
  }
  return false;
}

/// Sixteen bytes in base64: 22 digits, of which the last has two bits, and two signs of padding.
bool is_key(std::string_view key) {
  if (key.size() != 24 || !key.ends_with("==")) return false;
  return std::all_of(key.begin(), key.end() - 2, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  });
}

Response upgrade_required(const Request& request, const char* reason, const char* zh, const char* en) {
  auto response = problem_response(invalid(reason, zh, en), request);
  replace_status(response, 426);
  response.set("Upgrade", "websocket").set("Sec-WebSocket-Version", "13");
  return response;
}

/// Nothing when the request is a good opening handshake (RFC 6455, section 4.2.1).
std::optional<Response> refuse_handshake(const Request& request) {
  const auto& headers = request.headers;
  if (request.method != Method::get || !has_token(headers, "Upgrade", "websocket") ||
      !has_token(headers, "Connection", "Upgrade"))
    return upgrade_required(request, "http.websocket.expected", "这个地址只接受 WebSocket 连接。",
                            "This address takes WebSocket connections only.");
  if (headers.get("Sec-WebSocket-Version") != "13")
    return upgrade_required(request, "http.websocket.version", "只支持 WebSocket 第 13 版。",
                            "Only version 13 of WebSocket is spoken here.");
  if (headers.count("Sec-WebSocket-Key") != 1 || !is_key(headers.get("Sec-WebSocket-Key")))
    return problem_response(invalid("http.websocket.key", "WebSocket 握手缺少正确的 Sec-WebSocket-Key。",
                                    "The handshake needs one Sec-WebSocket-Key of 16 bytes in base64."),
                            request);
  if (request.from_another_site()) return problem_response(foreign_origin(), request);
  return std::nullopt;
}

}  // namespace

/// On the socket thread, but for `opened`, `deliver` and `closed`; see Channel.
class WebSocketChannel final : public Channel {
 public:
  WebSocketChannel(WebSocketAccept accept, FrameLimits frames, const WebSocketLimits& limits)
      : Channel(Kind::websocket),
        accept_(std::move(accept)),
        socket_(std::make_shared<WebSocket>(outlet())),
        reader_(frames),
        pace_(limits) {}

  void opened() override {
    if (accept_.opened) accept_.opened(socket_);
  }
  void deliver() override {
    if (accept_.message) accept_.message(*socket_, std::move(message_));
    message_ = {};
    heard_ = true;
  }
  void failed() override {
    if (code_ == 0) code_ = close_code::internal;
    socket_->say_close(close_code::internal, "");
  }
  void closed() override {
    if (accept_.closed) accept_.closed(code_ == 0 ? close_code::abnormal : code_.load(), reason_);
  }
  bool listens_always() const override { return false; }
  bool leaving() const override { return !socket_->open(); }
  bool client_may_send() const override { return !client_closed_; }

  Input received(std::string_view bytes) override;
  bool beat() override;
  void going_away() override { socket_->say_close(close_code::going_away, ""); }

 private:
  Input after(FrameReader::Event event, std::size_t consumed);

  const WebSocketAccept accept_;
  const std::shared_ptr<WebSocket> socket_;
  FrameReader reader_;
  Pace pace_;
  WebSocketMessage message_;
  std::uint64_t paid_ = 0;  // frames
  std::chrono::milliseconds owed_{0};
  bool client_closed_ = false;  // nothing the client says counts any more
  bool failed_ = false;
  bool pinged_ = false, heard_ = false;
  Clock::time_point within_since_{};
  std::atomic<std::uint16_t> code_{0};
  std::string reason_;
};

Channel::Input WebSocketChannel::received(std::string_view bytes) {
  heard_ = true;
  if (client_closed_ || failed_) return {Input::Next::more, bytes.size(), {}};
  if (owed_.count() > 0) return {Input::Next::pause, 0, std::exchange(owed_, {})};
  const bool was_within = reader_.within();
  const auto step = reader_.feed(bytes);
  if (!reader_.within())
    within_since_ = {};
  else if (!was_within || within_since_ == Clock::time_point{})
    within_since_ = Clock::now();
  if (const auto frames = reader_.frames() - paid_; frames > 0) {
    paid_ = reader_.frames();
    owed_ = pace_.spend(frames, Clock::now());
  }
  return after(step.event, step.consumed);
}

Channel::Input WebSocketChannel::after(FrameReader::Event event, std::size_t consumed) {
  using Event = FrameReader::Event;
  using Next = Input::Next;
  switch (event) {
    case Event::more: break;
    case Event::text:
    case Event::binary:
      message_.kind = event == Event::text ? WebSocketMessage::Kind::text : WebSocketMessage::Kind::binary;
      message_.data = reader_.take_message();
      // After our Close nobody waits for messages.
      return {socket_->open() ? Next::deliver : Next::more, consumed, {}};
    case Event::ping: socket_->send(static_cast<std::uint8_t>(Opcode::pong), reader_.control()); break;
    case Event::pong: break;
    case Event::close:
      client_closed_ = true;
      if (code_ == 0) {
        code_ = reader_.close_code();
        reason_ = reader_.reason();
      }
      socket_->say_close(reader_.close_code(), "");
      outlet()->close();
      break;
    case Event::failed:
      failed_ = true;
      code_ = reader_.close_code();
      reason_ = reader_.reason();
      socket_->say_close(reader_.close_code(), reader_.reason());
      outlet()->close();
      break;
  }
  return {Next::more, consumed, {}};
}

bool WebSocketChannel::beat() {
  // Whatever came meanwhile is a sign of life, and while a handler ran nothing could come.
  if (pinged_ && !heard_) return false;
  if (within_since_ != Clock::time_point{} &&
      Clock::now() - within_since_ >
          message_grace + std::chrono::seconds(reader_.message_size() / least_bytes_a_second)) {
    code_ = close_code::policy;
    reason_ = "the message came too slowly";
    socket_->say_close(close_code::policy, reason_);
    return true;
  }
  heard_ = false;
  pinged_ = socket_->send(static_cast<std::uint8_t>(Opcode::ping), {});
  return true;
}

bool WebSocket::send(std::uint8_t opcode, std::string_view payload) {
  std::string head;
  append_frame_head(head, static_cast<Opcode>(opcode), payload.size());
  const std::lock_guard lock(mutex_);
  return !closing_ && outlet_->push(head, payload);
}

bool WebSocket::send_text(std::string_view text) {
  if (!is_valid_utf8(text)) throw std::invalid_argument("a text message is UTF-8");
  return send(static_cast<std::uint8_t>(Opcode::text), text);
}

bool WebSocket::send_binary(std::string_view bytes) { return send(static_cast<std::uint8_t>(Opcode::binary), bytes); }

bool WebSocket::say_close(std::uint16_t code, std::string_view reason) {
  std::string frame;
  append_close_frame(frame, code, reason);
  const std::lock_guard lock(mutex_);
  if (closing_) return false;
  closing_ = true;
  return outlet_->push(frame);
}

void WebSocket::close(std::uint16_t code, std::string_view reason) {
  if (!may_be_sent(code)) throw std::invalid_argument("a close code that is not sent");
  if (!is_valid_utf8(reason)) throw std::invalid_argument("the reason is UTF-8");
  say_close(code, reason);
}

bool WebSocket::open() const {
  const std::lock_guard lock(mutex_);
  return !closing_ && outlet_->open();
}

std::size_t WebSocket::waiting() const { return outlet_->waiting(); }

std::string websocket_accept(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1)
    throw std::runtime_error("OpenSSL has no SHA-1");
  std::array<unsigned char, 64> encoded;
  const int length = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
  return {encoded.begin(), encoded.begin() + length};
}

void add_websocket(Router& router, std::string_view pattern, RouteOptions options, WebSocketHandler handler,
                   WebSocketLimits limits) {
  if (!handler) throw std::logic_error("route without a handler: " + std::string(pattern));
  const FrameLimits frames{options.max_body, limits.fragments};
  router.add_simple(
      Method::get, pattern, std::move(options), [handler = std::move(handler), frames, limits](Request& request) {
        if (auto refused = refuse_handshake(request)) return std::move(*refused);
        auto answer = handler(request);
        if (auto* refused = std::get_if<Response>(&answer)) return std::move(*refused);
        auto& accept = std::get<WebSocketAccept>(answer);
        Response response;
        response.status = 101;
        response.set("Upgrade", "websocket");
        response.set("Sec-WebSocket-Accept", websocket_accept(request.headers.get("Sec-WebSocket-Key")));
        if (!accept.protocol.empty() && has_token(request.headers, "Sec-WebSocket-Protocol", accept.protocol))
          response.set("Sec-WebSocket-Protocol", accept.protocol);
        response.channel = std::make_shared<WebSocketChannel>(std::move(accept), frames, limits);
        return response;
      });
}

}  // namespace civitas::http
