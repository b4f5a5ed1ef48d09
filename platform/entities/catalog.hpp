// All declared systems, loaded and checked: every reference resolved, every condition parsed and typed.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "entities/city.hpp"
#include "entities/contract.hpp"
#include "entities/declaration.hpp"
#include "identity/dimension.hpp"

namespace civitas::entities {

class Mistakes;

class Catalog {
 public:
  /// Reads every folder of each root that has a system.yaml, and the folder of the city when there is one. Fails with
  /// `entities.declaration`: all mistakes, each with file and line; two systems of one name are one.
  static Result<std::shared_ptr<const Catalog>> load(const std::vector<std::filesystem::path>& roots,
                                                     const std::filesystem::path& city = {});
  static Result<std::shared_ptr<const Catalog>> load(const std::filesystem::path& root) { return load(std::vector{root}); }
  /// The same from systems that were read without a mistake, in whatever order.
  static Result<std::shared_ptr<const Catalog>> make(std::vector<System> systems);

  const City& city() const { return city_; }
  /// "sign.yaml:12": where a line of a declaration is, be it of an overlay; without a line the file.
  std::string place(const std::string& file, int line) const;
  /// The overlay files merged into the declarations, for `Mistakes`.
  const std::vector<std::string>& overlays() const { return overlays_; }
  const std::vector<System>& systems() const { return systems_; }
  const System* system(std::string_view name) const;
  const Entity* entity(std::string_view system, std::string_view name) const;
  /// "town/lamp", also by its former path.
  const Entity* entity_by_path(std::string_view path) const;
  /// The record type that once had this path (`was:`), or nullptr.
  const Entity* formerly(std::string_view path) const;
  /// The dimensions of data scopes, and one of them by its name, or nullptr.
  const identity::Dimensions& dimensions() const { return dimensions_; }
  const identity::Dimension* dimension(std::string_view name) const;
  /// What systems do for one another, in the order of the systems; the one of this name, or nullptr.
  const std::vector<std::unique_ptr<Contract>>& contracts() const { return contracts_; }
  const Contract* contract(std::string_view offer) const;
  /// What works and should be written otherwise: "file:line: sentence".
  const std::vector<Text>& remarks() const { return remarks_; }
  const Entity* records_of(std::string_view dimension) const;
  const Entity* target_of(const Field& field) const { return entity(field.to_system, field.to); }
  /// The types that a reference may lead to: one, or several.
  std::vector<const Entity*> targets_of(const Field& field) const;
  /// The code list of a field: of its own system, or `system/list` of a register.
  const TermList* terms_of(const Entity& entity, const Field& field) const;

 private:
  static Result<std::shared_ptr<const Catalog>> make(std::vector<System> systems, City city, Mistakes& mistakes);

  void resolve_former_paths(Mistakes& mistakes);
  void add_hooks(Mistakes& mistakes);
  void resolve_scopes(Mistakes& mistakes);

  City city_;
  std::vector<std::string> overlays_;
  std::vector<System> systems_;
  std::vector<std::unique_ptr<Contract>> contracts_;
  identity::Dimensions dimensions_;
  std::vector<Text> remarks_;
};

/// The type of the records that `related` shows, or nullptr.
const Entity* related_entity(const Catalog& catalog, const Entity& entity, const Related& related);

}  // namespace civitas::entities
