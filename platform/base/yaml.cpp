#include "base/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cmath>
#include <set>
#include <sstream>

#include "base/strings.hpp"
#include "base/utf8.hpp"

namespace civitas {

namespace {

constexpr std::size_t max_bytes = 8 << 20;
constexpr std::size_t max_depth = 64;

/// A rule of ours that the document breaks. It has its own sentence, so it is told from the library's complaints.
struct Refused {
  int line;
  Text why;
};

/// Builds the tree from the parser's events: no node of the library is made, so an alias is refused before it
/// multiplies.
class Builder : public YAML::EventHandler {
 public:
  YamlNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse_names(mark); }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    put(begin(mark, anchor, YamlNode::Type::null));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode made = begin(mark, anchor, YamlNode::Type::scalar);
    made.scalar = value;
    made.quoted = tag == "!";
    put(std::move(made));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, begin(mark, anchor, YamlNode::Type::sequence));
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, begin(mark, anchor, YamlNode::Type::map));
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    YamlNode node;
    std::set<std::string, std::less<>> keys;
    bool key_wanted = true;
  };

  [[noreturn]] static void refuse_names(const YAML::Mark& mark) {
    throw Refused{mark.line + 1, {"不支持锚点与别名（& 和 *）", "anchors and aliases (& and *) are not allowed"}};
  }

  static YamlNode begin(const YAML::Mark& mark, YAML::anchor_t anchor, YamlNode::Type type) {
    if (anchor != YAML::NullAnchor) refuse_names(mark);
    YamlNode made;
    made.type = type;
    made.line = mark.line + 1;
    made.column = mark.column + 1;
    return made;
  }

  void open(const YAML::Mark& mark, YamlNode made) {
    if (open_.size() >= max_depth)
      throw Refused{mark.line + 1,
                    {"嵌套超过 " + std::to_string(max_depth) + " 层",
                     "nested more than " + std::to_string(max_depth) + " levels deep"}};
    if (!open_.empty() && open_.back().node.is_map() && open_.back().key_wanted)
      throw Refused{mark.line + 1, {"键应为一个词", "a key must be a word"}};
    open_.push_back({std::move(made), {}, true});
  }

  void close() {
    YamlNode done = std::move(open_.back().node);
    open_.pop_back();
    put(std::move(done));
  }

  void put(YamlNode made) {
    if (open_.empty()) {
      root_ = std::move(made);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.is_sequence()) {
      parent.node.items.push_back(std::move(made));
    } else if (parent.key_wanted) {
      if (!parent.keys.insert(made.scalar).second)
        throw Refused{made.line, {"重复的键 " + made.scalar, "repeats the key " + made.scalar}};
      parent.node.members.emplace_back(std::move(made), YamlNode());
      parent.key_wanted = false;
    } else {
      parent.node.members.back().second = std::move(made);
      parent.key_wanted = true;
    }
  }

  YamlNode root_;
  std::vector<Open> open_;
};

std::unexpected<Problem> malformed(std::string_view name, int line, const Text& why) {
  const std::string where = std::string(name) + ":" + std::to_string(line);
  return fail(invalid("base.yaml.syntax", where + "：YAML 格式有误（" + why.zh + "）。",
                      where + ": malformed YAML (" + why.en + ")."));
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
  if (auto [at, error] = std::from_chars(scalar.data(), end, integer); error == std::errc{} && at == end)
    return Json(integer);
  double number = 0;
  if (auto [at, error] = std::from_chars(scalar.data(), end, number);
      error == std::errc{} && at == end && std::isfinite(number))
    return Json(number);
  return Json(scalar);
}

Result<YamlNode> parse_yaml(std::string_view text, std::string_view name) {
  if (text.size() > max_bytes) return malformed(name, 1, {"文件超过 8 MB", "the file has more than 8 MB"});
  if (!is_valid_utf8(text)) return malformed(name, 1, {"不是 UTF-8 编码", "it is not UTF-8"});
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    Builder first, further;
    parser.HandleNextDocument(first);
    if (parser.HandleNextDocument(further))
      return malformed(name, further.take().line, {"只能有一个文档", "only one document is allowed"});
    return first.take();
  } catch (const Refused& refused) {
    return malformed(name, refused.line, refused.why);
  } catch (const YAML::Exception& e) {
    // What most often makes one: a plain word between braces that has a question mark, as an address with a query.
    if (e.msg == "unknown token")
      return malformed(name, e.mark.line + 1,
                       {"看不懂的符号；花括号里含 ? 的文字要加引号", "unknown token; between braces a text with ? stands in quotes"});
    return malformed(name, e.mark.line + 1, {e.msg, e.msg});
  }
}

Result<YamlNode> read_yaml(const std::filesystem::path& file) {
  CIVITAS_TRY(const std::string text, read_file(file));
  return parse_yaml(text, file.string());
}

}  // namespace civitas
