#include "place_names/engine/name_index.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "place_names/engine/code.hpp"
#include "text/convert.hpp"
#include "text/generic.hpp"
#include "text/sound.hpp"

namespace civitas::place_names {

namespace {

constexpr std::array<std::string_view, 11> kind_names{"division", "township", "subdistrict", "committee",
                                                      "natural",  "road",     "residence",   "building",
                                                      "park",     "facility", "other"};
constexpr std::size_t key_count = 4;

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t h = 1469598103934665603ull;
  for (unsigned char c : text) h = (h ^ c) * 1099511628211ull;
  return h ? h : 1;
}

std::uint64_t key_of(NameKey key, std::string_view name) {
  const auto split = text::split_name(name);
  const auto specific = split.specific.empty() ? name : split.specific;
  switch (key) {
    case NameKey::whole:
      return hash_of(name);
    case NameKey::specific:
      return hash_of(specific);
    case NameKey::whole_sound:
      return text::sound_hash(name, text::SoundLevel::exact);
    case NameKey::specific_sound:
      return text::sound_hash(specific, text::SoundLevel::exact);
  }
  return 0;
}

}  // namespace

std::string_view legal_kind_name(LegalKind kind) {
  return kind_names[static_cast<std::size_t>(kind)];
}

std::optional<LegalKind> parse_legal_kind(std::string_view name) {
  for (std::size_t i = 0; i < kind_names.size(); ++i)
    if (kind_names[i] == name) return static_cast<LegalKind>(i);
  return std::nullopt;
}

LegalKind legal_kind_of(Level level, std::string_view name) {
  switch (level) {
    case Level::province:
    case Level::city:
    case Level::county:
      return LegalKind::division;
    case Level::township:
      return name.ends_with("镇") || name.ends_with("乡") || name.ends_with("苏木") ? LegalKind::township
                                                                                    : LegalKind::subdistrict;
    case Level::village:
      return LegalKind::committee;
    case Level::place:
      return LegalKind::other;
  }
  return LegalKind::other;
}

LegalKind legal_kind_of_category(std::string_view c) {
  if (c.starts_with("1")) return LegalKind::natural;
  if (c.starts_with("212") || c.starts_with("213") || c.starts_with("214")) return LegalKind::division;
  if (c.starts_with("215")) return LegalKind::township;
  if (c.starts_with("216") || c.starts_with("2761") || c.starts_with("2762")) return LegalKind::committee;
  if (c.starts_with("218") || c.starts_with("2351")) return LegalKind::road;
  if (c.starts_with("22")) return LegalKind::residence;
  if (c.starts_with("23") || c.starts_with("24")) return LegalKind::facility;
  if (c.starts_with("252") || c.starts_with("253")) return LegalKind::park;
  if (c.starts_with("26")) return LegalKind::building;
  return LegalKind::other;
}

struct NameIndex::Impl {
  struct KeyedName {
    std::uint64_t key;
    std::uint32_t name;
    bool operator<(const KeyedName& o) const { return key != o.key ? key < o.key : name < o.name; }
  };
  mutable std::shared_mutex mutex;
  std::vector<ExistingName> names;  // bulk first, then added ones; removed ones have an empty code
  std::array<std::vector<KeyedName>, key_count> bulk;
  std::array<std::unordered_multimap<std::uint64_t, std::uint32_t>, key_count> added;
  std::unordered_map<std::string, std::uint32_t> by_code;
  std::size_t live = 0;
};

NameIndex::NameIndex() : impl_(std::make_unique<Impl>()) {}
NameIndex::~NameIndex() = default;

void NameIndex::load(const std::vector<ExistingName>& names) {
  auto fresh = std::make_unique<Impl>();
  fresh->names = names;
  fresh->by_code.reserve(names.size() * 2);
  for (auto& list : fresh->bulk) list.reserve(names.size());
  for (std::uint32_t i = 0; i < names.size(); ++i) {
    fresh->by_code[names[i].code] = i;
    for (std::size_t k = 0; k < key_count; ++k)
      if (const auto key = key_of(static_cast<NameKey>(k), names[i].name)) fresh->bulk[k].push_back({key, i});
  }
  for (auto& list : fresh->bulk) std::sort(list.begin(), list.end());
  std::unique_lock lock(impl_->mutex);
  impl_->names.swap(fresh->names);
  impl_->bulk.swap(fresh->bulk);
  impl_->added.swap(fresh->added);
  impl_->by_code.swap(fresh->by_code);
  impl_->live = impl_->by_code.size();
}

void NameIndex::add(const ExistingName& name) {
  std::array<std::uint64_t, key_count> keys;
  for (std::size_t k = 0; k < key_count; ++k) keys[k] = key_of(static_cast<NameKey>(k), name.name);
  std::unique_lock lock(impl_->mutex);
  if (auto old = impl_->by_code.find(name.code); old != impl_->by_code.end()) {
    impl_->names[old->second].code.clear();
    --impl_->live;
  }
  const auto id = static_cast<std::uint32_t>(impl_->names.size());
  impl_->names.push_back(name);
  impl_->by_code[name.code] = id;
  ++impl_->live;
  for (std::size_t k = 0; k < key_count; ++k)
    if (keys[k]) impl_->added[k].emplace(keys[k], id);
}

void NameIndex::remove(std::string_view code) {
  std::unique_lock lock(impl_->mutex);
  auto found = impl_->by_code.find(std::string(code));
  if (found == impl_->by_code.end()) return;
  impl_->names[found->second].code.clear();
  impl_->by_code.erase(found);
  --impl_->live;
}

std::size_t NameIndex::size() const {
  std::shared_lock lock(impl_->mutex);
  return impl_->live;
}

void NameIndex::find(NameKey key, std::string_view name,
                     const std::function<bool(const ExistingName&)>& found) const {
  const auto k = static_cast<std::size_t>(key);
  const auto hash = key_of(key, name);
  if (!hash) return;
  std::shared_lock lock(impl_->mutex);
  const auto& bulk = impl_->bulk[k];
  for (auto at = std::lower_bound(bulk.begin(), bulk.end(), Impl::KeyedName{hash, 0});
       at != bulk.end() && at->key == hash; ++at)
    if (const auto& n = impl_->names[at->name]; !n.code.empty() && !found(n)) return;
  auto [first, last] = impl_->added[k].equal_range(hash);
  for (; first != last; ++first)
    if (const auto& n = impl_->names[first->second]; !n.code.empty() && !found(n)) return;
}

std::string NameIndex::name_of(std::string_view code) const {
  std::shared_lock lock(impl_->mutex);
  auto found = impl_->by_code.find(std::string(code));
  return found == impl_->by_code.end() ? "" : impl_->names[found->second].name;
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
