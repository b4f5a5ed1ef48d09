// What a step does besides leading from one state to another: what it sets, makes, starts, and who has the case next.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/problem.hpp"

namespace civitas::entities {

/// A field and the CQL2 value it gets; NULL empties it.
struct SetValue {
  std::string field, value;
};

/// A record that a step makes, in the same transaction and in the product's name.
struct MadeRecord {
  std::string entity;          // of the same system, or "system/entity"
  std::vector<SetValue> set;   // values over the record whose step makes it
  std::string link;            // the field of that record which then refers to the new one
  std::string done, rejected;  // of a case that was started: the step taken when it has ended, well or not
};

/// Who has the case next: a field that refers to a person or to a department.
struct Assignment {
  std::string person, department;
  bool declared() const { return !person.empty() || !department.empty(); }
};

/// In a state: each of several parties gives its opinion (会签).
struct JointDeclaration {
  std::vector<std::string> each;   // fields that refer to departments or persons, one or several
  std::vector<std::string> roles;  // who of a department may sign; empty: any of its staff
  int wanted = 0;                  // how many have to agree; 0: all
  std::string within;              // "2 working days"
  bool opinion = false;            // a comment has to be given
  std::string then, refused;       // steps taken when enough agree, when that cannot come about any more
};

/// A mark on a record while its condition holds.
struct Flag {
  std::string name;
  Text title;
  std::string when;  // CQL2
  std::string tone;  // bad, warn, info
  int line = 0;
};

}  // namespace civitas::entities
