// All declared systems, loaded and checked: every reference resolved, every condition parsed and typed.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "entities/declaration.hpp"

namespace civitas::entities {

class Mistakes;

class Catalog {
 public:
  /// Reads every folder of each root that has a system.yaml. Fails with `entities.declaration`: all mistakes, each with
  /// file and line; two systems of one name are one.
  static Result<std::shared_ptr<const Catalog>> load(const std::vector<std::filesystem::path>& roots);
  static Result<std::shared_ptr<const Catalog>> load(const std::filesystem::path& root) { return load(std::vector{root}); }
  /// The same from systems that were read without a mistake, in whatever order.
  static Result<std::shared_ptr<const Catalog>> make(std::vector<System> systems);

  const std::vector<System>& systems() const { return systems_; }
  const System* system(std::string_view name) const;
  const Entity* entity(std::string_view system, std::string_view name) const;
  /// "place_names/place_name"
  const Entity* entity_by_path(std::string_view path) const;
  const Entity* target_of(const Field& field) const { return entity(field.to_system, field.to); }
  /// The types that a reference may lead to: one, or several.
  std::vector<const Entity*> targets_of(const Field& field) const;
  const TermList* terms_of(const Entity& entity, const Field& field) const;

 private:
  static Result<std::shared_ptr<const Catalog>> make(std::vector<System> systems, Mistakes& mistakes);

  std::vector<System> systems_;
};

}  // namespace civitas::entities
