// Messages to people: written in the caller's transaction, sent after its COMMIT, tried again until they are taken or
// given up, with what became of each. Messages inside the pages (`app`) are rows that are read; the others leave
// through a `Sender` of their channel, each channel on a thread of its own.
//
// At least once: a message that was handed over in the very moment of a crash is handed over again. A channel that the
// configuration does not name keeps its messages as "off": what would have been said stays to be seen.
#pragma once

#include <array>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "crypto/field_cipher.hpp"
#include "notify/message.hpp"
#include "notify/preferences.hpp"
#include "notify/sender.hpp"
#include "outbound/backoff.hpp"
#include "sql/database.hpp"

namespace civitas::notify {

struct DeliveryOptions {
  QuietHours quiet;  // for short messages that are not urgent
  outbound::Backoff backoff;
  int keep_days = 90;  // how long what is done stays to be seen
};

class Notify {
 public:
  Notify(sql::Database& database, const Clock& clock, const crypto::FieldCipher& cipher, DeliveryOptions options = {});
  ~Notify() { stop(); }
  Notify(const Notify&) = delete;
  Notify& operator=(const Notify&) = delete;

  static Status create_tables(sql::Transaction& t);

  /// While the program is wired.
  void add_sender(Channel channel, std::unique_ptr<Sender> sender);
  bool has(Channel channel) const { return lanes_[static_cast<std::size_t>(channel)].sender != nullptr; }

  /// Part of the caller's transaction. A channel for which the recipient has no address, or which they do not want, is
  /// passed over.
  Status tell(sql::Transaction& t, const Message& message, const Recipient& to, const std::vector<Channel>& by);

  /// A message inside the pages alone, for who has no `Notify` at hand.
  static Status write_notice(sql::Transaction& t, Instant at, std::int64_t person, const Text& title,
                             std::string_view text, std::string_view link);
  /// {"items":[{"id","at","title","text","link","read"}],"unread":n}: the last fifty inside the pages.
  static Status notices(sql::Connection& c, std::int64_t person, std::string& out);
  /// 404 for another's.
  static Status mark_read(sql::Transaction& t, std::int64_t person, std::int64_t notice);

  /// {"items":[{"id","at","channel","address","title","kind","about","state","attempts","next_at","error","done_at"}],
  /// "counts":{state: n},"channels":[…]}: what left or should leave, newest first; addresses masked. `state` "": all.
  Status deliveries(sql::Connection& c, std::string_view state, std::int64_t before, int limit, std::string& out) const;
  /// A failed, expired or switched-off message waits again; 404, 422 `notify.message.done`.
  Status send_again(sql::Transaction& t, std::int64_t id);

  /// What became of a message that was handed over. Receipts may come before the reference is known.
  Status receive(const Receipt& receipt);

  /// Sends what is due now, in this thread. Returns how many were handed over or given up.
  Result<int> deliver(Channel channel);
  void start();
  void stop();
  /// Removes what has been done for long.
  Status remove_old();

 private:
  struct Lane {
    std::unique_ptr<Sender> sender;
    std::thread thread;
    bool look = false;
    /// What was handed over and could not be written down, such as on a full disk: not sent again for that.
    std::map<std::int64_t, Sent> unsettled;
  };
  Status queue(sql::Transaction& t, const Message& m, std::int64_t person, Channel channel, const std::string& address,
               const Preferences& wanted);
  Status settle(std::int64_t id, int attempts, bool secret, const Result<Sent>& outcome);
  static Status apply(sql::Transaction& t, std::int64_t id, const Receipt& receipt, Instant now);
  crypto::FieldPlace place(std::string_view field, std::int64_t person) const;
  void run(Channel channel);
  void wake(Channel channel);

  sql::Database& database_;
  const Clock& clock_;
  const crypto::FieldCipher& cipher_;
  DeliveryOptions options_;
  std::array<Lane, 4> lanes_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
};

}  // namespace civitas::notify
