// Protocol data units of SMPP 3.4 (Short Message Peer to Peer, issue 1.2 of 1999), as much as a sender needs: bind as
// transceiver, submit, receipts, keeping the link alive. Bytes from outside are read with bounds; what does not fit is
// refused, never guessed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace civitas::notify::smpp {

enum Command : std::uint32_t {
  generic_nack = 0x80000000,
  submit_sm = 0x00000004,
  submit_sm_resp = 0x80000004,
  deliver_sm = 0x00000005,
  deliver_sm_resp = 0x80000005,
  unbind = 0x00000006,
  unbind_resp = 0x80000006,
  bind_transceiver = 0x00000009,
  bind_transceiver_resp = 0x80000009,
  enquire_link = 0x00000015,
  enquire_link_resp = 0x80000015,
};

struct Pdu {
  std::uint32_t command = 0, status = 0, sequence = 0;
  std::string body;
};

constexpr std::size_t header_size = 16;
constexpr std::size_t largest_pdu = 64 * 1024;

std::string write(const Pdu& pdu);

enum class Framing { whole, incomplete, broken };
/// Takes one unit off the front of `bytes`; `broken`: the length cannot be right, the connection is of no use.
Framing take(std::string& bytes, Pdu& out);

struct Bind {
  std::string system_id, password, system_type;
};
std::string bind_body(const Bind& bind);

struct Submit {
  std::string source;  // 5.2.8; digits, or a name of at most eleven letters
  std::string destination;
  bool header = false;  // the message begins with a user data header
  std::uint8_t coding = 0;
  std::string message;  // at most 254 bytes
};
std::string submit_body(const Submit& submit);

/// One text as the short messages that carry it: one of 160 letters of the basic alphabet or of 70 UTF-16 units, or
/// several with a header that puts them together again (3GPP TS 23.040, 9.2.3.24.1; `reference` tells texts apart).
/// At most ten; what is longer is cut.
std::vector<Submit> parts_of(const std::string& text, std::uint8_t reference);

/// The message id of a submit_sm_resp; "" when there is none.
std::string message_id(std::string_view body);

struct DeliveryReceipt {
  std::string id;
  std::string state;  // DELIVRD, EXPIRED, UNDELIV, REJECTD …
  std::string error;
  bool is_final() const { return state != "ENROUTE" && state != "ACCEPTD" && state != "UNKNOWN" && !state.empty(); }
};
/// Of a deliver_sm; nothing for a message from a telephone or what cannot be read.
std::optional<DeliveryReceipt> receipt_of(std::string_view deliver_body);

}  // namespace civitas::notify::smpp
