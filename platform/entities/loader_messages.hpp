// Inside this room: reads and checks what message_declaration.hpp holds.
#pragma once

#include "entities/declaration.hpp"
#include "entities/reader.hpp"

namespace civitas::entities {

class Catalog;

/// A list of {to, by, template, when, urgent}; one alone may stand without the list.
std::vector<Tell> read_tells(MapReader& in, std::string_view key, const std::string& file, Mistakes& mistakes);
/// `tell:` of a record type, with `on` and `changed` besides.
std::vector<Tell> read_record_tells(MapReader& in, const std::string& file, Mistakes& mistakes);
Inbound read_inbound(const YamlNode& node, const std::string& file, Mistakes& mistakes);
std::vector<Push> read_pushes(MapReader& in, const std::string& file, Mistakes& mistakes);
std::vector<MessageTemplate> read_templates(MapReader& in, const std::string& file, Mistakes& mistakes);
std::vector<DeclaredJob> read_jobs(MapReader& in, const std::string& file, Mistakes& mistakes);

/// Everything a message names exists and fits. `other_tells` of clocks are checked by the same function.
void check_tell(const Catalog& catalog, const Entity& e, const Tell& tell, Mistakes& mistakes);
void check_messages(const Catalog& catalog, const System& system, Mistakes& mistakes);

}  // namespace civitas::entities
