// What a system wants to know of its city (`profile:` of system.yaml): the names of authorities, the first words of
// numbers, who approves what. The city's folder says it (city.hpp); what it leaves out is as the system declares.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/problem.hpp"

namespace civitas::entities {

struct ProfileValue {
  std::string name;
  Text title;
  std::string of;    // a code list of the system: a text for each of its codes, in `by_code`; else one, in `text`
  std::string text;  // the city's, else the declared default
  std::map<std::string, std::string, std::less<>> by_code;
  int line = 0;
};

struct Profile {
  std::vector<ProfileValue> values;

  const ProfileValue* find(std::string_view name) const {
    const auto found = std::find_if(values.begin(), values.end(), [&](const auto& v) { return v.name == name; });
    return found == values.end() ? nullptr : &*found;
  }
  /// The city's words for a declared value; "" for one that is not declared.
  std::string text(std::string_view name) const {
    const ProfileValue* value = find(name);
    return value ? value->text : "";
  }
  /// The same of a value that has a text for each code of a list.
  std::string text(std::string_view name, std::string_view code) const {
    const ProfileValue* value = find(name);
    if (!value) return "";
    const auto found = value->by_code.find(code);
    return found == value->by_code.end() ? "" : found->second;
  }
};

}  // namespace civitas::entities
