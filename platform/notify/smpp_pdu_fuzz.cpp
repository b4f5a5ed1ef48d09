// Bytes of an SMPP peer: framing, receipts, ids; and any text cut into short messages.
#include <cstdlib>

#include "notify/smpp_pdu.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace civitas::notify::smpp;
  const std::string whole(reinterpret_cast<const char*>(data), size);
  std::string bytes = whole;
  Pdu pdu;
  while (take(bytes, pdu) == Framing::whole) {
    std::string again = write(pdu);
    Pdu same;
    if (take(again, same) != Framing::whole || same.body != pdu.body || !again.empty()) std::abort();
    (void)receipt_of(pdu.body);
    (void)message_id(pdu.body);
  }
  (void)receipt_of(whole);
  const auto parts = parts_of(whole, 7);
  if (parts.empty() || parts.size() > 10) std::abort();
  for (const auto& part : parts)
    if (part.message.size() > (part.coding == 0 ? 160u : 140u)) std::abort();
  return 0;
}
