// The names that exist, for the question "is there already one of this name or sound": all divisions and all
// standard place names, whole and by specific part (专名). The bulk is a mapped file; what changed since it was built
// is in memory above it. Read by many threads while approvals add and remove names and files are exchanged.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "place_names/engine/existing_name.hpp"
#include "place_names/engine/name_file.hpp"

namespace civitas::place_names {

class NameIndex {
 public:
  NameIndex();
  ~NameIndex();
  /// One more name, at once visible. A code that is there already is replaced.
  void add(const ExistingName& name);
  void remove(std::string_view code);
  /// The number of the last `add` or `remove`.
  std::uint64_t last_change() const;
  /// How many names differ from the file.
  std::size_t changes() const;
  /// Reads from `file`, which knows all changes up to number `known`; later ones stay above it. nullptr: no file.
  void use(std::shared_ptr<const NameFile> file, std::uint64_t known);
  std::shared_ptr<const NameFile> file() const;
  std::size_t size() const;

  /// Calls `found` with every name that shares this key with `name`, until it returns false.
  void find(NameKey key, std::string_view name, const std::function<bool(const ExistingName&)>& found) const;
  /// The name of a division by its code, "" when unknown.
  std::string name_of(std::string_view code) const;
  /// 湖北省武汉市洪山区, from the names of the divisions.
  std::string path_of(std::string_view division) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace civitas::place_names
