// Keeps the matcher, the index of existing names and the name check in step with the city's records. Both indexes are
// mapped files in the data folder that the next start finds again; a thread makes them anew after changes. What changed
// since is known to the check at once (NameIndex), to the matcher with its next file.
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thread>

#include "entities/profile_declaration.hpp"
#include "entities/store.hpp"
#include "place_names/engine/index_build.hpp"
#include "place_names/engine/matcher.hpp"
#include "place_names/engine/name_check.hpp"
#include "place_names/engine/name_index.hpp"
#include "sql/database.hpp"

namespace civitas::place_names {

class NamingService {
 public:
  /// `folder` is systems/place_names (rules), `indexes` where the index file is kept, `profile` what the city says of
  /// itself: its name and its customary parts.
  NamingService(sql::Database& database, entities::Store& store, const Clock& clock, std::filesystem::path folder,
                std::filesystem::path indexes, const entities::Profile& profile);
  ~NamingService();
  NamingService(const NamingService&) = delete;
  NamingService& operator=(const NamingService&) = delete;

  /// Fills the tables of rules and words at the first start, builds what is missing, starts the thread that rebuilds.
  Status start();

  /// nullptr only before `start`.
  std::shared_ptr<const Matcher> matcher() const {
    used_.store(true, std::memory_order_relaxed);
    return matcher_.load();
  }
  /// The code of the profile's city, "" as long as no division bears its name.
  std::string home() const { return *home_.load(); }
  /// What the matcher makes of a text, in this city.
  MatchAnswer match(std::string_view text, std::size_t limit = MatchOptions().limit) const {
    return matcher()->match(text, {limit, home()});
  }
  std::shared_ptr<const NameCheck> check() const {
    used_.store(true, std::memory_order_relaxed);
    return check_.load();
  }

  /// After COMMIT of a change to a place name or a division: visible to the check at once, to the matcher within
  /// seconds.
  void name_written(const ExistingName& name);
  void name_removed(std::string_view code);
  /// After COMMIT of a change to rules or restricted words.
  void rules_changed();

  /// Makes both files anew from the database now.
  Status rebuild();

 private:
  Status seed_rules();
  Status load_check();
  Status open_names();
  Status open_matcher();
  Status build_names();
  Status build_matcher();
  Status find_home();
  Result<std::vector<CityPart>> parts_of_city(sql::Connection& c) const;
  Result<std::size_t> catch_up(sql::Connection& c, const Origin& known);
  void ask_rebuild();
  void run();
  void release_pages_when_idle();

  sql::Database& database_;
  entities::Store& store_;
  const Clock& clock_;
  std::filesystem::path folder_, indexes_;
  const entities::Profile& profile_;
  std::string divisions_;  // the table of divisions
  std::atomic<std::shared_ptr<const std::string>> home_ = std::make_shared<const std::string>();
  std::shared_ptr<NameIndex> names_ = std::make_shared<NameIndex>();
  std::atomic<std::shared_ptr<const Matcher>> matcher_;
  std::atomic<std::shared_ptr<const NameCheck>> check_;
  std::mutex building_;  // held while files are made
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false, stale_ = false;
  std::size_t crowded_at_ = 0;  // so many changes in memory ask for a new file of names
  mutable std::atomic<bool> used_ = false;
  bool released_ = true;  // of thread_
  std::thread thread_;
};

/// The level of the engine for a code of division_level.
Level level_of_term(std::string_view code);
/// The engine's finer kinds from the declared legal kind and the category.
LegalKind engine_kind(std::string_view legal_kind, std::string_view category);

}  // namespace civitas::place_names
