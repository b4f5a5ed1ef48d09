// Inside this room: reads one YAML map, collecting every mistake with file, line and the word probably meant.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/yaml.hpp"

namespace civitas::entities {

struct Mistake {
  std::string file;
  int line = 0;
  Text message;
};

/// What a reader asks of a map, written down while it reads a map that is not there: so that the published JSON Schema
/// and the loader can never differ.
struct Shape {
  enum class Kind {
    any,
    text,
    flag,
    number,
    title,
    words,
    choice,
    object,
    list,
    list_or_one,  // a list of maps, or one of them
    again,        // a list of what encloses it
    entries       // any keys, a text each
  };
  std::string name;
  Kind kind = Kind::any;
  bool required = false;
  bool or_text = false;   // a text may stand in its place
  bool or_words = false;  // a word or several may: in place of the map, or of a map of the list
  std::vector<std::string> choices;
  std::vector<std::unique_ptr<Shape>> members;  // of an object, or of the items of a list

  Shape& member(std::string_view key, Kind kind);
  Json schema() const;

 private:
  Json schema_of_kind() const;
};

/// What is merged from a city's overlay has its own file and lines among those of the file it is merged into, and the
/// declarations know a line only as a number: the lines of the n-th overlay follow n times this.
inline constexpr int lines_of_an_overlay = 1'000'000;

class Mistakes {
 public:
  explicit Mistakes(std::vector<std::string> overlays = {}) : overlays_(std::move(overlays)) {}
  /// What is to be added to the lines of this overlay file.
  int add_overlay(std::string file) {
    overlays_.push_back(std::move(file));
    return static_cast<int>(overlays_.size()) * lines_of_an_overlay;
  }
  const std::vector<std::string>& overlays() const { return overlays_; }
  /// With the file and line that it has in an overlay, if it is of one.
  Mistake placed(Mistake m) const {
    const auto overlay = static_cast<std::size_t>(std::max(m.line, 0) / lines_of_an_overlay);
    if (overlay == 0 || overlay > overlays_.size()) return m;
    m.file = overlays_[overlay - 1];
    m.line %= lines_of_an_overlay;
    return m;
  }
  /// The next map that is read is not there: its reader describes itself in `shape`.
  void describe(Shape* shape) { shape_ = shape; }
  Shape* described() { return std::exchange(shape_, nullptr); }
  /// Those beyond the first two hundred are dropped: nobody reads them, and a broken file may have any number.
  void add(std::string file, int line, std::string zh, std::string en) {
    if (all_.size() < 200) all_.push_back(placed({std::move(file), line, {std::move(zh), std::move(en)}}));
  }
  /// What works and should be written otherwise; told by `civitas check`.
  void remark(std::string file, int line, std::string zh, std::string en) {
    if (remarks_.size() < 200) remarks_.push_back(placed({std::move(file), line, {std::move(zh), std::move(en)}}));
  }
  const std::vector<Mistake>& remarks() const { return remarks_; }
  bool none() const { return all_.empty(); }
  const std::vector<Mistake>& all() const { return all_; }
  /// One problem `entities.declaration` that lists them all, a line each.
  Problem to_problem() const;

 private:
  std::vector<Mistake> all_, remarks_;
  std::vector<std::string> overlays_;
  Shape* shape_ = nullptr;
};

/// Takes known keys out of a map; `finish` reports those nobody asked for.
class MapReader {
 public:
  MapReader(const YamlNode& node, std::string file, Mistakes& mistakes);
  const YamlNode* get(std::string_view key);
  std::string text(std::string_view key, std::string fallback = "");
  std::string required_text(std::string_view key);
  bool flag(std::string_view key, bool fallback = false);
  /// One of these words; `fallback` when absent, which must be given when that is "".
  std::string choice(std::string_view key, const std::vector<std::string>& words, std::string fallback);
  std::optional<double> number(std::string_view key);
  /// {zh, en}; both are wanted.
  Text title(std::string_view key, bool required = true);
  /// A list of words, or one word.
  std::vector<std::string> words(std::string_view key);
  std::vector<const YamlNode*> items(std::string_view key);
  /// Words may stand where a map was just asked for under this key (and where `items` were, in place of each of them).
  void or_words(std::string_view key);
  /// A list of maps, or one map alone.
  std::vector<const YamlNode*> items_or_one(std::string_view key);
  /// A map from any keys to a text each, in order; null is "NULL".
  std::vector<std::pair<std::string, std::string>> entries(std::string_view key);
  /// A map for which a text may stand: that text, else the map.
  struct TextOrMap {
    std::string text;
    const YamlNode* map = nullptr;
  };
  TextOrMap text_or_map(std::string_view key);
  /// Whether the key is there, be it empty.
  bool has(std::string_view key) const { return node_.find(key) != nullptr; }
  void wrong(int line, std::string zh, std::string en);
  int line() const { return node_.line; }
  void finish();

 private:
  const YamlNode* find(std::string_view key);
  const YamlNode& node_;
  std::string file_;
  Mistakes& mistakes_;
  Shape* shape_;
  std::vector<std::string> known_;
};

}  // namespace civitas::entities
