#include "entities/declaration.hpp"

#include <algorithm>
#include <array>

namespace civitas::entities {

bool AccessRule::shows(const Field& field) const {
  return !field.hidden && (fields.empty() || std::find(fields.begin(), fields.end(), field.name) != fields.end());
}

namespace {
template <class Items>
auto* find_named(const Items& items, std::string_view name) {
  for (const auto& item : items)
    if (item.name == name) return &item;
  return static_cast<decltype(&*items.begin())>(nullptr);
}
constexpr std::array<std::string_view, 27> names{
    "text",    "long_text", "integer", "decimal", "boolean",    "date",  "instant", "uncertain_date",
    "term",    "ref",       "refs",    "rows",    "code",       "files", "point",   "line",
    "polygon", "geometry",  "json",    "secret",  "citizen_id", "phone", "time",
    "duration", "labels", "schedule", "computed"};
}  // namespace

std::string_view type_name(FieldType type) { return names[static_cast<std::size_t>(type)]; }

const std::vector<std::string>& map_symbols() {
  static const std::vector<std::string> symbols{
      "airport", "bridge",   "building", "bus",     "company",   "dike",    "district", "highway",    "hospital",
      "island",  "junction", "lake",     "market",  "monument",  "mountain", "office",  "park",       "port",
      "power",   "railway",  "reservoir", "river",  "road",      "scenic",  "school",   "settlement", "square",
      "station", "telecom",  "temple",   "tower",   "train",     "tunnel",  "village",  "well"};
  return symbols;
}

bool is_masked(const Field& f) {
  if (f.masked) return true;
  for (const auto& cell : f.fields)
    if (cell.masked) return true;
  return false;
}

bool is_spatial(FieldType type) {
  return type == FieldType::point || type == FieldType::line || type == FieldType::polygon ||
         type == FieldType::geometry;
}

const TermCode* TermList::find(std::string_view code) const {
  for (const auto& item : codes)
    if (item.code == code) return &item;
  return nullptr;
}

bool Transition::leaves(std::string_view state) const {
  return std::find(from.begin(), from.end(), state) != from.end();
}
const State* ProcessDeclaration::state(std::string_view name) const { return find_named(states, name); }
bool ProcessDeclaration::counts_from_creation(std::string_view begins) const {
  return (!limit.empty() && (starts.empty() || begins != initial)) || !clocks.empty() ||
         !state(begins)->within.empty();
}

const Transition* ProcessDeclaration::transition(std::string_view name) const { return find_named(transitions, name); }
const Field* Entity::field(std::string_view field_name) const { return find_named(fields, field_name); }
const Field* Entity::scope_field() const {
  for (const auto& f : fields)
    if (f.scope_path) return &f;
  return nullptr;
}
const Entity* System::entity(std::string_view entity_name) const { return find_named(entities, entity_name); }
const Dashboard* System::dashboard(std::string_view one) const { return find_named(dashboards, one); }
const TermList* System::term_list(std::string_view list) const { return find_named(terms, list); }

}  // namespace civitas::entities
