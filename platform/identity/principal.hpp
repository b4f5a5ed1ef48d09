// Who acts: somebody anonymous (not signed in), a citizen, a member of staff, or the system itself; with the permission
// sets and the data scope that every rule is judged by.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "query/scope.hpp"

namespace civitas::identity {

enum class Standing { anonymous, citizen, staff, system };

/// Somebody on leave whose post this person fills (代).
struct StandIn {
  std::int64_t person = 0;  // 0: the post is vacant
  std::string name;
  std::vector<std::string> permissions;  // of the post, sorted
  bool operator==(const StandIn&) const = default;
};

struct Principal {
  std::int64_t id = 0;
  std::string account;
  std::string name;
  Standing standing = Standing::anonymous;
  std::vector<std::string> permissions;  // "system.role", sorted
  std::vector<StandIn> stands_in;
  /// The same person without the posts that they stand in for; nullptr: there are none.
  std::shared_ptr<const Principal> in_own_right;
  std::int64_t department = 0;           // 0: none
  std::vector<std::int64_t> departments;  // that, and those of posts held or stood in for
  /// By declared dimension; "department" holds the person's own with all below it and what they are assigned besides.
  /// Shared: a principal is copied for every request. nullptr: none.
  std::shared_ptr<const query::Scopes> scopes;
  std::string address;  // where the request came from, for the audit trail

  bool signed_in() const { return standing != Standing::anonymous; }
  bool is_system() const { return standing == Standing::system; }
  /// Whether the declared role of `system` holds: the built-in `public`, `citizen`, `staff`, `system`, or a permission
  /// set.
  /// (`owner` depends on the record and is not answered here.)
  bool has_role(std::string_view system, std::string_view role) const;
  bool in_department(std::int64_t wanted) const {
    return std::find(departments.begin(), departments.end(), wanted) != departments.end();
  }
  /// In whose stead the declared role holds, nullptr: in one's own right, or not at all.
  const StandIn* acting_for(std::string_view system, std::string_view role) const;
  void set_scope(std::string dimension, query::Scope scope);
  /// Whether every rule gives both the same: the same person with the same permissions, departments and scopes.
  bool same_rights(const Principal& other) const;
};

/// The product itself, for jobs and time-driven transitions. `reason` goes into the audit trail as the name.
Principal system_principal(std::string reason);

}  // namespace civitas::identity
