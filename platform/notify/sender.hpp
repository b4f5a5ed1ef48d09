// Inside this room and for tests: one way out of the product.
#pragma once

#include <functional>
#include <string>

#include "base/result.hpp"

namespace civitas::notify {

/// One message in the language of who gets it.
struct Outgoing {
  std::int64_t id = 0;
  std::string address;  // telephone number, mail address, name of a webhook
  std::string title, text;
  std::string link, about, kind;
  std::int64_t made_at_seconds = 0;
};

struct Sent {
  std::string reference;         // under which a receipt will come; "" without one
  bool receipt_follows = false;  // else sent means delivered
};

struct Receipt {
  std::string reference;
  bool delivered = false;
  std::string detail;  // of a failure: what the network said
};

using OnReceipt = std::function<void(const Receipt&)>;

class Sender {
 public:
  virtual ~Sender() = default;
  /// Blocks for at most some tens of seconds. A problem of kind unavailable, timeout or exhausted is tried again.
  virtual Result<Sent> send(const Outgoing& message) = 0;
  /// Before the first `send`; receipts may come from another thread.
  virtual void start(OnReceipt) {}
  virtual void stop() {}
};

}  // namespace civitas::notify
