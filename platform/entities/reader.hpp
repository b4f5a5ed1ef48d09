// Inside this room: reads one YAML map, collecting every mistake with file, line and the word probably meant.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/yaml.hpp"

namespace civitas::entities {

struct Mistake {
  std::string file;
  int line = 0;
  Text message;
};

class Mistakes {
 public:
  /// Those beyond the first two hundred are dropped: nobody reads them, and a broken file may have any number.
  void add(std::string file, int line, std::string zh, std::string en) {
    if (all_.size() < 200) all_.push_back({std::move(file), line, {std::move(zh), std::move(en)}});
  }
  bool none() const { return all_.empty(); }
  const std::vector<Mistake>& all() const { return all_; }
  /// One problem `entities.declaration` that lists them all, a line each.
  Problem to_problem() const;

 private:
  std::vector<Mistake> all_;
};

/// Takes known keys out of a map; `finish` reports those nobody asked for.
class MapReader {
 public:
  MapReader(const YamlNode& node, std::string file, Mistakes& mistakes);
  const YamlNode* get(std::string_view key);
  std::string text(std::string_view key, std::string fallback = "");
  std::string required_text(std::string_view key);
  bool flag(std::string_view key, bool fallback = false);
  std::optional<double> number(std::string_view key);
  /// {zh, en}; both are wanted.
  Text title(std::string_view key, bool required = true);
  /// A list of words, or one word.
  std::vector<std::string> words(std::string_view key);
  std::vector<const YamlNode*> items(std::string_view key);
  void wrong(int line, std::string zh, std::string en);
  int line() const { return node_.line; }
  void finish();

 private:
  const YamlNode& node_;
  std::string file_;
  Mistakes& mistakes_;
  std::vector<std::string> known_;
};

}  // namespace civitas::entities
