// What a WebSocket's client may send. The bytes read in one piece and in pieces mean the same, what is kept stays
// within the limits, and what frames we write ourselves are read again as they were meant.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/utf8.hpp"
#include "http/websocket_frames.hpp"

namespace {

using namespace civitas::http;
using Event = FrameReader::Event;

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

struct Heard {
  std::vector<Event> events;
  std::vector<std::string> payloads;
  std::uint16_t code = 0;
  std::size_t used = 0;
  bool operator==(const Heard&) const = default;
};

Heard read_all(std::string_view bytes, std::size_t piece, const FrameLimits& limits) {
  FrameReader reader(limits);
  Heard heard;
  while (heard.used < bytes.size()) {
    const auto input = bytes.substr(heard.used, piece);
    const auto step = reader.feed(input);
    heard.used += step.consumed;
    require(reader.message_size() <= limits.message, "no more is kept than a message may have");
    if (step.event == Event::more) {
      require(step.consumed == input.size(), "all is taken while nothing is whole");
      continue;
    }
    heard.events.push_back(step.event);
    switch (step.event) {
      case Event::text:
      case Event::binary:
        heard.payloads.push_back(reader.take_message());
        require(step.event == Event::binary || civitas::is_valid_utf8(heard.payloads.back()), "text is UTF-8");
        break;
      case Event::ping:
      case Event::pong:
        heard.payloads.emplace_back(reader.control());
        require(heard.payloads.back().size() <= 125, "control frames are short");
        break;
      case Event::close:
        require(reader.close_code() == close_code::none_given || may_be_sent(reader.close_code()),
                "a code that is sent");
        require(civitas::is_valid_utf8(reader.reason()), "a reason is UTF-8");
        [[fallthrough]];
      default:
        heard.code = reader.close_code();
        require(heard.code == close_code::none_given || may_be_sent(heard.code), "the answer may be sent");
        heard.payloads.emplace_back(reader.reason());
        return heard;
    }
  }
  return heard;
}

/// A message of these bytes, in fragments, comes out as it went in.
void write_and_read(std::string_view payload, std::size_t fragment) {
  std::string wire;
  for (std::size_t at = 0; at == 0 || at < payload.size(); at += fragment) {
    const auto part = payload.substr(at, fragment);
    const auto begin = wire.size();
    append_frame_head(wire, at == 0 ? Opcode::binary : Opcode::continuation, part.size());
    if (at + fragment < payload.size()) wire[begin] = static_cast<char>(wire[begin] & 0x7f);
    wire[begin + 1] = static_cast<char>(wire[begin + 1] | 0x80);
    wire.append(4, '\0');  // a mask that changes nothing
    wire += part;
  }
  const auto heard = read_all(wire, 7, {payload.size(), 1u << 20});
  require(heard.events == std::vector{Event::binary} && heard.payloads.front() == payload, "read as it was written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t piece = data[0] % 17 + 1;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  if (data[1] % 8 == 0) {
    write_and_read(bytes, piece);
    return 0;
  }
  const FrameLimits limits{data[1] % 2 ? 1u << 20 : 64u, 8};
  require(read_all(bytes, bytes.size(), limits) == read_all(bytes, piece, limits), "pieces mean the same as the whole");
  return 0;
}
