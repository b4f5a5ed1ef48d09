#include "text/generic.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "base/utf8.hpp"
#include "text/embedded.hpp"

namespace civitas::text {

namespace {
constexpr std::string_view names[] = {"water",     "land",     "division", "settlement",
                                      "residence", "building", "road",     "road_structure",
                                      "transport", "works",    "sight",    "organisation"};

struct Generics {
  std::vector<GenericTerm> terms;  // longest first
  std::unordered_map<std::string_view, std::size_t> index;
  std::unordered_map<std::string_view, Feature> whole;  // name and the features it is as a whole
  std::vector<std::string> storage;
  std::size_t longest = 0;

  Generics() {
    std::size_t rows = 0;
    each_row<2>(generics_table(), [&](const std::string_view*) { ++rows; });
    storage.reserve(rows);
    each_row<2>(generics_table(), [&](const std::string_view* row) {
      GenericTerm term;
      std::string text;
      for (char c : row[0]) {
        if (c == '|')
          term.breaks.push_back(text.size());
        else
          text += c;
      }
      storage.push_back(std::move(text));
      term.term = storage.back();
      term.features = set_named(row[1]);
      longest = std::max(longest, term.term.size());
      terms.push_back(std::move(term));
    });
    std::stable_sort(terms.begin(), terms.end(),
                     [](const auto& a, const auto& b) { return a.term.size() > b.term.size(); });
    for (std::size_t i = 0; i < terms.size(); ++i) index.emplace(terms[i].term, i);
    each_row<2>(whole_names_table(), [&](const std::string_view* row) { whole.emplace(row[0], set_named(row[1])); });
  }

  static Feature set_named(std::string_view text) {
    Feature set = Feature::none;
    while (!text.empty()) {
      const std::size_t space = text.find(' ');
      set = set | feature_named(text.substr(0, space));
      if (space == std::string_view::npos) break;
      text.remove_prefix(space + 1);
    }
    return set;
  }
};

const Generics& generics() {
  static const Generics instance;
  return instance;
}
}  // namespace

std::string_view feature_name(Feature one) {
  for (std::size_t i = 0; i < std::size(names); ++i)
    if (static_cast<std::uint32_t>(one) == 1u << i) return names[i];
  return "";
}

Feature feature_named(std::string_view name) {
  for (std::size_t i = 0; i < std::size(names); ++i)
    if (names[i] == name) return static_cast<Feature>(1u << i);
  return Feature::none;
}

const std::vector<GenericTerm>& generic_terms() { return generics().terms; }

const GenericTerm* find_generic(std::string_view term) {
  const auto found = generics().index.find(term);
  return found == generics().index.end() ? nullptr : &generics().terms[found->second];
}

NameSplit split_name(std::string_view name, Feature expected) {
  const Generics& all = generics();
  if (const auto whole = all.whole.find(name); whole != all.whole.end()) {
    const bool wanted_part = expected != Feature::none && !has(whole->second, expected);
    if (!wanted_part) return {name, {}, whole->second};
  }
  std::size_t begin = name.size() > all.longest ? name.size() - all.longest : 0;
  for (; begin < name.size(); ++begin) {
    if ((static_cast<unsigned char>(name[begin]) & 0xC0) == 0x80 || begin == 0) continue;
    const GenericTerm* term = find_generic(name.substr(begin));
    if (!term || (expected != Feature::none && !has(term->features, expected))) continue;
    return {name.substr(0, begin), name.substr(begin), term->features};
  }
  return {name, {}, Feature::none};
}

}  // namespace civitas::text
