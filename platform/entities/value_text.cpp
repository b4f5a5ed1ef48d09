#include "entities/value_text.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "base/strings.hpp"

namespace civitas::entities {

namespace {

constexpr std::array<std::string_view, 7> weekdays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr std::int64_t most_seconds = 3'200'000'000;  // a hundred years

// Digits, colons and words as typed on a Chinese keyboard, in their plain form.
std::string plain(std::string_view text) {
  std::string out(trim(text));
  for (const auto& [from, to] : {std::pair{"：", ":"}, {"点半", ":30"}, {"时半", ":30"}, {"－", "-"}, {"—", "-"}, {"～", "-"}, {"~", "-"}})
    out = replace_all(out, from, to);
  return out;
}

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

struct Unit {
  std::string_view word;
  std::int64_t seconds;
};
constexpr Unit units[] = {{"weeks", 604'800}, {"week", 604'800}, {"周", 604'800},    {"星期", 604'800}, {"days", 86'400},
                          {"day", 86'400},    {"天", 86'400},    {"日", 86'400},     {"hours", 3'600},  {"hour", 3'600},
                          {"h", 3'600},       {"小时", 3'600},   {"时", 3'600},      {"minutes", 60},   {"minute", 60},
                          {"min", 60},        {"分钟", 60},      {"分", 60},         {"seconds", 1},    {"second", 1},
                          {"s", 1},           {"秒", 1}};

// "PT2H30M", "P3DT4H".
std::optional<std::int64_t> iso_duration(std::string_view text) {
  std::int64_t total = 0;
  bool time = false, any = false;
  for (std::size_t at = 1; at < text.size();) {
    if (text[at] == 'T' && !time) {
      time = true;
      ++at;
      continue;
    }
    const auto end = text.find_first_not_of("0123456789", at);
    if (end == text.npos || end == at || end - at > 9) return std::nullopt;
    const std::int64_t count = parse_integer(text.substr(at, end - at)).value_or(0);
    const std::int64_t unit = text[end] == 'W' && !time   ? 604'800
                              : text[end] == 'D' && !time ? 86'400
                              : text[end] == 'H' && time  ? 3'600
                              : text[end] == 'M' && time  ? 60
                              : text[end] == 'S' && time  ? 1
                                                          : 0;
    if (unit == 0) return std::nullopt;
    total += count * unit;
    any = true;
    at = end + 1;
  }
  return any ? std::optional(total) : std::nullopt;
}

// "2 hours 30 minutes", "2小时30分".
std::optional<std::int64_t> worded_duration(std::string_view text) {
  std::int64_t total = 0;
  bool any = false;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == ' ' || text[at] == ',') {
      ++at;
      continue;
    }
    const auto end = text.find_first_not_of("0123456789", at);
    if (end == text.npos || end == at || end - at > 9) return std::nullopt;
    const std::int64_t count = parse_integer(text.substr(at, end - at)).value_or(0);
    at = text.find_first_not_of(' ', end);
    if (at == text.npos) return std::nullopt;
    const Unit* found = nullptr;
    for (const Unit& unit : units)
      if (text.substr(at).starts_with(unit.word) && (!found || unit.word.size() > found->word.size())) found = &unit;
    if (!found) return std::nullopt;
    total += count * found->seconds;
    any = true;
    at += found->word.size();
  }
  return any ? std::optional(total) : std::nullopt;
}

// "08:30-12:00" in its one form; "24:00" ends a day.
std::optional<std::string> hours_of(std::string_view text) {
  const std::string span = plain(text);
  const auto dash = span.find('-');
  if (dash == span.npos) return std::nullopt;
  const auto from = time_of_day(span.substr(0, dash));
  const std::string last(trim(std::string_view(span).substr(dash + 1)));
  const auto to = last == "24:00" ? std::optional<std::string>("24:00") : time_of_day(last);
  if (!from || !to || *from >= *to) return std::nullopt;
  return *from + "-" + *to;
}

std::optional<Text> tidy_hours(Json& hours) {
  if (!hours.is_array() || hours.size() > 20)
    return Text{"每天的时间应为列表，如 [\"08:30-12:00\", \"14:00-17:30\"]。",
                "The hours of a day must be a list such as [\"08:30-12:00\", \"14:00-17:30\"]."};
  std::vector<std::string> spans;
  for (const auto& one : hours.as_array()) {
    const auto span = one.is_string() ? hours_of(one.as_string()) : std::nullopt;
    if (!span)
      return Text{"“" + (one.is_string() ? one.as_string().substr(0, 40) : one.dump().substr(0, 40)) +
                      "”不是时间段，应如 08:30-12:00，结束晚于开始。",
                  "“" + (one.is_string() ? one.as_string().substr(0, 40) : one.dump().substr(0, 40)) +
                      "” is no time of opening; write 08:30-12:00, the end after the start."};
    spans.push_back(*span);
  }
  std::sort(spans.begin(), spans.end());
  Json out = Json::array();
  for (std::size_t i = 0; i < spans.size(); ++i) {
    if (i > 0 && spans[i - 1].substr(6) > spans[i].substr(0, 5))
      return Text{spans[i - 1] + " 与 " + spans[i] + " 重叠。", spans[i - 1] + " and " + spans[i] + " overlap."};
    out.push(Json(spans[i]));
  }
  hours = std::move(out);
  return std::nullopt;
}

Text no_schedule() {
  return {"应为开放时间，如 {\"week\": {\"mon\": [\"08:30-12:00\"]}, \"except\": [{\"on\": \"2026-10-01\", \"hours\": []}]}。",
          "must be opening hours such as {\"week\": {\"mon\": [\"08:30-12:00\"]}, \"except\": [{\"on\": \"2026-10-01\", "
          "\"hours\": []}]}."};
}

}  // namespace

std::optional<std::string> time_of_day(std::string_view text) {
  std::string typed = plain(text);
  for (const char* word : {"点", "时"}) typed = replace_all(typed, word, ":");
  typed = replace_all(typed, "分", "");
  if (typed.ends_with(':')) typed += "00";
  const auto parts = split(typed, ':');
  if (parts.size() < 2 || parts.size() > 3 || (parts.size() == 3 && parts[2] != "00")) return std::nullopt;
  if (!all_digits(parts[0]) || !all_digits(parts[1]) || parts[0].size() > 2 || parts[1].size() != 2)
    return std::nullopt;
  const auto hour = parse_integer(parts[0]).value_or(99), minute = parse_integer(parts[1]).value_or(99);
  if (hour > 23 || minute > 59) return std::nullopt;
  return (parts[0].size() == 1 ? "0" : "") + std::string(parts[0]) + ":" + std::string(parts[1]);
}

std::optional<std::int64_t> duration_seconds(std::string_view text) {
  const std::string typed = plain(text);
  std::optional<std::int64_t> out;
  if (all_digits(typed) && typed.size() <= 10) {
    out = parse_integer(typed);
  } else if (typed.starts_with('P')) {
    out = iso_duration(typed);
  } else if (typed.find(':') != typed.npos) {
    const auto parts = split(typed, ':');
    if (parts.size() > 3) return std::nullopt;
    std::int64_t total = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (!all_digits(parts[i]) || parts[i].size() > 7) return std::nullopt;
      const auto n = parse_integer(parts[i]).value_or(0);
      if (i > 0 && (n > 59 || parts[i].size() != 2)) return std::nullopt;
      total = total * 60 + n;
    }
    out = parts.size() == 2 ? total * 60 : total;
  } else {
    out = worded_duration(typed);
  }
  return out && *out <= most_seconds ? out : std::nullopt;
}

std::string format_duration(std::int64_t seconds) {
  const auto two = [](std::int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  std::string out = std::to_string(seconds / 3600) + ":" + two(seconds / 60 % 60);
  if (seconds % 60 != 0) out += ":" + two(seconds % 60);
  return out;
}

std::vector<std::string> split_labels(std::string_view text) {
  std::string typed(text);
  for (const char* mark : {"、", "，", "；", ";", "\n"}) typed = replace_all(typed, mark, ",");
  std::vector<std::string> out;
  for (const auto part : split(typed, ','))
    if (!trim(part).empty()) out.emplace_back(trim(part));
  return out;
}

std::optional<Text> tidy_schedule(Json& schedule) {
  constexpr std::size_t most_exceptions = 1000;
  if (!schedule.is_object()) return no_schedule();
  for (const auto& [name, ignored] : schedule.as_object())
    if (name != "week" && name != "except") return no_schedule();
  Json week = Json::object(), exceptions = Json::array();
  const Json& given = schedule["week"];
  if (!given.is_null() && !given.is_object()) return no_schedule();
  if (given.is_object())
    for (const auto& [day, ignored] : given.as_object())
      if (std::find(weekdays.begin(), weekdays.end(), day) == weekdays.end())
        return Text{"“" + day.substr(0, 20) + "”不是星期，应为 mon、tue、wed、thu、fri、sat、sun。",
                    "“" + day.substr(0, 20) + "” is no day of the week; write mon, tue, wed, thu, fri, sat or sun."};
  for (const auto day : weekdays) {
    Json hours = given[day];
    if (hours.is_null()) continue;
    if (auto wrong = tidy_hours(hours)) return wrong;
    if (hours.size() > 0) week.set(std::string(day), std::move(hours));
  }
  const Json& differing = schedule["except"];
  if (!differing.is_null() && (!differing.is_array() || differing.size() > most_exceptions)) return no_schedule();
  std::map<std::string, Json> days;
  for (const auto& one : differing.as_array()) {
    const auto day = one["on"].is_string() ? parse_date(one["on"].as_string()) : std::nullopt;
    if (!day) return Text{"例外的 on 应为日期，如 2026-10-01。", "The `on` of an exception must be a date such as 2026-10-01."};
    Json hours = one["hours"].is_null() ? Json::array() : one["hours"];
    if (auto wrong = tidy_hours(hours)) return wrong;
    const std::string name = format_date(*day);
    if (!days.emplace(name, std::move(hours)).second)
      return Text{name + " 写了两次。", name + " is there twice."};
  }
  for (auto& [day, hours] : days) exceptions.push(Json(Json::Object{{"on", Json(day)}, {"hours", std::move(hours)}}));
  Json out = Json(Json::Object{{"week", std::move(week)}});
  if (exceptions.size() > 0) out.set("except", std::move(exceptions));
  schedule = std::move(out);
  return std::nullopt;
}

bool is_open(const Json& schedule, Instant at) {
  const Date day = date_in_china(at);
  const std::int64_t minutes = (at.micros - start_of_day(day).micros) / 60'000'000;
  const std::string name = format_date(day);
  const Json* hours = &schedule["week"][weekdays[static_cast<std::size_t>(day.weekday() - 1)]];
  for (const auto& one : schedule["except"].as_array())
    if (one["on"].as_string() == name) hours = &one["hours"];
  const auto minute_of = [](std::string_view text) {
    return parse_integer(text.substr(0, 2)).value_or(0) * 60 + parse_integer(text.substr(3, 2)).value_or(0);
  };
  for (const auto& span : hours->as_array()) {
    const std::string& text = span.as_string();
    if (text.size() == 11 && minutes >= minute_of(text) && minutes < minute_of(std::string_view(text).substr(6)))
      return true;
  }
  return false;
}

}  // namespace civitas::entities
