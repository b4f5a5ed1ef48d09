// Tests: a small record type with every kind of field, its rows in SQLite and in memory.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "query/compile.hpp"
#include "query/parse.hpp"

namespace civitas::query::testing {

/// A record as a map; refs and child rows point to other ones.
class MapRecord : public Record {
 public:
  Value get(std::string_view field) const override {
    const auto found = values.find(field);
    return found == values.end() ? Value() : found->second;
  }
  Value get_through(std::string_view ref, std::string_view field) const override {
    const auto found = refs.find(ref);
    return found == refs.end() || found->second == nullptr ? Value() : found->second->get(field);
  }
  Value scope_path(std::string_view) const override { return path; }
  bool any_row(std::string_view field, const std::function<bool(const Record&)>& test) const override {
    if (field == "division.neighbours") {
      const auto division = refs.find("division");
      return division != refs.end() && division->second->any_row("crosses", test);
    }
    if (field == "crosses")
      return std::any_of(crosses.begin(), crosses.end(), [&](const MapRecord* to) { return test(*to); });
    return std::any_of(rows.begin(), rows.end(), test);
  }

  bool took_part(std::int64_t person, std::string_view step) const override {
    return std::any_of(steps.begin(), steps.end(), [&](const Step& s) {
      return (step.empty() || s.step == step) && (s.who == person || s.acting_for == person);
    });
  }

  bool department_took_part(const Scope& of, std::string_view step) const override {
    return std::any_of(steps.begin(), steps.end(), [&](const Step& s) {
      return (step.empty() || s.step == step) && s.department != 0 &&
             (of.everything || std::binary_search(of.records.begin(), of.records.end(), s.department));
    });
  }

  struct Step {
    std::string step;
    std::int64_t who = 0, acting_for = 0, department = 0;
  };
  std::vector<Step> steps;
  std::map<std::string, Value, std::less<>> values;
  std::map<std::string, const MapRecord*, std::less<>> refs;
  std::vector<MapRecord> rows;
  std::vector<const MapRecord*> crosses;
  Value path;
};

/// Whose scope is these subtrees of divisions, and these departments.
inline std::shared_ptr<const Scopes> scopes_of(std::vector<std::string> prefixes, bool everything = false,
                                               std::vector<std::int64_t> departments = {}) {
  return std::make_shared<const Scopes>(Scopes{{"division", {everything, std::move(prefixes), {}}},
                                               {"department", {false, {}, std::move(departments)}}});
}

struct City {
  FieldList place, division, sign;

  City() {
    const auto field = [](std::string name, FieldType type) {
      FieldInfo f;
      f.column = name;
      f.name = std::move(name);
      f.type = type;
      return f;
    };
    division.add(field("code", FieldType::text));
    division.add(field("level", FieldType::integer));
    FieldInfo neighbours = field("neighbours", FieldType::refs);
    neighbours.target_table = "division";
    neighbours.target = &division;
    neighbours.link_table = neighbours.version_table = "neighbour";
    neighbours.parent_column = "of_division";
    neighbours.link_column = "division";
    division.add(neighbours);
    sign.add(field("state", FieldType::text));
    sign.add(field("height", FieldType::number));
    for (const auto* name : {"name", "kind"}) place.add(field(name, FieldType::text));
    for (const auto* name : {"floors", "count"}) place.add(field(name, FieldType::integer));
    for (const auto* name : {"length", "width"}) place.add(field(name, FieldType::number));
    for (const auto* name : {"vanished", "checked"}) place.add(field(name, FieldType::boolean));
    for (const auto* name : {"valid_from", "valid_to"}) place.add(field(name, FieldType::date));
    for (const auto* name : {"changed", "created"}) place.add(field(name, FieldType::instant));
    FieldInfo founded = field("founded", FieldType::uncertain_date);
    founded.earliest_column = "founded_from";
    founded.latest_column = "founded_to";
    place.add(founded);
    FieldInfo shape = field("place", FieldType::geometry);
    shape.box_columns = {"place_min_x", "place_min_y", "place_max_x", "place_max_y"};
    shape.box_index = "place_box";
    place.add(shape);
    place.add(field("tags", FieldType::text_list));
    place.add(field("extra", FieldType::json));
    FieldInfo ref = field("division", FieldType::ref);
    ref.target_table = "division";
    ref.target = &division;
    ref.scope = "division";
    ref.scope_path_column = "division_path";
    place.add(ref);
    FieldInfo owner = field("owner", FieldType::ref);
    owner.target_table = "person";
    owner.scope = "department";
    place.add(owner);
    FieldInfo signs = field("signs", FieldType::rows);
    signs.target_table = "sign";
    signs.target = &sign;
    signs.parent_column = "place_id";
    signs.version_table = "sign_history";
    place.add(signs);
    FieldInfo crosses = field("crosses", FieldType::refs);
    crosses.target_table = "division";
    crosses.target = &division;
    crosses.link_table = "crossing";
    crosses.version_table = "crossing_history";
    crosses.parent_column = "place_id";
    crosses.link_column = "division";
    place.add(crosses);
    place.set_steps({"step", "place_id", "step", {"who", "acting_for"}, "department", {"verify", "close"}});
  }
  City(const City&) = delete;
  City& operator=(const City&) = delete;
};

}  // namespace civitas::query::testing
