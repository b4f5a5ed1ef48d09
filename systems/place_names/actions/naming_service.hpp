// Keeps the matcher, the index of existing names and the name check in step with the city's records: built when the
// program starts, changed when a record, a rule or a restricted word changes.
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thread>

#include "entities/store.hpp"
#include "place_names/engine/matcher.hpp"
#include "place_names/engine/name_check.hpp"
#include "place_names/engine/name_index.hpp"
#include "sql/database.hpp"

namespace civitas::place_names {

class NamingService {
 public:
  /// `folder` is systems/place_names (rules), `indexes` where the index file is kept.
  NamingService(sql::Database& database, entities::Store& store, const Clock& clock, std::filesystem::path folder, std::filesystem::path indexes);
  ~NamingService();
  NamingService(const NamingService&) = delete;
  NamingService& operator=(const NamingService&) = delete;

  /// Fills the tables of rules and words at the first start, builds what is missing, starts the thread that rebuilds.
  Status start();

  /// nullptr only before `start`.
  std::shared_ptr<const Matcher> matcher() const { return matcher_.load(); }
  std::shared_ptr<const NameCheck> check() const { return check_.load(); }

  /// After COMMIT of a change to a name: visible to the check at once, to the matcher within seconds.
  void name_written(const ExistingName& name, bool current);
  void divisions_changed() { ask_rebuild(true); }
  /// After COMMIT of a change to rules or restricted words.
  void rules_changed();

  /// Rebuilds the matching index from the database now.
  Status rebuild();

 private:
  Status seed_rules();
  Status load_check();
  Status load_names();
  void ask_rebuild(bool names_too);
  void run();

  sql::Database& database_;
  entities::Store& store_;
  const Clock& clock_;
  std::filesystem::path folder_, indexes_;
  std::shared_ptr<NameIndex> names_ = std::make_shared<NameIndex>();
  std::atomic<std::shared_ptr<const Matcher>> matcher_;
  std::atomic<std::shared_ptr<const NameCheck>> check_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false, stale_ = false, names_stale_ = false;
  std::thread thread_;
};

/// The engine's finer kinds from the declared legal kind and the category.
LegalKind engine_kind(std::string_view legal_kind, std::string_view category);

}  // namespace civitas::place_names
