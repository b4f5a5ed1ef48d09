// Frames as a client sends them, for tests.
#pragma once

#include <string>
#include <string_view>

#include "http/websocket_frames.hpp"

namespace civitas::http {

/// Masked; `final_bit` 0 for a fragment that others follow.
inline std::string frame(Opcode opcode, std::string_view payload, int final_bit = 1) {
  std::string out;
  append_frame_head(out, opcode, payload.size());
  if (final_bit == 0) out[0] = static_cast<char>(out[0] & 0x7f);
  out[1] = static_cast<char>(out[1] | 0x80);
  constexpr char mask[4] = {0x37, static_cast<char>(0xfa), 0x21, 0x3d};
  out.append(mask, 4);
  for (std::size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ mask[i & 3]);
  return out;
}

inline std::string close_payload(int code, std::string_view reason) {
  return std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)} + std::string(reason);
}

}  // namespace civitas::http
