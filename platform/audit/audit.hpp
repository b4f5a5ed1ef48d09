// Who did what (审计): rows written plainly in the transaction of the act, then sealed in order of commit. At least
// once a second the sealer closes the rows committed since into a batch, chains its SM3 digest to the one before and
// signs it, so that a row changed, removed or inserted later is found by `verify`.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/time.hpp"
#include "sql/database.hpp"

namespace civitas::audit {

struct Entry {
  std::int64_t who = 0;  // person id; 0: anonymous, or the system
  std::string who_name;
  std::string address;  // of the client
  std::string action;   // dotted verb: "town.permit.approve"
  std::string object;   // "town/permit/123"
  std::string detail;   // JSON: what changed, never a secret
  std::string request;  // request id, which the log carries too
};

Status create_tables(sql::Transaction& transaction);
Status append(sql::Transaction& transaction, Instant at, const Entry& entry);

/// Signs and checks the batches; the key comes from the key store of the installation.
struct Signer {
  std::string key_id;
  std::function<Result<std::string>(std::string_view message)> sign;
  std::function<bool(std::string_view key_id, std::string_view message, std::string_view signature)> verify;
};

/// A batch ends after this many rows (with all of the last row's transaction), so that a large import is sealed bit by
/// bit.
inline constexpr std::int64_t most_rows_sealed_at_once = 20'000;

/// Seals what was committed since the last batch; returns the number of rows sealed.
Result<std::int64_t> seal(sql::Database& database, Instant now, const Signer& signer);

/// Runs `seal` every half second on its own thread.
class Sealer {
 public:
  Sealer(sql::Database& database, const Clock& clock, Signer signer);
  ~Sealer();
  Sealer(const Sealer&) = delete;
  Sealer& operator=(const Sealer&) = delete;

 private:
  void run();
  sql::Database& database_;
  const Clock& clock_;
  Signer signer_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

struct Verdict {
  std::int64_t entries = 0;
  std::int64_t batches = 0;
  std::int64_t unsealed = 0;
  std::vector<Text> findings;  // empty: the trail is whole
};

Result<Verdict> verify(sql::Connection& connection, const Signer& signer);

}  // namespace civitas::audit
