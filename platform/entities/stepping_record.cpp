#include "entities/stepping_record.hpp"

#include <algorithm>

#include "entities/store.hpp"

namespace civitas::entities {

const Field* SteppingRecord::field(std::string_view name) const {
  const auto found = std::find_if(fields_.begin(), fields_.end(), [&](const Field& f) { return f.name == name; });
  return found == fields_.end() ? nullptr : &*found;
}

const Entity* SteppingRecord::target_of(std::string_view ref) const {
  const Field* f = field(ref);
  return f ? store_.catalog().target_of(*f) : nullptr;
}

Json SteppingRecord::read(const Entity& target, const Json& reference) const {
  const auto id = reference_id(reference);
  if (!id || !status_) return {};
  auto found = store_.storage(target).find(db_, *id);
  if (found) return *std::move(found);
  status_ = fail(std::move(found.error()));
  return {};
}

const Json& SteppingRecord::referred(std::string_view ref) const {
  static const Json none;
  const Entity* target = target_of(ref);
  if (!target) return none;
  auto known = referred_.find(ref);
  if (known == referred_.end()) known = referred_.emplace(std::string(ref), read(*target, record_[ref])).first;
  return known->second;
}

query::Value SteppingRecord::get_through(std::string_view ref, std::string_view name) const {
  const Entity* target = target_of(ref);
  return target ? JsonRecord(*target, referred(ref)).get(name) : query::Value();
}

template <class Use>
bool SteppingRecord::as_record(const std::vector<Field>& fields, const Json& record, const Use& use) const {
  const SteppingRecord other(store_, db_, fields, record);
  const bool result = use(other);
  if (status_) status_ = other.status_;
  return result;
}

bool SteppingRecord::any_row(std::string_view rows, const std::function<bool(const query::Record&)>& test) const {
  if (const auto dot = rows.find('.'); dot != rows.npos) {
    const std::string_view ref = rows.substr(0, dot);
    const Entity* target = target_of(ref);
    return target && as_record(target->fields, referred(ref), [&](const SteppingRecord& other) {
             return other.any_row(rows.substr(dot + 1), test);
           });
  }
  const Field* f = field(rows);
  if (!f) return false;
  const auto& items = record_[rows].as_array();
  if (f->type == FieldType::rows)
    return std::any_of(items.begin(), items.end(), [&](const Json& row) { return as_record(f->fields, row, test); });
  const Entity* target = f->type == FieldType::refs ? store_.catalog().target_of(*f) : nullptr;
  return target && std::any_of(items.begin(), items.end(), [&](const Json& item) {
           const Json other = read(*target, item);
           return !other.is_null() && as_record(target->fields, other, test);
         });
}

}  // namespace civitas::entities
