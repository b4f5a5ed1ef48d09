#include "base/time.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "base/instant_text.hpp"
#include "base/strings.hpp"
#include "base/utf8.hpp"

namespace civitas {

namespace {

namespace ch = std::chrono;
constexpr std::int64_t china_offset_seconds = 8 * 3600;

ch::year_month_day civil(Date d) { return ch::year_month_day(ch::sys_days(ch::days(d.days))); }

bool digits(std::string_view text) {
  for (char c : text)
    if (c < '0' || c > '9') return false;
  return !text.empty();
}

// Periods of Chinese history as ranges of years, as gazetteers cite them. 民国 ends on the mainland in 1949.
struct Period {
  std::string_view name;
  int from, to;
};
constexpr std::array periods{
    Period{"夏", -2070, -1600}, Period{"商", -1600, -1046}, Period{"西周", -1046, -771}, Period{"春秋", -770, -476},
    Period{"战国", -475, -221}, Period{"秦", -221, -206},   Period{"西汉", -206, 8},     Period{"东汉", 25, 220},
    Period{"汉", -206, 220},    Period{"三国", 220, 280},   Period{"西晋", 265, 316},    Period{"东晋", 317, 420},
    Period{"晋", 265, 420},     Period{"南北朝", 420, 589}, Period{"隋", 581, 618},      Period{"唐", 618, 907},
    Period{"五代", 907, 960},   Period{"北宋", 960, 1127},  Period{"南宋", 1127, 1279},  Period{"宋", 960, 1279},
    Period{"辽", 907, 1125},    Period{"金", 1115, 1234},   Period{"元", 1271, 1368},    Period{"明", 1368, 1644},
    Period{"清", 1616, 1911},   Period{"民国", 1912, 1949},
};

std::optional<UncertainDate> parse_span(std::string_view text) {
  if (text.ends_with("年代")) {
    const auto decade = text.substr(0, text.size() - 6);
    if (decade.size() != 4 || !digits(decade) || decade[3] != '0') return std::nullopt;
    const int year = static_cast<int>(*parse_integer(decade));
    return UncertainDate{"", make_date(year, 1, 1), make_date(year + 9, 12, 31)};
  }
  std::string plain = replace_all(replace_all(replace_all(std::string(text), "年", "-"), "月", "-"), "日", "");
  while (!plain.empty() && plain.back() == '-') plain.pop_back();
  const auto parts = split(plain, '-');
  if (digits(parts[0]) && parts[0].size() <= 4 && parts.size() <= 3) {
    std::array<int, 3> number{0, 0, 0};
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (!digits(parts[i]) || parts[i].size() > 4) return std::nullopt;
      number[i] = static_cast<int>(*parse_integer(parts[i]));
    }
    const auto [year, month, day] = number;
    if (year < 1) return std::nullopt;
    if (parts.size() == 1) return UncertainDate{"", make_date(year, 1, 1), make_date(year, 12, 31)};
    if (month < 1 || month > 12) return std::nullopt;
    const auto last =
        ch::year_month_day_last(ch::year(year), ch::month_day_last(ch::month(static_cast<unsigned>(month))));
    const int last_day = static_cast<int>(static_cast<unsigned>(last.day()));
    if (parts.size() == 2) return UncertainDate{"", make_date(year, month, 1), make_date(year, month, last_day)};
    if (day < 1 || day > last_day) return std::nullopt;
    return UncertainDate{"", make_date(year, month, day), make_date(year, month, day)};
  }
  for (std::string_view suffix : {"时期", "年间", "朝", "代", "初", "末", "中期"})
    if (text.size() > suffix.size() && text.ends_with(suffix)) text.remove_suffix(suffix.size());
  for (const auto& period : periods)
    if (text == period.name) return UncertainDate{"", make_date(period.from, 1, 1), make_date(period.to, 12, 31)};
  return std::nullopt;
}

}  // namespace

int Date::year() const { return static_cast<int>(civil(*this).year()); }
int Date::month() const { return static_cast<int>(static_cast<unsigned>(civil(*this).month())); }
int Date::day() const { return static_cast<int>(static_cast<unsigned>(civil(*this).day())); }
int Date::weekday() const {
  const int since_monday = (days + 3) % 7;  // 1970-01-01 was a Thursday
  return (since_monday < 0 ? since_monday + 7 : since_monday) + 1;
}

Date make_date(int year, int month, int day) {
  const ch::sys_days d = ch::year(year) / ch::month(static_cast<unsigned>(month)) / ch::day(static_cast<unsigned>(day));
  return Date{static_cast<std::int32_t>(d.time_since_epoch().count())};
}

std::optional<Date> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto y = text.substr(0, 4), m = text.substr(5, 2), d = text.substr(8, 2);
  if (!digits(y) || !digits(m) || !digits(d)) return std::nullopt;
  const auto value = [](std::string_view t) { return static_cast<int>(*parse_integer(t)); };
  const ch::year_month_day ymd(ch::year(value(y)), ch::month(static_cast<unsigned>(value(m))),
                               ch::day(static_cast<unsigned>(value(d))));
  if (!ymd.ok()) return std::nullopt;
  return Date{static_cast<std::int32_t>(ch::sys_days(ymd).time_since_epoch().count())};
}

