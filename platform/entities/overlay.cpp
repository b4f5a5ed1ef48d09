#include "entities/overlay.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/strings.hpp"

namespace civitas::entities {

namespace {

template <class Words>
bool among(std::string_view word, const Words& words) {
  return std::ranges::find(words, word) != std::ranges::end(words);
}

YamlNode* member(YamlNode& map, std::string_view key) {
  for (auto& [k, value] : map.members)
    if (k.scalar == key) return &value;
  return nullptr;
}

// What an item of a list is called: fields, states, transitions, roles by name; codes by code.
std::string_view name_of(const YamlNode& item) {
  if (item.is_scalar()) return item.scalar;
  for (const char* key : {"name", "code"})
    if (const YamlNode* found = item.find(key)) return found->scalar;
  return "";
}

YamlNode* item_named(YamlNode& list, std::string_view name) {
  for (auto& item : list.items)
    if (!name.empty() && name_of(item) == name) return &item;
  return nullptr;
}

bool is_named_list(const YamlNode& node) {
  return node.is_sequence() && !node.items.empty() &&
         std::ranges::all_of(node.items, [](const YamlNode& i) { return i.is_map() && !name_of(i).empty(); });
}

void shift_lines(YamlNode& node, int by) {
  node.line += by;
  for (auto& item : node.items) shift_lines(item, by);
  for (auto& [key, value] : node.members) {
    shift_lines(key, by);
    shift_lines(value, by);
  }
}

struct Parts {
  std::string name;
  const YamlNode *change = nullptr, *add = nullptr, *hide = nullptr;
};

Parts read_parts(const YamlNode& node, const std::string& file, Mistakes& mistakes) {
  MapReader in(node, file, mistakes);
  Parts out;
  out.name = in.required_text("overlay");
  out.hide = node.find("hide");
  in.words("hide");
  // Any map: what may stand there is what may stand in the file that is changed.
  out.change = in.get("change");
  mistakes.described();
  out.add = in.get("add");
  mistakes.described();
  in.finish();
  return out;
}

class Merge {
 public:
  Merge(std::string file, Mistakes& mistakes) : file_(std::move(file)), mistakes_(mistakes) {}

  void change(YamlNode& base, const YamlNode& by, const std::string& path) {
    if (!by.is_map()) return wrong(by, "change" + path + " 应为映射", "change" + path + " must be a map");
    // What a field is, and with it what is stored already, stays.
    static constexpr std::array<std::string_view, 8> fixed{"name", "type", "to", "of", "scope", "sealed", "code", "was"};
    static constexpr std::array<std::string_view, 3> kinds{"entity", "terms", "system"};
    const bool is_item = path.starts_with(".fields.") || path.starts_with(".codes.");
    for (const auto& [key, value] : by.members) {
      if ((is_item && among(key.scalar, fixed)) || (path.empty() && among(key.scalar, kinds))) {
        wrong(key, "不能改 " + key.scalar, key.scalar + " cannot be changed");
        continue;
      }
      const std::string inner = path + "." + key.scalar;
      YamlNode* there = member(base, key.scalar);
      if (!there)
        base.members.emplace_back(key, value);
      else if (value.is_map() && is_named_list(*there))
        change_items(*there, value, inner);
      else if (value.is_map() && there->is_map())
        change(*there, value, inner);
      else
        *there = value;
    }
  }

  void add(YamlNode& base, const YamlNode& by, const std::string& path) {
    if (!by.is_map()) return wrong(by, "add" + path + " 应为映射", "add" + path + " must be a map");
    for (const auto& [key, value] : by.members) {
      const std::string inner = path + "." + key.scalar;
      YamlNode* there = member(base, key.scalar);
      if (value.is_map() && there && there->is_map()) {
        add(*there, value, inner);
      } else if (value.is_map() && there && is_named_list(*there)) {
        for (const auto& [name, more] : value.members) {
          if (YamlNode* item = item_named(*there, name.scalar))
            add(*item, more, inner + "." + name.scalar);
          else
            no_item(name, key.scalar, name.scalar, there);
        }
      } else if (!value.is_sequence() || (there && !there->is_sequence())) {
        wrong(key, "add" + inner + " 应为列表：add 只往列表里加，其余用 change",
              "add" + inner + " must be a list: add appends to lists; change does the rest");
      } else {
        if (!there) {
          YamlNode list = value;
          list.items.clear();
          base.members.emplace_back(key, std::move(list));
          there = &base.members.back().second;
        }
        for (const auto& item : value.items) {
          const std::string name(name_of(item));
          if (item_named(*there, name))
            wrong(item,
                  key.scalar + " 里已有 " + name + "，不能再加",
                  key.scalar + " has " + name + " already; it cannot be added again");
          else
            there->items.push_back(item);
        }
      }
    }
  }

  void hide(YamlNode& base, const std::string& name, const YamlNode& at, const YamlNode* changes) {
    YamlNode* fields = member(base, "fields");
    YamlNode* field = fields ? item_named(*fields, name) : nullptr;
    if (!field) return no_item(at, "fields", name, fields);
    const YamlNode* changed = changes ? changes->find("fields") : nullptr;
    if (changed && changed->find(name))
      return wrong(at, "字段 " + name + " 又改又藏", "the field " + name + " is both changed and hidden");
    const YamlNode *required = field->find("required"), *otherwise = field->find("default");
    if (required && required->scalar == "true" && !otherwise)
      return wrong(at, "字段 " + name + " 必填又没有默认值，不能隐藏",
                   "the field " + name + " is required and has no default; it cannot be hidden");
    for (const char* key : {"list", "form", "portal", "verify", "process"})
      if (YamlNode* part = member(base, key)) strip(*part, name, "");
    for (const auto& [key, value] : base.members)
      if (key.scalar == "fields") {
        for (const auto& other : value.items)
          if (&other != field) refuse_use(other, "", name, at);
      } else {
        refuse_use(value, key.scalar, name, at);
      }
  }

