#include <algorithm>

#include "gateway/features.hpp"
#include "gateway/raw_json.hpp"
#include "gateway/representation.hpp"

namespace civitas::gateway {

using entities::FieldType;

void write_feature(std::string& out, const entities::Catalog& catalog, const Collection& c, std::string_view record,
                   Crs crs, http::Language language, std::string_view links) {
  std::string_view id = "null", geometry = "null";
  std::string properties;
  const auto put = [&](std::string_view key, std::string_view suffix, std::string_view value) {
    properties += properties.empty() ? "\"" : ",\"";
    properties += key;
    properties += suffix;
    properties += "\":";
    properties += value.empty() ? "null" : value;
  };
  std::vector<const entities::Field*> seen;
  each_member(record, [&](std::string_view key, std::string_view value) {
    if (key == "id") {
      id = value;
      return;
    }
    if (key == "version" || key == "created_at") return;
    if (c.geometry && key == c.geometry->name) {
      geometry = value;
      return;
    }
    const auto* f = c.entity->field(key);
    if (!f) return put(key, "", value);
    seen.push_back(f);
    if (f->type == FieldType::ref) {
      put(key, "", raw_member(value, "id"));
      put(key, "_title", raw_member(value, "title"));
      return;
    }
    put(key, "", value);
    if (f->type != FieldType::term) return;
    const auto* list = catalog.terms_of(*c.entity, *f);
    const auto* term = list && value.size() > 2 ? list->find(value.substr(1, value.size() - 2)) : nullptr;
    std::string title;
    if (term) append_json_string(title, in(language, term->title));
    put(key, "_title", title);
  });
  // Empty fields are left out of records; clients that learn the columns from the first features want them all.
  for (const auto* f : c.properties) {
    if (f == c.geometry || std::find(seen.begin(), seen.end(), f) != seen.end()) continue;
    put(f->name, "", "null");
    if (f->type == FieldType::ref || f->type == FieldType::term) put(f->name, "_title", "null");
  }
  out += "{\"type\":\"Feature\",\"id\":";
  out += id;
  out += ",\"geometry\":";
  if (crs == Crs::epsg4490)
    out += swap_axes(geometry);
  else
    out += geometry;
  out += ",\"properties\":{";
  out += properties;
  out += '}';
  if (!links.empty()) {
    out += ",\"links\":";
    out += links;
  }
  out += '}';
}

}  // namespace civitas::gateway
