// Who did what (审计): rows written plainly in the transaction of the act, then sealed in order of commit. At least
// once a second the sealer closes the rows committed since into a batch, chains its SM3 digest to the one before and
// signs it, so that a row changed, removed or inserted later is found by `verify`. The head of the chain is kept outside
// of the database too (head.hpp), so that an end cut off, an emptied trail and an older copy of the database are found;
// each entry carries a mark of this product, so that rows put in by other hands are never sealed as its own.
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
/// With the mark of this process, once `mark_entries` was called.
Status append(sql::Transaction& transaction, Instant at, const Entry& entry);

/// Signs and checks the batches; the key comes from the key store of the installation.
struct Signer {
  std::string key_id;  // without ':'
  std::function<Result<std::string>(std::string_view message)> sign;
  std::function<bool(std::string_view key_id, std::string_view message, std::string_view signature)> verify;
  /// The key of the marks of entries; "" for an unknown id.
  std::function<std::string(std::string_view key_id)> mark_key;
};

/// From now on entries of this process carry marks by the signer's current key. Called while the program is wired.
void mark_entries(const Signer& signer);

class HeadFile;

/// A batch ends after this many rows (with all of the last row's transaction), so that a large import is sealed bit by
/// bit.
inline constexpr std::int64_t most_rows_sealed_at_once = 20'000;

/// Seals what was committed since the last batch: in the head file first, then in the database; a crash between the two
/// is made good by the next call. Returns the number of rows passed. Fails with `audit.head.differs` when database and
/// head file do not tell of the same trail: nothing is sealed until an operator has said why (`restored`).
Result<std::int64_t> seal(sql::Database& database, Instant now, const Signer& signer, const HeadFile& head);

/// The number of the last batch; 0: none yet.
Result<std::int64_t> last_sealed(sql::Connection& connection);

/// Runs `seal` every half second on its own thread, and once at its end. A problem is told when it appears, not each time.
class Sealer {
 public:
  Sealer(sql::Database& database, const Clock& clock, Signer signer, const HeadFile& head);
  ~Sealer();
  Sealer(const Sealer&) = delete;
  Sealer& operator=(const Sealer&) = delete;

 private:
  void run();
  sql::Database& database_;
  const Clock& clock_;
  Signer signer_;
  const HeadFile& head_;
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
  std::vector<Text> remarks;   // restores that an operator has given a reason for
};

/// Finds entries that were changed, removed, inserted, repeated or written by other hands, seals without a signature,
/// and a trail that was truncated, emptied or rolled back behind its head file.
Result<Verdict> verify(sql::Connection& connection, const Signer& signer, const HeadFile& head);

/// The operator says why database and head file differ, most often because a backup was restored: both go on from the
/// last batch of the database. An entry of the trail itself. Fails with `audit.restored.level` when they agree.
Status restored(sql::Database& database, Instant now, const Signer& signer, const HeadFile& head,
                const std::string& because);

}  // namespace civitas::audit
