// A table that an import would take, looked at without a database: for `civitas check` of demonstrations.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

#include "entities/catalog.hpp"

namespace civitas::exchange {

/// What is found, row by row; rows count from 1 with the head.
struct TableFindings {
  std::function<void(std::uint64_t row, const Text& what)> wrong;
  /// A word by which other tables may refer to the row's record: a key or its title.
  std::function<void(std::string_view word)> named;
  std::function<void(std::uint64_t row, const entities::Field& field, std::string_view word)> refers;
};

/// Columns that are no field and cells that their field does not take are wrong; references are only told. The table
/// is read as the product's own (Whose::product).
void check_table(const entities::Catalog& catalog, const entities::Entity& entity, const std::filesystem::path& file,
                 const TableFindings& findings);

}  // namespace civitas::exchange
