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

MapReader::MapReader(const YamlNode& node, std::string file, Mistakes& mistakes) : node_(node), file_(std::move(file)), mistakes_(mistakes) {
  if (!node.is_map()) wrong(node.line, "这里应为映射（键: 值）", "a map (key: value) is wanted here");
}

void MapReader::wrong(int line, std::string zh, std::string en) { mistakes_.add(file_, line ? line : node_.line, std::move(zh), std::move(en)); }

const YamlNode* MapReader::get(std::string_view key) {
  known_.emplace_back(key);
  const YamlNode* found = node_.find(key);
  return found && !found->is_null() ? found : nullptr;
}

std::string MapReader::text(std::string_view key, std::string fallback) {
  const YamlNode* found = get(key);
  if (!found) return fallback;
  if (!found->is_scalar()) wrong(found->line, std::string(key) + " 应为文字", std::string(key) + " must be text");
  return found->scalar;
}

std::string MapReader::required_text(std::string_view key) {
  std::string value = text(key);
  if (value.empty()) wrong(node_.line, "缺少 " + std::string(key), std::string(key) + " is missing");
  return value;
}

bool MapReader::flag(std::string_view key, bool fallback) {
  const YamlNode* found = get(key);
  if (!found) return fallback;
  if (found->scalar != "true" && found->scalar != "false") wrong(found->line, std::string(key) + " 应为 true 或 false", std::string(key) + " must be true or false");
  return found->scalar == "true";
}

std::optional<double> MapReader::number(std::string_view key) {
  const YamlNode* found = get(key);
  if (!found) return std::nullopt;
  const auto value = parse_number(found->scalar);
  if (!value) wrong(found->line, std::string(key) + " 应为数字", std::string(key) + " must be a number");
  return value;
}

Text MapReader::title(std::string_view key, bool required) {
  const YamlNode* found = get(key);
  if (!found) {
    if (required) wrong(node_.line, "缺少 " + std::string(key) + "（zh 与 en）", std::string(key) + " {zh, en} is missing");
    return {};
  }
  MapReader inner(*found, file_, mistakes_);
  Text out{inner.required_text("zh"), inner.required_text("en")};
  inner.finish();
  return out;
}

std::vector<std::string> MapReader::words(std::string_view key) {
  const YamlNode* found = get(key);
  std::vector<std::string> out;
  if (!found) return out;
  if (found->is_scalar()) return {found->scalar};
  for (const auto& item : found->items) {
    if (!item.is_scalar()) wrong(item.line, std::string(key) + " 的每一项应为一个词", "each item of " + std::string(key) + " must be a word");
    out.push_back(item.scalar);
  }
  return out;
}

std::vector<const YamlNode*> MapReader::items(std::string_view key) {
  const YamlNode* found = get(key);
  std::vector<const YamlNode*> out;
  if (!found) return out;
  if (!found->is_sequence()) wrong(found->line, std::string(key) + " 应为列表", std::string(key) + " must be a list");
  for (const auto& item : found->items) out.push_back(&item);
  return out;
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
