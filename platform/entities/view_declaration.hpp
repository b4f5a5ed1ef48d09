// Ways to look at the records of one type: named lists, and the lists of what refers to a record.
#pragma once

#include <string>
#include <vector>

#include "base/problem.hpp"

namespace civitas::entities {

/// A named list: the records for which `when` holds, with columns, filters and an order of its own.
struct View {
  std::string name;
  Text title;
  std::string when;                // CQL2, case.* too; empty: all
  std::vector<std::string> roles;  // who has it; empty: all staff
  std::vector<std::string> columns, filters;  // empty: those of the list
  std::vector<std::string> sort;              // the first is the default; empty: that of the list
  std::string layout = "list";                // list, board, calendar, tree or map
  bool badge = false;                         // its number stands in the menu
  int line = 0;
};

/// The field whose dates a calendar shows, and the one that ends what begins there; `to` may be empty.
struct CalendarFields {
  std::string from, to;
};

/// On the page of a record: the records of another type that refer to it.
struct Related {
  std::string entity;  // of the same system, or "system/entity"
  std::string by;      // its reference to this type
  bool create = false;
  Text title;
  int line = 0;
};

}  // namespace civitas::entities
