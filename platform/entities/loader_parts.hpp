// Inside this room: the parts of a declaration that have a reader of their own.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "entities/declaration.hpp"
#include "entities/reader.hpp"

namespace civitas::entities {

/// A name becomes part of tables, addresses and keys, so it is a plain word.
std::string read_name(MapReader& in, std::string_view key);

/// A small stable digest of the text (FNV-1a): tells definitions apart, protects nothing.
std::string content_hash(std::string_view text);

template <class Items>
void check_once(const Items& items, const std::string& file, int line, Mistakes& mistakes) {
  std::set<std::string_view> seen;
  for (const auto& item : items)
    if (!seen.insert(item.name).second)
      mistakes.add(file, line, "重复的名称 " + item.name, "repeats the name " + item.name);
}

Field read_field(const YamlNode& node, const std::string& system, const std::string& file, Mistakes& mistakes);

/// Limits that no value fits, what is required and cannot be given; filters by what nothing can be found.
void check_fields(const Entity& e, Mistakes& mistakes);
void check_filters(const Entity& e, const std::vector<std::string>& filters, int line, Mistakes& mistakes);
/// `after` and `then` of states go together.
void check_periods_of_states(const Entity& e, const ProcessDeclaration& p, Mistakes& mistakes);

std::vector<AddedHooks> read_added_hooks(MapReader& in, const std::string& file, Mistakes& mistakes);
Profile read_profile(MapReader& in, const std::string& file, Mistakes& mistakes);
std::vector<ScopeDeclaration> read_scopes(MapReader& in, const std::string& file, Mistakes& mistakes);

ListView read_list(const YamlNode& node, const std::string& file, Mistakes& mistakes);
std::vector<View> read_views(MapReader& in, const std::string& file, Mistakes& mistakes);
std::vector<Related> read_related(MapReader& in, const std::string& file, Mistakes& mistakes);
/// What views and the shapes of a list name inside their own record type.
void check_views(const Entity& e, int list_line, Mistakes& mistakes);

ProcessDeclaration read_process(const YamlNode& node, const std::string& file, Mistakes& mistakes);

/// The keys of a transition that say what it does besides leading on; what a state that is joint declares; flags.
void read_step(MapReader& in, Transition& out, const std::string& file, Mistakes& mistakes);
std::optional<JointDeclaration> read_joint(MapReader& in, const std::string& file, Mistakes& mistakes);
std::vector<Flag> read_flags(MapReader& in, const std::string& file, Mistakes& mistakes);
/// What steps and joint states name inside their own record type.
void check_steps(const Entity& e, const ProcessDeclaration& p, Mistakes& mistakes);
std::vector<ClockDeclaration> read_clocks(MapReader& process, const std::string& file, Mistakes& mistakes);
/// States, transitions, fields and clocks that the clocks of a process name.
void check_clocks(const Entity& e, const ProcessDeclaration& p, Mistakes& mistakes, int line);

/// References inside one process: states and transitions that exist, states that can be reached, no dead ends.
void check_process(const Entity& e, const ProcessDeclaration& p, Mistakes& mistakes, int line);

PortalDeclaration read_portal(const YamlNode& node, const std::string& file, Mistakes& mistakes);
VerifyDeclaration read_verify(const YamlNode& node, const std::string& file, Mistakes& mistakes);
PortalPage read_portal_page(const YamlNode& node, const std::string& file, Mistakes& mistakes);

/// What a portal declaration names exists in its record type, and what it promises can happen.
void check_portal(const Entity& e, Mistakes& mistakes);

}  // namespace civitas::entities
