// YAML 1.2 documents with the position of every node, so that a mistake in a declaration is reported by file and line.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace civitas {

struct YamlNode {
  enum class Type { null, scalar, sequence, map };

  Type type = Type::null;
  std::string scalar;
  bool quoted = false;  // "12" is text, 12 is a number
  std::vector<YamlNode> items;
  std::vector<std::pair<YamlNode, YamlNode>> members;  // key nodes keep their own line
  int line = 0;                                        // from 1
  int column = 0;

  // Defined where the type is complete: clang refuses the implicit ones, which destroy a vector of pairs of this type.
  YamlNode();
  YamlNode(const YamlNode&);
  YamlNode(YamlNode&&) noexcept;
  YamlNode& operator=(const YamlNode&);
  YamlNode& operator=(YamlNode&&) noexcept;
  ~YamlNode();

  bool is_null() const { return type == Type::null; }
  bool is_scalar() const { return type == Type::scalar; }
  bool is_sequence() const { return type == Type::sequence; }
  bool is_map() const { return type == Type::map; }
  const YamlNode* find(std::string_view key) const;
  /// Plain scalars become null, bool, integer or number by the YAML 1.2 core schema; quoted ones stay text.
  Json to_json() const;
};

/// Fails with `base.yaml.syntax`; the message names `name` and the line. One document, no anchors or aliases.
Result<YamlNode> parse_yaml(std::string_view text, std::string_view name);
Result<YamlNode> read_yaml(const std::filesystem::path& file);

}  // namespace civitas
