// Which application calls: keys by their digest, kept in memory. Keys are records of identity/application_key; a change
// there drops what is kept. Changes made by another process are noticed within a minute, new keys within a second.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/quota.hpp"
#include "sql/database.hpp"

namespace civitas::gateway {

inline constexpr std::string_view key_header = "X-Civitas-Key";

struct Application {
  std::int64_t id = 0;
  std::int64_t department = 0;  // 0: none
  std::string name;
  std::vector<std::string> services;
  Quota quota;
  bool disabled = false;
  std::optional<Date> expires_on;  // the last day on which the key opens anything
  std::shared_ptr<Meter> meter;

  /// "*" grants everything, "ogc.*" everything that begins with "ogc.".
  bool may_call(std::string_view service) const;
};

class Keys {
 public:
  using Names = std::map<std::string, std::string, std::less<>>;
  /// `former`: interfaces that once had another name; what was granted by that one is granted by today's.
  Keys(sql::Database& database, const Clock& clock, Names former = {})
      : database_(database), clock_(clock), former_(std::move(former)) {}

  /// 401 `gateway.key.missing`, `gateway.key.unknown` (also disabled and expired ones: a caller learns no more).
  Result<std::shared_ptr<const Application>> find(std::string_view key);
  /// The kept keys are read again before the next call.
  void forget() { generation_.fetch_add(1); }

 private:
  using Table = std::unordered_map<std::string, std::shared_ptr<const Application>>;
  Status load();
  sql::Database& database_;
  const Clock& clock_;
  Names former_;
  std::atomic<std::uint64_t> generation_{1};
  std::mutex loading_;
  std::mutex mutex_;
  std::uint64_t loaded_generation_ = 0;
  Instant loaded_at_;
  std::shared_ptr<const Table> table_;
  std::unordered_map<std::int64_t, std::shared_ptr<Meter>> meters_;
};

}  // namespace civitas::gateway
