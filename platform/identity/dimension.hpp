// A dimension of data scopes as this room reads it: which table its records stand in and how their tree is known.
// Declared by the system that owns the records (`scopes:`); collected by the catalogue of declarations.
#pragma once

#include <string>
#include <vector>

namespace civitas::identity {

struct Dimension {
  std::string name, table;
  std::string path;    // column with a code whose beginning is the subtree; "": none
  std::string parent;  // column that refers to the record above; both "": flat
};

using Dimensions = std::vector<Dimension>;

}  // namespace civitas::identity
