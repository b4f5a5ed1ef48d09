#include "entities/loader_messages.hpp"

#include <algorithm>

#include "base/json_pointer.hpp"
#include "base/strings.hpp"
#include "entities/catalog.hpp"
#include "entities/loader_parts.hpp"

namespace civitas::entities {

namespace {

Tell read_tell(const YamlNode& node, const std::string& file, Mistakes& mistakes, bool of_record = false) {
  MapReader t(node, file, mistakes);
  Tell out;
  out.line = node.line;
  out.to = t.words("to");
  out.by = t.words("by");
  out.use = t.text("template");
  out.when = t.text("when");
  out.urgent = t.flag("urgent");
  if (of_record) {
    static const std::vector<std::string> acts{"create", "update", "step"};
    out.on = t.words("on");
    out.changed = t.words("changed");
    for (const auto& act : out.on)
      if (std::find(acts.begin(), acts.end(), act) == acts.end()) {
        const std::string meant(nearest_word(act, acts));
        t.wrong(0, "on 不能是 " + act + (meant.empty() ? "，应为 create、update、step" : "，是否想写 " + meant),
                "on cannot be " + act + (meant.empty() ? "; it is create, update or step" : "; did you mean " + meant));
      }
    if (out.on.empty()) out.on = {"update"};
  }
  if (out.to.empty()) t.wrong(0, "tell 没有写 to：告诉谁", "tell names nobody: `to` is missing");
  t.finish();
  return out;
}

// "10 minutes", "2 hours", "1 day" in seconds; 0 for what is none.
std::int64_t seconds_of(const std::string& text) {
  const auto words = split(text, ' ');
  const auto number = words.size() == 2 ? parse_integer(words[0]) : std::nullopt;
  if (!number || *number < 1 || *number > 10'000) return 0;
  std::string_view unit = words[1];
  if (unit.ends_with('s')) unit.remove_suffix(1);
  return unit == "minute" ? *number * 60 : unit == "hour" ? *number * 3600 : unit == "day" ? *number * 86'400 : 0;
}

bool is_time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return false;
  const auto hour = parse_integer(text.substr(0, 2)), minute = parse_integer(text.substr(3));
  return hour && minute && *hour >= 0 && *hour < 24 && *minute >= 0 && *minute < 60;
}

}  // namespace

std::vector<Tell> read_tells(MapReader& in, std::string_view key, const std::string& file, Mistakes& mistakes) {
  std::vector<Tell> out;
  for (const YamlNode* item : in.items_or_one(key)) out.push_back(read_tell(*item, file, mistakes));
  return out;
}

std::vector<Tell> read_record_tells(MapReader& in, const std::string& file, Mistakes& mistakes) {
  std::vector<Tell> out;
  for (const YamlNode* item : in.items_or_one("tell")) out.push_back(read_tell(*item, file, mistakes, true));
  return out;
}

Inbound read_inbound(const YamlNode& node, const std::string& file, Mistakes& mistakes) {
  MapReader in(node, file, mistakes);
  Inbound out;
  out.line = node.line;
  out.create = in.flag("create", true);
  out.update = in.flag("update", true);
  out.is_signed = in.flag("signed", true);
  out.key = in.required_text("key");
  out.step = in.text("step");
  if (const YamlNode* map = in.get("map")) {
    for (const auto& [name, value] : map->members) {
      InboundValue v;
      v.field = name.scalar;
      if (value.is_scalar()) {
        (value.scalar.starts_with('/') ? v.pointer : v.value) = value.scalar;
      } else {
        MapReader m(value, file, mistakes);
        v.pointer = m.text("at");
        v.by = m.text("by");
        v.lon = m.text("lon");
        v.lat = m.text("lat");
        if (v.pointer.empty() == v.lon.empty() || v.lon.empty() != v.lat.empty())
          m.wrong(0, "写 at，或同时写 lon 和 lat", "write either at, or lon and lat");
        if (const YamlNode* words = m.get("words"))
          for (const auto& [said, kept] : words->members) v.words.emplace_back(said.scalar, kept.scalar);
        m.finish();
      }
      for (const std::string* pointer : {&v.pointer, &v.lon, &v.lat})
        if (!is_json_pointer(*pointer))
          in.wrong(name.line, "不是 JSON 指针：" + *pointer, "this is no JSON pointer: " + *pointer);
      out.map.push_back(std::move(v));
    }
  }
  if (out.map.empty()) in.wrong(0, "inbound 没有写 map", "inbound needs a map");
  in.finish();
  return out;
}

std::vector<Push> read_pushes(MapReader& in, const std::string& file, Mistakes& mistakes) {
  std::vector<Push> out;
  for (const YamlNode* item : in.items_or_one("push")) {
    MapReader p(*item, file, mistakes);
    Push made;
    made.line = item->line;
    made.to = p.required_text("to");
    made.name = p.text("name", made.to);
    made.title = p.title("title", false);
    made.when = p.text("when");
    if (const YamlNode* map = p.get("map"))
      for (const auto& [where, field] : map->members) {
        std::string pointer = where.scalar;
        if (!pointer.starts_with('/')) pointer.insert(0, "/");
        if (!is_json_pointer(pointer))
          p.wrong(where.line, "不是 JSON 指针：" + pointer, "this is no JSON pointer: " + pointer);
        made.map.push_back({std::move(pointer), field.scalar});
      }
    if (made.map.empty()) p.wrong(0, "push 没有写 map", "push needs a map");
    p.finish();
    out.push_back(std::move(made));
  }
  check_once(out, file, in.line(), mistakes);
  return out;
}

std::vector<MessageTemplate> read_templates(MapReader& in, const std::string& file, Mistakes& mistakes) {
  std::vector<MessageTemplate> out;
  for (const YamlNode* item : in.items("templates")) {
    MapReader t(*item, file, mistakes);
    MessageTemplate made;
    made.line = item->line;
    made.name = read_name(t, "name");
    made.title = t.title("title");
    made.text = t.title("text", false);
    t.finish();
    out.push_back(std::move(made));
  }
  check_once(out, file, in.line(), mistakes);
  return out;
}

std::vector<DeclaredJob> read_jobs(MapReader& in, const std::string& file, Mistakes& mistakes) {
  std::vector<DeclaredJob> out;
  for (const YamlNode* item : in.items("jobs")) {
    MapReader j(*item, file, mistakes);
    DeclaredJob made;
    made.line = item->line;
    made.name = read_name(j, "name");
    made.title = j.title("title", false);
    made.at = j.text("at");
    const std::string every = j.text("every");
    made.entity = j.text("for");
    made.when = j.text("when");
    made.action = j.text("do");
    made.step = j.text("step");
    if (made.at.empty() == every.empty()) j.wrong(0, "at 与 every 写且只写一个", "a job has either at or every");
    if (!made.at.empty() && !is_time_of_day(made.at))
      j.wrong(0, "at 应为时刻，如 \"02:00\"", "at must be a time of day such as \"02:00\"");
    made.every_seconds = every.empty() ? 0 : seconds_of(every);
    if (!every.empty() && made.every_seconds == 0)
      j.wrong(0, "every 应为如 10 minutes、2 hours、1 day", "every must be such as 10 minutes, 2 hours, 1 day");
    if (made.action.empty() == made.step.empty()) j.wrong(0, "do 与 step 写且只写一个", "a job has either do or step");
    if (made.entity.empty() && (!made.step.empty() || !made.when.empty()))
      j.wrong(0, "step 和 when 要写 for：针对哪种记录", "step and when need `for`: the record type they are about");
    j.finish();
    out.push_back(std::move(made));
  }
  check_once(out, file, in.line(), mistakes);
  return out;
}

std::vector<std::string> placeholders_of(const Text& text) {
  std::vector<std::string> out;
  for (const std::string* one : {&text.zh, &text.en})
    (void)fill_template(*one, [&](const std::string& name) {
      if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
      return std::string();
    });
  return out;
}

}  // namespace civitas::entities
