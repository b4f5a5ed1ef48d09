// What systems do for one another: actions that one offers by a name that is unique in the city, with what they take and
// give declared as the fields of a record are, and that others call by that name. Systems never name one another.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "entities/step_declaration.hpp"

namespace civitas::entities {

struct Field;

/// An action that a system does for others: makes a record of its own, or is done by an action of its C++.
struct Offer {
  std::string name;
  Text title;
  std::vector<Field> takes, gives;
  MadeRecord create;            // values over what was taken
  std::string step;             // a step (`role: system`) that the new record takes at once
  std::vector<SetValue> given;  // values over the new record, by field of `gives`
  std::string action;           // `do:`, instead of `create`
  int line = 0;
};

/// An action of others that a system uses, and which parts of it; empty: those that its steps name.
struct Need {
  std::string name;
  bool optional = false;  // it goes without
  std::vector<std::string> takes, gives;
  int line = 0;
};

/// What a step calls: `with` are values over its record, by field that the offer takes; `set` values over what was given, by
/// field of the record.
struct OfferCall {
  std::string offer;
  std::vector<SetValue> with, set;
};

}  // namespace civitas::entities
