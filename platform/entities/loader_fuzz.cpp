// A declaration file from anywhere in place of one of the city's own: read, joined with the rest, checked, and turned
// into tables. Whatever is wrong is told; what is accepted holds in both databases and reads back from its stored form.
#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "entities/catalog.hpp"
#include "entities/conditions.hpp"
#include "entities/loader.hpp"
#include "entities/process_text.hpp"
#include "entities/storage.hpp"

using namespace civitas;
using namespace civitas::entities;

namespace {

template <class Item>
void put(std::vector<Item>& items, Item made) {
  for (auto& item : items)
    if (item.name == made.name) {
      item = std::move(made);
      return;
    }
  items.push_back(std::move(made));
}

// The mutated system stands beside the others; only its own parts may be new.
std::vector<System> city_with(const std::vector<System>& city, System made) {
  std::vector<System> out = city;
  for (auto& system : out) {
    if (system.name != made.name) continue;
    if (!made.roles.empty()) system.roles = std::move(made.roles);
    if (!made.menu.empty()) system.menu = std::move(made.menu);
    if (!made.offers.empty()) system.offers = std::move(made.offers);
    if (!made.calls.empty()) system.calls = std::move(made.calls);
    for (auto& list : made.terms) put(system.terms, std::move(list));
    for (auto& e : made.entities) put(system.entities, std::move(e));
  }
  return out;
}

// The systems of this repository as a background to refer to, without what would only be checked again each time.
std::vector<System> load_city() {
  const char* home = std::getenv("CIVITAS_HOME");
  const auto catalog = Catalog::load(std::filesystem::path(home ? home : ".") / "systems");
  if (!catalog) std::abort();
  std::vector<System> city = (*catalog)->systems();
  for (auto& system : city) {
    system.menu.clear();
    system.offers.clear();
    system.calls.clear();
    system.subscriptions.clear();
    for (auto& e : system.entities) {
      std::erase_if(e.fields, [](const Field& f) { return !f.terms.empty() || !f.to.empty() || !f.fields.empty(); });
      e.process.reset();
      e.documents.clear();
      e.open_filter.clear();
      AccessRule everybody;
      everybody.role = "public";
      everybody.read = "TRUE";
      e.access = {everybody};
    }
  }
  return city;
}

bool has_root_key(std::string_view text, std::string_view key) {
  return text.starts_with(key) || text.find("\n" + std::string(key)) != text.npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<System> city = load_city();
  const std::string text(reinterpret_cast<const char*>(data), size);
  const char* path = has_root_key(text, "system:")  ? "system.yaml"
                     : has_root_key(text, "terms:") ? "terms/fuzzed.yaml"
                                                    : "fuzzed.yaml";
  // As a file of the largest system, whose code lists and roles the seeds name.
  static const std::string largest =
      std::ranges::max_element(city, {}, [](const System& s) { return s.entities.size(); })->name;
  const std::string name = has_root_key(text, "system: identity") ? "identity" : largest;
  Mistakes mistakes;
  System made = read_system(name, {{path, text}}, mistakes);
  if (!mistakes.none()) {
    if (mistakes.to_problem().message.en.empty()) std::abort();
    return 0;
  }
  const std::string entity = made.entities.empty() ? "" : made.entities.front().name;
  const auto catalog = Catalog::make(city_with(city, std::move(made)));
  if (!catalog) return 0;
  if (entity.empty()) return 0;
  Conditions conditions(**catalog);
  (void)conditions.check_all();
  const Entity& e = *(*catalog)->entity(name, entity);
  for (const auto dialect : {sql::Dialect::sqlite, sql::Dialect::postgres}) {
    const Storage storage(**catalog, e, dialect);
    if (storage.table_statements().empty()) std::abort();
    storage.index_statements();
    if (storage.select().empty()) std::abort();
  }
  if (e.process) {
    const auto again = read_process_text(e.process->text, "stored");
    if (!again || again->hash != e.process->hash) std::abort();
  }
  return 0;
}