std::string format_date(Date date) {
  char buffer[24];
  std::snprintf(buffer, sizeof buffer, "%04d-%02d-%02d", date.year(), date.month(), date.day());
  return buffer;
}

std::string format_date_zh(Date date) {
  return std::to_string(date.year()) + "年" + std::to_string(date.month()) + "月" + std::to_string(date.day()) + "日";
}

std::optional<Instant> parse_instant(std::string_view text) {
  if (text.size() < 20 || (text[10] != 'T' && text[10] != 't' && text[10] != ' ') || text[13] != ':' || text[16] != ':')
    return std::nullopt;
  const auto date = parse_date(text.substr(0, 10));
  if (!date || !digits(text.substr(11, 2)) || !digits(text.substr(14, 2)) || !digits(text.substr(17, 2)))
    return std::nullopt;
  const auto number = [&](std::size_t at) { return *parse_integer(text.substr(at, 2)); };
  const std::int64_t hour = number(11), minute = number(14), second = number(17);
  if (hour > 23 || minute > 59 || second > 60) return std::nullopt;
  std::size_t at = 19;
  std::int64_t micros = 0;
  if (text[at] == '.') {
    std::int64_t scale = 100'000;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10)
      micros += (text[at] - '0') * scale;
  }
  if (at >= text.size()) return std::nullopt;
  std::int64_t offset = 0;
  const std::string_view zone = text.substr(at);
  if (zone != "Z" && zone != "z") {
    if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':' || !digits(zone.substr(1, 2)) ||
        !digits(zone.substr(4, 2)))
      return std::nullopt;
    offset =
        (*parse_integer(zone.substr(1, 2)) * 60 + *parse_integer(zone.substr(4, 2))) * 60 * (zone[0] == '-' ? -1 : 1);
  }
  return Instant{((date->days * std::int64_t{86400}) + hour * 3600 + minute * 60 + second - offset) * 1'000'000 +
                 micros};
}

void write_instant(char* to, Instant instant) {
  std::int64_t days = instant.micros / 86'400'000'000;
  std::int64_t rest = instant.micros % 86'400'000'000;
  if (rest < 0) {
    rest += 86'400'000'000;
    --days;
  }
  const auto ymd = civil(Date{static_cast<std::int32_t>(days)});
  const auto year = static_cast<unsigned>(static_cast<int>(ymd.year()));
  const auto millis = static_cast<unsigned>(rest / 1000), seconds = millis / 1000, minutes = seconds / 60;
  std::memcpy(to, "0000-00-00T00:00:00.000Z", instant_length);
  const auto two = [to](std::size_t at, unsigned value) {
    to[at] = static_cast<char>('0' + value / 10);
    to[at + 1] = static_cast<char>('0' + value % 10);
  };
  two(0, year / 100 % 100);
  two(2, year % 100);
  two(5, static_cast<unsigned>(ymd.month()));
  two(8, static_cast<unsigned>(ymd.day()));
  two(11, minutes / 60);
  two(14, minutes % 60);
  two(17, seconds % 60);
  two(20, millis % 1000 / 10);
  to[22] = static_cast<char>('0' + millis % 10);
}

std::string format_instant(Instant instant) {
  std::string out(instant_length, '0');
  write_instant(out.data(), instant);
  return out;
}

Date date_in_china(Instant instant) {
  std::int64_t seconds = instant.micros / 1'000'000 + china_offset_seconds;
  return Date{static_cast<std::int32_t>(seconds >= 0 ? seconds / 86400 : (seconds - 86399) / 86400)};
}

Instant start_of_day(Date date) {
  return Instant{(date.days * std::int64_t{86400} - china_offset_seconds) * 1'000'000};
}

std::optional<UncertainDate> parse_uncertain_date(std::string_view text) {
  const std::string_view whole = trim(text);
  if (whole.empty() || utf8_length(whole) > 20) return std::nullopt;
  std::string_view body = whole;
  bool before = false, after = false;
  for (std::string_view prefix : {"约", "大约", "circa "})
    if (body.starts_with(prefix)) body.remove_prefix(prefix.size());
  if (body.starts_with("before ")) before = true, body.remove_prefix(7);
  if (body.starts_with("after ")) after = true, body.remove_prefix(6);
  for (std::string_view suffix : {"以前", "之前", "前"})
    if (body.ends_with(suffix) && !before) before = true, body.remove_suffix(suffix.size());
  for (std::string_view suffix : {"以后", "之后", "后"})
    if (body.ends_with(suffix) && !after && !before) after = true, body.remove_suffix(suffix.size());
  auto span = parse_span(trim(body));
  if (!span) return std::nullopt;
  span->text = std::string(whole);
  if (before) {
    span->latest = span->earliest.plus_days(-1);
    span->earliest = make_date(-3000, 1, 1);
  } else if (after) {
    span->earliest = span->latest.plus_days(1);
    span->latest = make_date(9999, 12, 31);
  }
  return span;
}

Instant SystemClock::now() const {
  return Instant{ch::duration_cast<ch::microseconds>(ch::system_clock::now().time_since_epoch()).count()};
}

}  // namespace civitas
