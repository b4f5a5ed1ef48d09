// The frames of a WebSocket (RFC 6455, section 5) as bytes, without sockets. Reads what a client sends, in pieces cut
// anywhere, and writes what a server sends. No extensions: reserved bits are refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace civitas::http {

/// Codes of section 7.4.1 that are used here.
namespace close_code {
constexpr std::uint16_t normal = 1000, going_away = 1001, protocol_error = 1002, none_given = 1005, abnormal = 1006,
                        not_utf8 = 1007, policy = 1008, too_large = 1009, internal = 1011;
}

/// True for a code that may stand in a Close frame: 1000 to 1014 without those that only describe (1004 to 1006), and
/// 3000 to 4999.
bool may_be_sent(std::uint16_t code);

struct FrameLimits {
  std::uint64_t message = 1 << 20;  // bytes of a message, all fragments together
  unsigned fragments = 1'024;       // frames of a message
};

/// What a client's frames say. After `failed` nothing more is read: the connection is to be closed with `close_code()`.
class FrameReader {
 public:
  enum class Event { more, text, binary, ping, pong, close, failed };
  struct Step {
    Event event = Event::more;
    std::size_t consumed = 0;
  };

  explicit FrameReader(FrameLimits limits = {}) : limits_(limits) {}

  /// Takes bytes up to the end of the next message or control frame. All of `input` is consumed when `more`.
  Step feed(std::string_view input);
  /// After `text` or `binary`: the message. Text is valid UTF-8.
  std::string take_message() { return std::exchange(message_, {}); }
  /// After `ping` or `pong`: at most 125 bytes, valid until the next `feed`.
  std::string_view control() const { return control_; }
  /// After `close`: what the client says, 1005 when it says nothing. After `failed`: what to answer.
  std::uint16_t close_code() const { return code_; }
  /// After `close`: the client's words, valid UTF-8. After `failed`: which rule was broken.
  std::string_view reason() const { return reason_; }
  /// Frames that have begun, of all kinds.
  std::uint64_t frames() const { return frames_; }
  /// A message or a frame has begun and is not whole.
  bool within() const { return fragmented_ || !at_start(); }
  /// Bytes of the message so far.
  std::size_t message_size() const { return message_.size(); }

 private:
  enum class State { first, second, length, mask, payload, failed };
  bool at_start() const { return state_ == State::first; }
  bool begin_frame();
  bool length_allowed();
  Event finish_frame();
  Event finish_close();
  bool broken(std::uint16_t code, const char* rule);

  FrameLimits limits_;
  State state_ = State::first;
  bool final_ = false;
  bool wide_ = false;  // the length has eight bytes, not two
  std::uint8_t opcode_ = 0;
  std::uint8_t need_ = 0;  // bytes of length or mask still to come
  std::uint64_t left_ = 0;
  std::uint32_t at_ = 0;  // position in the mask
  std::uint8_t mask_[4] = {};
  bool fragmented_ = false;  // a message has begun and not ended
  bool text_ = false;
  unsigned fragments_ = 0;
  std::uint64_t frames_ = 0;
  std::string message_, control_, reason_;
  std::uint16_t code_ = 0;
};

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// The header of an unfragmented frame from a server: unmasked, its length in the shortest form.
void append_frame_head(std::string& out, Opcode opcode, std::uint64_t size);
/// A whole Close frame; the reason is cut to 123 bytes at a code point. With `none_given` an empty one.
void append_close_frame(std::string& out, std::uint16_t code, std::string_view reason);

}  // namespace civitas::http
