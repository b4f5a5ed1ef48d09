#include "http/websocket_frames.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace civitas::http {

namespace {

constexpr std::size_t longest_control = 125;

bool is_control(std::uint8_t opcode) { return opcode >= 8; }

// `at` is the position in the mask of the first byte.
void append_unmasked(std::string& out, std::string_view bytes, const std::uint8_t (&mask)[4], std::uint32_t at) {
  const auto begin = out.size();
  out.append(bytes);
  char* data = out.data() + begin;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    data[i] = static_cast<char>(static_cast<std::uint8_t>(data[i]) ^ mask[(at + i) & 3]);
}

}  // namespace

bool may_be_sent(std::uint16_t code) {
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && (code < 1004 || code > 1006);
}

bool FrameReader::broken(std::uint16_t code, const char* rule) {
  state_ = State::failed;
  code_ = code;
  reason_ = rule;
  return false;
}

FrameReader::Step FrameReader::feed(std::string_view input) {
  std::size_t used = 0;
  const auto next = [&] { return static_cast<std::uint8_t>(input[used++]); };
  while (state_ != State::failed) {
    if (state_ == State::payload && left_ == 0) {
      const auto event = finish_frame();
      if (event != Event::more) return {event, used};
      continue;
    }
    if (used == input.size()) return {Event::more, used};
    switch (state_) {
      case State::first: {
        const auto byte = next();
        ++frames_;
        final_ = byte & 0x80;
        opcode_ = byte & 0x0f;
        if (byte & 0x70)
          broken(close_code::protocol_error, "a reserved bit is set");
        else if (begin_frame())
          state_ = State::second;
        break;
      }
      case State::second: {
        const auto byte = next();
        const std::uint8_t size = byte & 0x7f;
        if (!(byte & 0x80)) {
          broken(close_code::protocol_error, "a client's frame is masked");
        } else if (is_control(opcode_) && size > longest_control) {
          broken(close_code::protocol_error, "a control frame has at most 125 bytes");
        } else if (size < 126) {
          left_ = size;
          state_ = State::mask;
          need_ = 4;
          if (!length_allowed()) break;
        } else {
          left_ = 0;
          state_ = State::length;
          wide_ = size == 127;
          need_ = wide_ ? 8 : 2;
        }
        break;
      }
      case State::length:
        left_ = left_ << 8 | next();
        if (--need_ > 0) break;
        if (left_ < (wide_ ? 65'536u : 126u) || left_ >> 63) {
          broken(close_code::protocol_error, "a length is written in the shortest form");
        } else if (length_allowed()) {
          state_ = State::mask;
          need_ = 4;
        }
        break;
      case State::mask:
        mask_[4 - need_] = next();
        if (--need_ > 0) break;
        state_ = State::payload;
        at_ = 0;
        break;
      case State::payload: {
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size() - used));
        append_unmasked(is_control(opcode_) ? control_ : message_, input.substr(used, n), mask_, at_);
        used += n;
        left_ -= n;
        at_ = static_cast<std::uint32_t>((at_ + n) & 3);
        break;
      }
      case State::failed: break;
    }
  }
  return {Event::failed, used};
}

/// The rules about which frame may follow which.
bool FrameReader::begin_frame() {
  switch (static_cast<Opcode>(opcode_)) {
    case Opcode::close:
    case Opcode::ping:
    case Opcode::pong:
      control_.clear();
      return final_ || broken(close_code::protocol_error, "a control frame is not fragmented");
    case Opcode::text:
    case Opcode::binary:
      if (fragmented_) return broken(close_code::protocol_error, "a new message begins inside another");
      message_.clear();
      text_ = opcode_ == static_cast<std::uint8_t>(Opcode::text);
      fragmented_ = true;
      fragments_ = 1;
      return true;
    case Opcode::continuation:
      if (!fragmented_) return broken(close_code::protocol_error, "nothing is to be continued");
      return ++fragments_ <= limits_.fragments || broken(close_code::policy, "a message has too many fragments");
  }
  return broken(close_code::protocol_error, "a reserved opcode");
}

/// Known from the head of a frame, so that nothing of a message that is too large is kept.
bool FrameReader::length_allowed() {
  if (is_control(opcode_)) return true;
  return left_ <= limits_.message - std::min<std::uint64_t>(message_.size(), limits_.message) ||
         broken(close_code::too_large, "the message is too large");
}

FrameReader::Event FrameReader::finish_frame() {
  state_ = State::first;
  switch (static_cast<Opcode>(opcode_)) {
    case Opcode::ping: return Event::ping;
    case Opcode::pong: return Event::pong;
    case Opcode::close: return finish_close();
    default: break;
  }
  if (!final_) return Event::more;
  fragmented_ = false;
  if (!text_) return Event::binary;
  if (is_valid_utf8(message_)) return Event::text;
  broken(close_code::not_utf8, "the text is not UTF-8");
  return Event::failed;
}

FrameReader::Event FrameReader::finish_close() {
  reason_.clear();
  code_ = close_code::none_given;
  if (control_.empty()) return Event::close;
  if (control_.size() == 1) {
    broken(close_code::protocol_error, "half a close code");
    return Event::failed;
  }
  code_ =
      static_cast<std::uint16_t>(static_cast<std::uint8_t>(control_[0]) << 8 | static_cast<std::uint8_t>(control_[1]));
  if (!may_be_sent(code_)) {
    broken(close_code::protocol_error, "a close code that is not sent");
    return Event::failed;
  }
  const auto words = std::string_view(control_).substr(2);
  if (!is_valid_utf8(words)) {
    broken(close_code::not_utf8, "the reason is not UTF-8");
    return Event::failed;
  }
  reason_ = words;
  return Event::close;
}

void append_frame_head(std::string& out, Opcode opcode, std::uint64_t size) {
  out += static_cast<char>(0x80 | static_cast<std::uint8_t>(opcode));
  const auto append_big_endian = [&](int bytes) {
    for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(size >> (8 * i) & 0xff);
  };
  if (size < 126) {
    out += static_cast<char>(size);
  } else if (size < 65'536) {
    out += static_cast<char>(126);
    append_big_endian(2);
  } else {
    out += static_cast<char>(127);
    append_big_endian(8);
  }
}

void append_close_frame(std::string& out, std::uint16_t code, std::string_view reason) {
  if (code == close_code::none_given) return append_frame_head(out, Opcode::close, 0);
  auto end = std::min(reason.size(), longest_control - 2);
  while (end < reason.size() && end > 0 && (static_cast<std::uint8_t>(reason[end]) & 0xc0) == 0x80) --end;
  reason = reason.substr(0, end);
  append_frame_head(out, Opcode::close, reason.size() + 2);
  out += static_cast<char>(code >> 8);
  out += static_cast<char>(code & 0xff);
  out += reason;
}

}  // namespace civitas::http
