#include "http/websocket_frames.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "http/test_frames.hpp"

namespace civitas::http {
namespace {

using Event = FrameReader::Event;

struct Heard {
  std::vector<Event> events;
  std::vector<std::string> payloads;  // of messages, pings and pongs; of a close its reason
  std::uint16_t code = 0;
};

/// Everything that a reader makes of `bytes`, given in pieces of `piece`.
Heard read_all(std::string_view bytes, std::size_t piece, FrameLimits limits = {}) {
  FrameReader reader(limits);
  Heard heard;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto input = bytes.substr(at, piece);
    const auto step = reader.feed(input);
    at += step.consumed;
    if (step.event == Event::more) {
      EXPECT_EQ(step.consumed, input.size());
      continue;
    }
    heard.events.push_back(step.event);
    switch (step.event) {
      case Event::text:
      case Event::binary: heard.payloads.push_back(reader.take_message()); break;
      case Event::ping:
      case Event::pong: heard.payloads.emplace_back(reader.control()); break;
      default:
        heard.payloads.emplace_back(reader.reason());
        heard.code = reader.close_code();
        return heard;
    }
  }
  return heard;
}

/// The same in one piece, byte by byte and in between.
void expect(std::string_view bytes, const std::vector<Event>& events, const std::vector<std::string>& payloads,
            std::uint16_t code = 0, FrameLimits limits = {}) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{1000}, bytes.size()}) {
    const auto heard = read_all(bytes, std::max<std::size_t>(piece, 1), limits);
    EXPECT_EQ(heard.events, events) << piece;
    EXPECT_EQ(heard.code, code) << piece;
    if (!events.empty() && events.back() == Event::failed) continue;  // its words are for people
    EXPECT_EQ(heard.payloads, payloads) << piece;
  }
}

void refused(std::string_view bytes, std::uint16_t code, FrameLimits limits = {}) {
  const auto whole = read_all(bytes, bytes.size(), limits), single = read_all(bytes, 1, limits);
  ASSERT_FALSE(whole.events.empty());
  EXPECT_EQ(whole.events.back(), Event::failed);
  EXPECT_EQ(whole.code, code) << whole.payloads.back();
  EXPECT_EQ(single.events, whole.events);
  EXPECT_EQ(single.code, code);
}

TEST(WebSocketFrames, MessagesOfAllSizes) {
  for (const std::size_t size : {0u, 1u, 125u, 126u, 127u, 65'535u, 65'536u, 200'000u}) {
    const std::string text(size, 'x');
    expect(frame(Opcode::text, text), {Event::text}, {text});
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31);
    expect(frame(Opcode::binary, bytes) + frame(Opcode::binary, "next"), {Event::binary, Event::binary},
           {bytes, "next"});
  }
}

TEST(WebSocketFrames, TheExampleOfTheStandard) {
  expect(std::string("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11), {Event::text}, {"Hello"});
}

TEST(WebSocketFrames, FragmentsWithControlFramesBetween) {
  expect(frame(Opcode::text, "政", 0) + frame(Opcode::ping, "p") + frame(Opcode::continuation, "", 0) +
             frame(Opcode::pong, "") + frame(Opcode::continuation, "通"),
         {Event::ping, Event::pong, Event::text}, {"p", "", "政通"});
  // Cut inside a character: only the whole must be UTF-8.
  expect(frame(Opcode::text, "\xe6\x94", 0) + frame(Opcode::continuation, "\xbf"), {Event::text}, {"政"});
  expect(frame(Opcode::binary, "\xff", 0) + frame(Opcode::continuation, "\xfe"), {Event::binary}, {"\xff\xfe"});
}

TEST(WebSocketFrames, WhatMayNotFollow) {
  refused(frame(Opcode::continuation, "x"), 1002);
  refused(frame(Opcode::continuation, "x", 0), 1002);
  refused(frame(Opcode::text, "a", 0) + frame(Opcode::text, "b"), 1002);
  refused(frame(Opcode::text, "a", 0) + frame(Opcode::binary, "b", 0), 1002);
  refused(frame(Opcode::text, "a") + frame(Opcode::continuation, "b"), 1002);
  for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
    refused(frame(static_cast<Opcode>(opcode), ""), 1002);
    refused(frame(Opcode::text, "a", 0) + frame(static_cast<Opcode>(opcode), ""), 1002);
  }
  for (const int bit : {0x10, 0x20, 0x40}) {
    auto bytes = frame(Opcode::text, "x");
    bytes[0] = static_cast<char>(bytes[0] | bit);
    refused(bytes, 1002);
  }
}

TEST(WebSocketFrames, ControlFramesAreShortAndWhole) {
  const std::string longest(125, 'p');
  expect(frame(Opcode::ping, longest), {Event::ping}, {longest});
  refused(frame(Opcode::ping, longest + "p"), 1002);
  refused(frame(Opcode::ping, "x", 0), 1002);
  refused(frame(Opcode::pong, "x", 0), 1002);
  refused(frame(Opcode::close, "", 0), 1002);
}

TEST(WebSocketFrames, MaskAndLength) {
  refused(std::string("\x81\x05Hello", 7), 1002);  // not masked
  refused(std::string("\x81\xfe\x00\x7d", 4) + std::string(4 + 125, '\0'), 1002);
  refused(std::string("\x82\xff\0\0\0\0\0\0\xff\xff", 10), 1002);
  refused(std::string("\x82\xff\x80\0\0\0\0\0\0\0", 10), 1002);
}

TEST(WebSocketFrames, Utf8) {
  for (const auto* bad : {"\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe6\x94", "ok\xff", "\x80"}) {
    refused(frame(Opcode::text, bad), 1007);
    const std::string text(bad);
    refused(frame(Opcode::text, text.substr(0, 1), 0) + frame(Opcode::continuation, text.substr(1)), 1007);
  }
  expect(frame(Opcode::text, "\xf4\x8f\xbf\xbf"), {Event::text}, {"\xf4\x8f\xbf\xbf"});
}

TEST(WebSocketFrames, CloseAndItsCodes) {
  expect(frame(Opcode::close, ""), {Event::close}, {""}, 1005);
  for (const int code :
       {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999})
    expect(frame(Opcode::close, close_payload(code, "再见")), {Event::close}, {"再见"},
           static_cast<std::uint16_t>(code));
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535})
    refused(frame(Opcode::close, close_payload(code, "")), 1002);
  refused(frame(Opcode::close, "\x03"), 1002);
  refused(frame(Opcode::close, close_payload(1000, "\xff")), 1007);
  // Between the fragments of a message that is then never whole.
  expect(frame(Opcode::text, "a", 0) + frame(Opcode::close, close_payload(1000, "")), {Event::close}, {""}, 1000);
}

