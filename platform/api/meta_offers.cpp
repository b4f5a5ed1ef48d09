// What systems do for one another, as the pages read it.
#include "api/meta_writer.hpp"

namespace civitas::api {

using namespace entities;

void write_offers(JsonWriter& w, const Catalog& catalog, const System& system) {
  const auto fields = [&](const char* key, const Entity& part) {
    w.key(key).begin_array();
    for (const auto& f : part.fields) write_field(w, catalog, part, f);
    w.end_array();
  };
  w.key("offers").begin_array();
  for (const auto& contract : catalog.contracts()) {
    if (contract->system != &system) continue;
    w.begin_object().key("name").value(contract->offer->name);
    write_title(w, "title", contract->offer->title);
    fields("takes", contract->takes);
    fields("gives", contract->gives);
    w.end_object();
  }
  w.end_array().key("calls").begin_array();
  for (const auto& need : system.calls)
    w.begin_object()
        .key("name")
        .value(need.name)
        .key("optional")
        .value(need.optional)
        .key("offered")
        .value(catalog.contract(need.name) != nullptr)
        .end_object();
  w.end_array();
}

}  // namespace civitas::api
