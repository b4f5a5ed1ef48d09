// Inside this room: reads and checks what statistics_declaration.hpp holds.
#pragma once

#include "entities/conditions.hpp"
#include "entities/declaration.hpp"
#include "entities/reader.hpp"

namespace civitas::entities {

StatisticsDeclaration read_statistics(const YamlNode& node, const std::string& file, Mistakes& mistakes);
std::vector<Dashboard> read_dashboards(MapReader& in, const std::string& file, Mistakes& mistakes);

/// The fields that statistics name exist and can be grouped or measured; what panels show is there.
void check_statistics(const Catalog& catalog, const Entity& e, Mistakes& mistakes);
void check_dashboards(const System& system, Mistakes& mistakes);
/// Their conditions, which a database decides whole.
void check_statistics_conditions(Conditions& conditions, const Catalog& catalog, Mistakes& mistakes);

}  // namespace civitas::entities