TEST(WebSocketFrames, Limits) {
  const FrameLimits small{10, 3};
  expect(frame(Opcode::text, "0123456789"), {Event::text}, {"0123456789"}, 0, small);
  refused(frame(Opcode::text, "0123456789x"), 1009, small);
  refused(frame(Opcode::text, "01234567", 0) + frame(Opcode::continuation, "89x"), 1009, small);
  // Known from the head, before anything of it is kept.
  FrameReader reader(small);
  const auto head = frame(Opcode::binary, std::string(16 << 20, 'x')).substr(0, 10);
  EXPECT_EQ(reader.feed(head).event, Event::failed);
  EXPECT_EQ(reader.close_code(), 1009);
  EXPECT_EQ(reader.message_size(), 0u);
  expect(frame(Opcode::text, "", 0) + frame(Opcode::continuation, "", 0) + frame(Opcode::continuation, ""),
         {Event::text}, {""}, 0, small);
  refused(frame(Opcode::text, "", 0) + frame(Opcode::continuation, "", 0) + frame(Opcode::continuation, "", 0) +
              frame(Opcode::continuation, ""),
          1008, small);
}

TEST(WebSocketFrames, Within) {
  FrameReader reader;
  EXPECT_FALSE(reader.within());
  const auto bytes = frame(Opcode::text, "ab", 0) + frame(Opcode::continuation, "c");
  reader.feed(bytes.substr(0, 1));
  EXPECT_TRUE(reader.within());
  reader.feed(bytes.substr(1, bytes.size() - 2));
  EXPECT_TRUE(reader.within());
  EXPECT_EQ(reader.feed(bytes.substr(bytes.size() - 1)).event, Event::text);
  EXPECT_FALSE(reader.within());
  EXPECT_EQ(reader.frames(), 2u);
}

TEST(WebSocketFrames, WhatAServerWrites) {
  for (const std::size_t size : {0u, 125u, 126u, 65'535u, 65'536u}) {
    std::string out;
    append_frame_head(out, Opcode::binary, size);
    EXPECT_EQ(static_cast<unsigned char>(out[0]), 0x82);
    EXPECT_EQ(out.size(), size < 126 ? 2u : size < 65'536 ? 4u : 10u);
    EXPECT_EQ(static_cast<unsigned char>(out[1]), size < 126 ? size : size < 65'536 ? 126u : 127u);
  }
  std::string close;
  append_close_frame(close, 1008, "no");
  EXPECT_EQ(close, std::string("\x88\x04\x03\xf0no", 6));
  close.clear();
  append_close_frame(close, close_code::none_given, "unsaid");
  EXPECT_EQ(close, std::string("\x88\x00", 2));
  close.clear();
  std::string words;
  for (int i = 0; i < 60; ++i) words += "政";
  append_close_frame(close, 1000, words);
  EXPECT_EQ(close.size(), 2u + 2 + 123);  // 41 characters of three bytes
  words.insert(0, "x");
  close.clear();
  append_close_frame(close, 1000, words);
  EXPECT_EQ(close.size(), 2u + 2 + 121);
}

}  // namespace
}  // namespace civitas::http
