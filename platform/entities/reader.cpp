#include "entities/reader.hpp"

#include <algorithm>

#include "base/strings.hpp"

namespace civitas::entities {

Problem Mistakes::to_problem() const {
  Text message;
  for (const auto& m : all_) {
    const std::string where = m.file + ":" + std::to_string(m.line) + ": ";
    message.zh += (message.zh.empty() ? "" : "\n") + where + m.message.zh;
    message.en += (message.en.empty() ? "" : "\n") + where + m.message.en;
  }
  return invalid("entities.declaration", message.zh, message.en);
}

Shape& Shape::member(std::string_view key, Kind kind_of_member) {
  auto made = std::make_unique<Shape>();
  made->name = key;
  made->kind = kind_of_member;
  members.push_back(std::move(made));
  return *members.back();
}

Json Shape::schema() const {
  const bool in_items = kind == Kind::list || kind == Kind::list_or_one;
  if (or_text || (or_words && !in_items)) {
    Shape text;
    text.kind = or_text ? Kind::text : Kind::words;
    Json forms = Json::array();
    forms.push(text.schema());
    forms.push(schema_of_kind());
    return Json(Json::Object{{"anyOf", std::move(forms)}});
  }
  return schema_of_kind();
}

Json Shape::schema_of_kind() const {
  const auto of_type = [](const char* type) { return Json(Json::Object{{"type", Json(type)}}); };
  const auto reference = [](const std::string& to) {
    return Json(Json::Object{{"$ref", Json("#/definitions/" + to)}});
  };
  const auto object = [&, this] {
    Json properties = Json::object(), needed = Json::array();
    for (const auto& m : members) {
      properties.set(m->name, m->schema());
      if (m->required) needed.push(Json(m->name));
    }
    Json out = Json(Json::Object{
        {"type", Json("object")}, {"additionalProperties", Json(false)}, {"properties", std::move(properties)}});
    if (needed.size() > 0) out.set("required", std::move(needed));
    if (!or_words || kind == Kind::object) return out;
    return Json(Json::Object{{"anyOf", Json(Json::Array{std::move(out), reference("words")})}});
  };
  switch (kind) {
    case Kind::any: return Json::object();
    case Kind::text: return reference("text");
    case Kind::flag: return of_type("boolean");
    case Kind::number: return of_type("number");
    case Kind::title: return reference("title");
    case Kind::words: return reference("words");
    case Kind::choice: {
      Json words = Json::array();
      for (const auto& word : choices) words.push(Json(word));
      return Json(Json::Object{{"enum", std::move(words)}});
    }
    case Kind::object: return object();
    case Kind::list: return Json(Json::Object{{"type", Json("array")}, {"items", object()}});
    case Kind::list_or_one: {
      Json either = Json::array();
      either.push(object());
      either.push(Json(Json::Object{{"type", Json("array")}, {"items", object()}}));
      return Json(Json::Object{{"anyOf", std::move(either)}});
    }
    case Kind::again: return reference(name);
    case Kind::entries: {
      Json values = Json::array();
      values.push(reference("text"));
      values.push(of_type("null"));
      return Json(Json::Object{{"type", Json("object")},
                               {"additionalProperties", Json(Json::Object{{"anyOf", std::move(values)}})}});
    }
  }
  return Json::object();
}

namespace {
const YamlNode& not_there() {
  static const YamlNode node = [] {
    YamlNode made;
    made.type = YamlNode::Type::map;
    return made;
  }();
  return node;
}
}  // namespace

MapReader::MapReader(const YamlNode& node, std::string file, Mistakes& mistakes)
    : node_(node), file_(std::move(file)), mistakes_(mistakes), shape_(mistakes.described()) {
  if (shape_ && shape_->kind == Shape::Kind::any) shape_->kind = Shape::Kind::object;
  if (!node.is_map()) wrong(node.line, "这里应为映射（键: 值）", "a map (key: value) is wanted here");
}

void MapReader::wrong(int line, std::string zh, std::string en) {
  mistakes_.add(file_, line ? line : node_.line, std::move(zh), std::move(en));
}

const YamlNode* MapReader::find(std::string_view key) {
  known_.emplace_back(key);
  const YamlNode* found = node_.find(key);
  return found && !found->is_null() ? found : nullptr;
}

void MapReader::or_words(std::string_view key) {
  if (!shape_) return;
  for (auto& member : shape_->members)
    if (member->name == key) member->or_words = true;
}

const YamlNode* MapReader::get(std::string_view key) {
  if (!shape_) return find(key);
  // Any value, unless a map is read from it.
  mistakes_.describe(&shape_->member(key, Shape::Kind::any));
  return &not_there();
}

std::string MapReader::text(std::string_view key, std::string fallback) {
  if (shape_) shape_->member(key, Shape::Kind::text);
  const YamlNode* found = find(key);
  if (!found) return fallback;
  if (!found->is_scalar()) wrong(found->line, std::string(key) + " 应为文字", std::string(key) + " must be text");
  return found->scalar;
}

std::string MapReader::required_text(std::string_view key) {
  std::string value = text(key);
  if (shape_) shape_->members.back()->required = true;
  if (value.empty()) wrong(node_.line, "缺少 " + std::string(key), std::string(key) + " is missing");
  return value;
}

std::string MapReader::choice(std::string_view key, const std::vector<std::string>& words, std::string fallback) {
  std::string value = fallback.empty() ? required_text(key) : text(key, std::move(fallback));
  if (shape_) {
    shape_->members.back()->kind = Shape::Kind::choice;
    shape_->members.back()->choices = words;
  }
  if (value.empty() || std::find(words.begin(), words.end(), value) != words.end()) return value;
  const std::string meant(nearest_word(value, words));
  wrong(0,
        std::string(key) + " 不能是 " + value + (meant.empty() ? "，应为 " + join(words, "、") : "，是否想写 " + meant),
        std::string(key) + " cannot be " + value +
            (meant.empty() ? "; it is one of " + join(words, ", ") : "; did you mean " + meant));
  return "";
}

bool MapReader::flag(std::string_view key, bool fallback) {
  if (shape_) shape_->member(key, Shape::Kind::flag);
  const YamlNode* found = find(key);
  if (!found) return fallback;
  if (found->scalar != "true" && found->scalar != "false")
    wrong(found->line, std::string(key) + " 应为 true 或 false", std::string(key) + " must be true or false");
  return found->scalar == "true";
}

std::optional<double> MapReader::number(std::string_view key) {
  if (shape_) shape_->member(key, Shape::Kind::number);
  const YamlNode* found = find(key);
  if (!found) return std::nullopt;
  const auto value = parse_number(found->scalar);
  if (!value) wrong(found->line, std::string(key) + " 应为数字", std::string(key) + " must be a number");
  return value;
}

Text MapReader::title(std::string_view key, bool required) {
  if (shape_) shape_->member(key, Shape::Kind::title).required = required;
  const YamlNode* found = find(key);
  if (!found) {
    if (required)
      wrong(node_.line, "缺少 " + std::string(key) + "（zh 与 en）", std::string(key) + " {zh, en} is missing");
    return {};
  }
  MapReader inner(*found, file_, mistakes_);
  Text out{inner.required_text("zh"), inner.required_text("en")};
  inner.finish();
  return out;
}

std::vector<std::string> MapReader::words(std::string_view key) {
  if (shape_) shape_->member(key, Shape::Kind::words);
  const YamlNode* found = find(key);
  std::vector<std::string> out;
  if (!found) return out;
  if (found->is_scalar()) return {found->scalar};
  for (const auto& item : found->items) {
    if (!item.is_scalar())
      wrong(item.line, std::string(key) + " 的每一项应为一个词",
            "each item of " + std::string(key) + " must be a word");
    out.push_back(item.scalar);
  }
  return out;
}

std::vector<const YamlNode*> MapReader::items(std::string_view key) {
  if (shape_) {
    if (shape_->name == key) {
      shape_->member(key, Shape::Kind::again);
      return {};
    }
    mistakes_.describe(&shape_->member(key, Shape::Kind::list));
    return {&not_there()};
  }
  const YamlNode* found = find(key);
  std::vector<const YamlNode*> out;
  if (!found) return out;
  if (!found->is_sequence()) wrong(found->line, std::string(key) + " 应为列表", std::string(key) + " must be a list");
  for (const auto& item : found->items) out.push_back(&item);
  return out;
}

std::vector<const YamlNode*> MapReader::items_or_one(std::string_view key) {
  if (shape_) {
    mistakes_.describe(&shape_->member(key, Shape::Kind::list_or_one));
    return {&not_there()};
  }
  const YamlNode* found = find(key);
  std::vector<const YamlNode*> out;
  if (!found) return out;
  if (!found->is_sequence()) return {found};
  for (const auto& item : found->items) out.push_back(&item);
  return out;
}

std::vector<std::pair<std::string, std::string>> MapReader::entries(std::string_view key) {
  if (shape_) shape_->member(key, Shape::Kind::entries);
  const YamlNode* found = find(key);
  std::vector<std::pair<std::string, std::string>> out;
  if (!found) return out;
  if (!found->is_map())
    wrong(found->line, std::string(key) + " 应为映射（键: 值）", std::string(key) + " must be a map (key: value)");
  for (const auto& [name, value] : found->members) {
    if (!value.is_scalar() && !value.is_null())
      wrong(value.line, std::string(key) + " 的 " + name.scalar + " 应为文字",
            name.scalar + " of " + std::string(key) + " must be text");
    out.emplace_back(name.scalar, value.is_null() ? "NULL" : value.scalar);
  }
  return out;
}

MapReader::TextOrMap MapReader::text_or_map(std::string_view key) {
  if (shape_) {
    Shape& member = shape_->member(key, Shape::Kind::any);
    member.or_text = true;
    mistakes_.describe(&member);
    return {"", &not_there()};
  }
  const YamlNode* found = find(key);
  if (!found) return {};
  if (found->is_scalar()) return {found->scalar, nullptr};
  return {"", found};
}

void MapReader::finish() {
  for (const auto& [key, value] : node_.members) {
    if (std::find(known_.begin(), known_.end(), key.scalar) != known_.end()) continue;
    const std::string_view meant = nearest_word(key.scalar, known_);
    const std::string hint_zh = meant.empty() ? "" : "，是否想写 " + std::string(meant);
    const std::string hint_en = meant.empty() ? "" : "; did you mean " + std::string(meant);
    wrong(key.line, "不认识的键 " + key.scalar + hint_zh, "unknown key " + key.scalar + hint_en);
  }
}

}  // namespace civitas::entities
