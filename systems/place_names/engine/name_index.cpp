#include "place_names/engine/name_index.hpp"

#include <array>
#include <iterator>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <unordered_set>

#include "place_names/engine/code.hpp"

namespace civitas::place_names {

struct NameIndex::Impl {
  struct Change {
    std::uint64_t number = 0;
    bool exists = false;  // false: removed
    ExistingName name;
    std::array<std::uint64_t, name_key_count> keys{};
  };
  mutable std::shared_mutex mutex;
  std::shared_ptr<const NameFile> file;
  std::unordered_map<std::string, Change> changes;  // by code; a node stays where it is
  std::array<std::unordered_multimap<std::uint64_t, const Change*>, name_key_count> keyed;
  std::unordered_set<std::uint32_t> hidden;
  std::size_t added = 0;  // changes that exist
  std::uint64_t last = 0;

  void forget_keys(Change& change) {
    if (!change.exists) return;
    --added;
    for (std::size_t k = 0; k < name_key_count; ++k) {
      auto [at, end] = keyed[k].equal_range(change.keys[k]);
      for (; at != end; ++at)
        if (at->second == &change) {
          keyed[k].erase(at);
          break;
        }
    }
  }

  void hide(const std::string& code) {
    if (const auto number = file ? file->number_of(code) : std::nullopt) hidden.insert(*number);
  }

  Change& change_of(std::string_view code) {
    auto [at, fresh] = changes.try_emplace(std::string(code));
    if (fresh)
      hide(at->first);  // the entry of the file counts no more
    else
      forget_keys(at->second);
    at->second.number = ++last;
    return at->second;
  }
};

NameIndex::NameIndex() : impl_(std::make_unique<Impl>()) {}
NameIndex::~NameIndex() = default;

void NameIndex::add(const ExistingName& name) {
  std::array<std::uint64_t, name_key_count> keys;
  for (std::size_t k = 0; k < name_key_count; ++k) keys[k] = name_key(static_cast<NameKey>(k), name.name);
  std::unique_lock lock(impl_->mutex);
  auto& change = impl_->change_of(name.code);
  change.exists = true;
  change.name = name;
  change.keys = keys;
  ++impl_->added;
  for (std::size_t k = 0; k < name_key_count; ++k)
    if (keys[k]) impl_->keyed[k].emplace(keys[k], &change);
}

void NameIndex::remove(std::string_view code) {
  std::unique_lock lock(impl_->mutex);
  // Kept even when neither file nor changes know the code: a file that is being built may.
  auto& change = impl_->change_of(code);
  change.exists = false;
  change.name = {};
  change.keys = {};
}

std::uint64_t NameIndex::last_change() const {
  std::shared_lock lock(impl_->mutex);
  return impl_->last;
}

std::size_t NameIndex::changes() const {
  std::shared_lock lock(impl_->mutex);
  return impl_->changes.size();
}

void NameIndex::use(std::shared_ptr<const NameFile> file, std::uint64_t known) {
  Impl fresh;  // holds what is no more wanted until the lock is given back
  std::unique_lock lock(impl_->mutex);
  impl_->file.swap(file);
  fresh.changes.swap(impl_->changes);
  fresh.keyed.swap(impl_->keyed);
  fresh.hidden.swap(impl_->hidden);
  impl_->added = 0;
  for (auto at = fresh.changes.begin(); at != fresh.changes.end();) {
    const auto next = std::next(at);
    if (at->second.number > known) {
      const auto kept = impl_->changes.insert(fresh.changes.extract(at)).position;
      auto& change = kept->second;
      impl_->hide(kept->first);
      if (change.exists) {
        ++impl_->added;
        for (std::size_t k = 0; k < name_key_count; ++k)
          if (change.keys[k]) impl_->keyed[k].emplace(change.keys[k], &change);
      }
    }
    at = next;
  }
}

std::shared_ptr<const NameFile> NameIndex::file() const {
  std::shared_lock lock(impl_->mutex);
  return impl_->file;
}

std::size_t NameIndex::size() const {
  std::shared_lock lock(impl_->mutex);
  return (impl_->file ? impl_->file->size() - impl_->hidden.size() : 0) + impl_->added;
}

void NameIndex::find(NameKey key, std::string_view name, const std::function<bool(const ExistingName&)>& found) const {
  const auto value = name_key(key, name);
  if (!value) return;
  std::shared_lock lock(impl_->mutex);
  if (impl_->file) {
    ExistingName one;
    for (const auto number : impl_->file->find(key, value))
      if (!impl_->hidden.contains(number) && impl_->file->read(number, one) && !found(one)) return;
  }
  auto [first, last] = impl_->keyed[static_cast<std::size_t>(key)].equal_range(value);
  for (; first != last; ++first)
    if (!found(first->second->name)) return;
}

std::string NameIndex::name_of(std::string_view code) const {
  std::shared_lock lock(impl_->mutex);
  if (const auto change = impl_->changes.find(std::string(code)); change != impl_->changes.end())
    return change->second.name.name;
  ExistingName one;
  if (impl_->file)
    if (const auto number = impl_->file->number_of(code); number && impl_->file->read(*number, one)) return one.name;
  return "";
}

std::string NameIndex::path_of(std::string_view division) const {
  std::string path;
  for (std::string code(division); !code.empty(); code = parent_division(code)) {
    const auto name = name_of(code);
    if (name != "市辖区" && name != "县" && !name.ends_with("行政区划")) path = name + path;
  }
  return path;
}

}  // namespace civitas::place_names
