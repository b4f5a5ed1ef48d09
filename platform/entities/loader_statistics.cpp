#include "entities/loader_statistics.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/strings.hpp"
#include "entities/loader_parts.hpp"

namespace civitas::entities {

namespace {

constexpr double most_shown = 1000;

FieldPath read_path(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == text.npos) return {std::string(text), ""};
  return {std::string(text.substr(0, dot)), std::string(text.substr(dot + 1))};
}

// `department`, `ticket.window`, `created_at:month`.
StatisticsGroup read_group(MapReader& in, std::string_view text) {
  StatisticsGroup out;
  const auto colon = text.find(':');
  out.path = read_path(text.substr(0, colon));
  if (colon == text.npos) return out;
  static const std::vector<std::string> units{"day", "month", "hour", "weekday"};
  const std::string unit(text.substr(colon + 1));
  for (std::size_t i = 0; i < units.size(); ++i)
    if (units[i] == unit) out.every = static_cast<Every>(i + 1);
  if (out.every == Every::none)
    in.wrong(0, "group 只能按 day、month、hour、weekday 归并：" + std::string(text),
             "group goes by day, month, hour or weekday: " + std::string(text));
  return out;
}

// avg(score), ratio("state = 'closed'"), percentile(minutes, 90); avg:score is short for avg(score).
void read_measure(MapReader& in, std::string text, StatisticsDeclaration& out) {
  static const std::vector<std::string> words{"count", "sum", "avg", "min", "max", "ratio", "percentile", "median"};
  static constexpr std::array measures{Measure::count, Measure::sum,        Measure::average,
                                       Measure::min,   Measure::max,        Measure::ratio,
                                       Measure::percentile, Measure::percentile};
  const auto wrong = [&](const std::string& meant) {
    in.wrong(0, "measure 应为 count、sum(x)、avg(x)、min(x)、max(x)、median(x)、percentile(x, 90) 或 ratio(条件)：" + text +
                    (meant.empty() ? "" : "，是否想写 " + meant),
             "measure is count, sum(x), avg(x), min(x), max(x), median(x), percentile(x, 90) or ratio(condition): " + text +
                 (meant.empty() ? "" : "; did you mean " + meant));
  };
  const auto open = text.find_first_of("(:");
  const std::string word(trim(std::string_view(text).substr(0, open)));
  const auto known = std::find(words.begin(), words.end(), word);
  if (known == words.end()) return wrong(std::string(nearest_word(word, words)));
  out.measure = measures[static_cast<std::size_t>(known - words.begin())];
  if (open == text.npos) {
    if (out.measure != Measure::count) wrong(word + "(…)");
    return;
  }
  std::string_view inside = std::string_view(text).substr(open + 1);
  if (text[open] == '(') {
    inside = trim(inside);
    if (!inside.ends_with(')')) return wrong("");
    inside.remove_suffix(1);
  }
  inside = trim(inside);
  if (out.measure == Measure::count || inside.empty()) return wrong("");
  if (out.measure == Measure::ratio) {
    if (inside.size() > 1 && inside.front() == '"' && inside.back() == '"') inside = inside.substr(1, inside.size() - 2);
    out.condition = std::string(inside);
    return;
  }
  if (word == "percentile") {
    const auto comma = inside.rfind(',');
    const auto percent = comma == inside.npos ? std::nullopt : parse_number(trim(inside.substr(comma + 1)));
    if (!percent || !(*percent >= 0 && *percent <= 100))
      return in.wrong(0, "percentile(x, 90) 的第二个数应在 0 到 100 之间：" + text,
                      "percentile(x, 90): the second is a number from 0 to 100: " + text);
    out.percent = *percent;
    inside = trim(inside.substr(0, comma));
  }
  out.of = read_path(inside);
}

int whole_number(MapReader& in, std::string_view key, int fallback, double most) {
  const auto given = in.number(key);
  if (!given) return fallback;
  if (*given >= 1 && *given <= most && *given == std::floor(*given)) return static_cast<int>(*given);
  const std::string to = std::to_string(static_cast<int>(most));
  in.wrong(0, std::string(key) + " 应为 1 到 " + to + " 的整数", std::string(key) + " is a whole number from 1 to " + to);
  return fallback;
}

Panel read_panel(const YamlNode& node, const std::string& file, Mistakes& mistakes) {
  MapReader in(node, file, mistakes);
  Panel out;
  out.line = node.line;
  out.entity = in.required_text("entity");
  out.statistics = in.text("statistics");
  out.title = in.title("title", false);
  const bool told = in.has("chart");
  out.chart = in.choice("chart", {"number", "bar", "line", "pie", "table", "map"}, "bar");
  if (!told) out.chart.clear();
  out.span = whole_number(in, "span", 1, 6);
  out.filter = in.text("filter");
  in.finish();
  return out;
}

void read_ratio(MapReader& in, Dashboard& out) {
  const std::string text = in.text("ratio", "16:9");
  const auto colon = text.find(':');
  const auto width = parse_integer(text.substr(0, colon));
  const auto height = colon == text.npos ? std::nullopt : parse_integer(text.substr(colon + 1));
  if (!width || !height || *width < 1 || *height < 1 || *width > 100 || *height > 100)
    return in.wrong(0, "ratio 应写成 16:9、3:1 这样的宽高比：" + text, "ratio is written as 16:9 or 3:1: " + text);
  out.width = static_cast<int>(*width);
  out.height = static_cast<int>(*height);
}

}  // namespace

StatisticsDeclaration read_statistics(const YamlNode& node, const std::string& file, Mistakes& mistakes) {
  MapReader in(node, file, mistakes);
  StatisticsDeclaration out;
  out.line = node.line;
  out.name = read_name(in, "name");
  out.title = in.title("title");
  for (const auto& group : in.words("group")) out.group.push_back(read_group(in, group));
  if (out.group.size() > 2) in.wrong(0, "group 至多两个字段", "group has two fields at most");
  read_measure(in, in.text("measure", "count"), out);
  out.filter = in.text("filter");
  out.chart = in.choice("chart", {"bar", "line", "pie", "number", "table"}, out.group.empty() ? "number" : "bar");
  out.top = whole_number(in, "top", 0, most_shown);
  out.least_first = in.choice("order", {"most", "least"}, "most") == "least";
  in.finish();
  return out;
}

std::vector<Dashboard> read_dashboards(MapReader& in, const std::string& file, Mistakes& mistakes) {
  std::vector<Dashboard> out;
  for (const YamlNode* item : in.items("dashboards")) {
    MapReader d(*item, file, mistakes);
    Dashboard made;
    made.line = item->line;
    made.name = read_name(d, "name");
    made.title = d.title("title");
    made.roles = d.words("role");
    read_ratio(d, made);
    for (const YamlNode* panel : d.items("panels")) made.panels.push_back(read_panel(*panel, file, mistakes));
    d.finish();
    out.push_back(std::move(made));
  }
  return out;
}

}  // namespace civitas::entities