 private:
  void wrong(const YamlNode& at, std::string zh, std::string en) {
    mistakes_.add(file_, at.line, std::move(zh), std::move(en));
  }

  void no_item(const YamlNode& at, const std::string& list, const std::string& name, const YamlNode* there) {
    std::vector<std::string> known;
    if (there)
      for (const auto& item : there->items) known.emplace_back(name_of(item));
    const std::string meant(nearest_word(name, known));
    wrong(at, list + " 里没有 " + name + (meant.empty() ? "" : "，是否想写 " + meant),
          list + " has no " + name + (meant.empty() ? "" : "; did you mean " + meant));
  }

  void change_items(YamlNode& list, const YamlNode& by, const std::string& path) {
    for (const auto& [name, value] : by.members) {
      if (YamlNode* item = item_named(list, name.scalar))
        change(*item, value, path + "." + name.scalar);
      else
        no_item(name, path.substr(path.rfind('.') + 1), name.scalar, &list);
    }
  }

  // Out of the lists of fields that are shown or asked for; what is left empty goes, too.
  static void strip(YamlNode& node, std::string_view name, std::string_view key) {
    static constexpr std::array<std::string_view, 9> shown{"columns", "filters", "sort", "fields", "steps",
                                                           "answer",  "list",    "show", "editable"};
    if (node.is_sequence() && among(key, shown))
      std::erase_if(node.items, [&](const YamlNode& i) {
        return i.is_scalar() && (i.scalar == name || (i.scalar.starts_with('-') && i.scalar.substr(1) == name));
      });
    for (auto& [k, value] : node.members) strip(value, name, k.scalar);
    for (auto& item : node.items) strip(item, name, key);
    std::erase_if(node.items, [&](const YamlNode& i) {
      const YamlNode* fields = i.is_map() && i.find("title") ? i.find("fields") : nullptr;
      return (fields && fields->is_sequence() && fields->items.empty()) ||
             (key == "steps" && i.is_sequence() && i.items.empty());
    });
  }

  static bool names(std::string_view text, std::string_view name) {
    const auto part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
    for (auto at = text.find(name); at != text.npos; at = text.find(name, at + 1)) {
      const auto end = at + name.size();
      const bool quoted = at > 0 && text[at - 1] == '\'';
      if (!quoted && (at == 0 || !part(text[at - 1])) && (end == text.size() || !part(text[end]))) return true;
    }
    return false;
  }

  void refuse_use(const YamlNode& node, std::string_view key, const std::string& name, const YamlNode& at) {
    // Names of other things, and what is read through the rights of the field.
    static constexpr std::array<std::string_view, 16> elsewhere{
        "name", "title", "help", "text", "from", "initial", "role", "do", "undo", "entity", "glyph", "page",
        "to",   "type",  "was",  "unmasked"};
    if (among(key, elsewhere)) return;
    if (node.is_scalar() && names(node.scalar, name))
      return wrong(at, "字段 " + name + " 不能隐藏：声明第 " + std::to_string(node.line) + " 行的 " + std::string(key) + " 要用它",
                   "the field " + name + " cannot be hidden: " + std::string(key) + " in line " +
                       std::to_string(node.line) + " of the declaration uses it");
    for (const auto& [k, value] : node.members)
      if (!(k.scalar == "fields" && value.is_sequence())) refuse_use(value, k.scalar, name, at);
    for (const auto& item : node.items) refuse_use(item, key, name, at);
  }

  std::string file_;
  Mistakes& mistakes_;
};

}  // namespace

std::vector<std::string> merge_overlay(YamlNode& base, std::string_view kind, const OverlayFile& overlay,
                                       Mistakes& mistakes) {
  auto node = parse_yaml(overlay.text, overlay.file);
  if (!node) {
    mistakes.add(overlay.file, 1, node.error().message.zh, node.error().message.en);
    return {};
  }
  shift_lines(*node, mistakes.add_overlay(overlay.file));
  const Parts parts = read_parts(*node, overlay.file, mistakes);
  const YamlNode* named = base.find(kind);
  if (named && parts.name != named->scalar)
    mistakes.add(overlay.file, node->line, "overlay 应写 " + named->scalar, "overlay is to be " + named->scalar);
  Merge merge(overlay.file, mistakes);
  if (parts.change) merge.change(base, *parts.change, "");
  if (parts.add) merge.add(base, *parts.add, "");
  std::vector<std::string> hidden;
  if (!parts.hide) return hidden;
  if (kind != "entity")
    mistakes.add(overlay.file, parts.hide->line, "只有记录类型的字段可以 hide", "hide is for the fields of a record type");
  else
    for (const auto& item : parts.hide->is_sequence() ? parts.hide->items : std::vector{*parts.hide}) {
      merge.hide(base, item.scalar, item, parts.change);
      hidden.push_back(item.scalar);
    }
  return hidden;
}

void describe_overlay(const YamlNode& nothing, Mistakes& mistakes) { read_parts(nothing, "", mistakes); }

}  // namespace civitas::entities
