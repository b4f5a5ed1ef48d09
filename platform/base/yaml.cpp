#include "base/yaml.hpp"

#include <yaml-cpp/yaml.h>

#include <charconv>

#include "base/strings.hpp"

namespace civitas {

namespace {

constexpr int max_depth = 64;

YamlNode convert(const YAML::Node& node, int depth) {
  if (depth > max_depth) throw YAML::ParserException(node.Mark(), "nested too deeply");
  YamlNode out;
  out.line = node.Mark().line + 1;
  out.column = node.Mark().column + 1;
  if (node.IsScalar()) {
    out.type = YamlNode::Type::scalar;
    out.scalar = node.Scalar();
    out.quoted = node.Tag() == "!";
  } else if (node.IsSequence()) {
    out.type = YamlNode::Type::sequence;
    for (const auto& item : node) out.items.push_back(convert(item, depth + 1));
  } else if (node.IsMap()) {
    out.type = YamlNode::Type::map;
    for (const auto& member : node) {
      YamlNode key = convert(member.first, depth + 1);
      for (const auto& [other, value] : out.members)
        if (other.scalar == key.scalar) throw YAML::ParserException(member.first.Mark(), "repeats the key " + key.scalar);
      out.members.emplace_back(std::move(key), convert(member.second, depth + 1));
    }
  }
  return out;
}

}  // namespace

YamlNode::YamlNode() = default;
YamlNode::YamlNode(const YamlNode&) = default;
YamlNode::YamlNode(YamlNode&&) noexcept = default;
YamlNode& YamlNode::operator=(const YamlNode&) = default;
YamlNode& YamlNode::operator=(YamlNode&&) noexcept = default;
YamlNode::~YamlNode() = default;

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const auto& [name, value] : members)
    if (name.scalar == key) return &value;
  return nullptr;
}

Json YamlNode::to_json() const {
  switch (type) {
    case Type::null: return Json();
    case Type::sequence: {
      Json out = Json::array();
      for (const auto& item : items) out.push(item.to_json());
      return out;
    }
    case Type::map: {
      Json::Object out;
      for (const auto& [name, value] : members) out.emplace_back(name.scalar, value.to_json());
      return Json(std::move(out));
    }
    case Type::scalar: break;
  }
  if (quoted) return Json(scalar);
  if (scalar == "true" || scalar == "false") return Json(scalar == "true");
  if (scalar == "null" || scalar == "~" || scalar.empty()) return Json();
  const char* end = scalar.data() + scalar.size();
  std::int64_t integer = 0;
  if (auto [at, error] = std::from_chars(scalar.data(), end, integer); error == std::errc{} && at == end) return Json(integer);
  double number = 0;
  if (auto [at, error] = std::from_chars(scalar.data(), end, number); error == std::errc{} && at == end) return Json(number);
  return Json(scalar);
}

Result<YamlNode> parse_yaml(std::string_view text, std::string_view name) {
  try {
    return convert(YAML::Load(std::string(text)), 0);
  } catch (const YAML::Exception& e) {
    const std::string where = std::string(name) + ":" + std::to_string(e.mark.line + 1);
    return fail(invalid("base.yaml.syntax", where + "：YAML 格式有误（" + e.msg + "）。", where + ": malformed YAML (" + e.msg + ")."));
  }
}

Result<YamlNode> read_yaml(const std::filesystem::path& file) {
  CIVITAS_TRY(const std::string text, read_file(file));
  return parse_yaml(text, file.string());
}

}  // namespace civitas
