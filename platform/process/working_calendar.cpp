#include "process/working_calendar.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/strings.hpp"
#include "base/yaml.hpp"

namespace civitas::process {

namespace {

constexpr int max_amount = 3660;
constexpr std::int64_t seconds_per_hour = 3600;

Problem year_missing(int year) {
  const std::string y = std::to_string(year);
  return problem(Kind::unprocessable, "process.calendar.year_missing",
                 "缺少" + y + "年的节假日安排，无法计算工作日期限。请管理员按国务院办公厅关于" + y +
                     "年部分节假日安排的通知，在 holidays.yaml 中补充该年数据后重新加载。",
                 "The holidays of " + y +
                     " are not loaded, so working days cannot be counted. The administrator adds " + y +
                     " to holidays.yaml from the State Council notice on holidays of that year and loads it again.");
}

Problem bad_data(std::string_view name, const YamlNode& at, std::string_view zh, std::string_view en) {
  const std::string where = std::string(name) + ":" + std::to_string(at.line);
  return invalid("process.calendar.data", where + "：" + std::string(zh), where + ": " + std::string(en));
}

Status only_keys(std::string_view name, const YamlNode& map, const std::vector<std::string>& known) {
  if (!map.is_map()) return fail(bad_data(name, map, "此处应为键值对。", "expected keys and values here."));
  for (const auto& [key, value] : map.members)
    if (std::find(known.begin(), known.end(), key.scalar) == known.end())
      return fail(bad_data(name, key, "不认识的键“" + key.scalar + "”，可用：" + join(known, "、") + "。",
                           "unknown key \"" + key.scalar + "\"; known are " + join(known, ", ") + "."));
  return {};
}

Result<Date> date_at(std::string_view name, const YamlNode* node, const YamlNode& parent, int year) {
  const auto date = node && node->is_scalar() ? parse_date(node->scalar) : std::nullopt;
  if (!date)
    return fail(
        bad_data(name, node ? *node : parent, "应写日期，例如 2026-02-15。", "expected a date such as 2026-02-15."));
  if (date->year() != year && !(date->year() == year - 1 && date->month() == 12))
    return fail(
        bad_data(name, *node, "日期" + node->scalar + "不属于" + std::to_string(year) + "年的安排。",
                 "the date " + node->scalar + " does not belong to the notice of " + std::to_string(year) + "."));
  return *date;
}

}  // namespace

// ---- durations

Result<Duration> parse_duration(std::string_view text) {
  const std::string lower = to_lower_ascii(trim(text));
  const std::string_view all = lower;
  std::size_t digits = 0;
  while (digits < all.size() && all[digits] >= '0' && all[digits] <= '9') ++digits;
  std::string unit;  // with single spaces
  for (const auto word : split(all.substr(digits), ' '))
    if (!word.empty()) unit += (unit.empty() ? "" : " ") + std::string(word);
  struct Form {
    std::string_view text;
    DurationUnit unit;
  };
  constexpr std::array forms = {Form{"working days", DurationUnit::working_days},
                                Form{"working day", DurationUnit::working_days},
                                Form{"个工作日", DurationUnit::working_days},
                                Form{"工作日", DurationUnit::working_days},
                                Form{"days", DurationUnit::days},
                                Form{"day", DurationUnit::days},
                                Form{"日", DurationUnit::days},
                                Form{"天", DurationUnit::days},
                                Form{"hours", DurationUnit::hours},
                                Form{"hour", DurationUnit::hours},
                                Form{"小时", DurationUnit::hours},
                                Form{"个小时", DurationUnit::hours}};
  const auto form = std::find_if(forms.begin(), forms.end(), [&](const Form& f) { return f.text == unit; });
  const auto amount = digits > 0 && digits <= 4 ? parse_integer(all.substr(0, digits)) : std::nullopt;
  if (form == forms.end() || !amount || *amount < 1 || *amount > max_amount)
    return fail(
        invalid("process.duration.syntax",
                "看不懂期限“" + std::string(text) +
                    "”。请写成“20 working days”（20个工作日）、“15 days”（15日）或“2 hours”（2小时），数字为1至3660。",
                "The period \"" + std::string(text) +
                    "\" is not understood. Write \"20 working days\", \"15 days\" or \"2 hours\", with a whole "
                    "number from 1 to 3660."));
  return Duration{static_cast<int>(*amount), form->unit};
}

std::string format_duration(const Duration& duration) {
  const std::string s = duration.amount == 1 ? "" : "s";
  const std::string amount = std::to_string(duration.amount);
  switch (duration.unit) {
    case DurationUnit::working_days: return amount + " working day" + s;
    case DurationUnit::days: return amount + " day" + s;
    case DurationUnit::hours: return amount + " hour" + s;
  }
  return amount;
}

Text duration_text(const Duration& duration) {
  const std::string amount = std::to_string(duration.amount);
  switch (duration.unit) {
    case DurationUnit::working_days: return {amount + "个工作日", format_duration(duration)};
    case DurationUnit::days: return {amount + "日", format_duration(duration)};
    case DurationUnit::hours: return {amount + "小时", format_duration(duration)};
  }
  return {amount, amount};
}

// ---- calendar

Status WorkingCalendar::parse_into(std::map<int, Year>& years, std::string_view yaml, std::string_view name) {
  CIVITAS_TRY(const YamlNode root, parse_yaml(yaml, name));
  CIVITAS_CHECK(only_keys(name, root, {"format", "years"}));
  const YamlNode* format = root.find("format");
  if (!format || format->scalar != "1")
    return fail(bad_data(name, format ? *format : root, "format 应为 1。", "format must be 1."));
  const YamlNode* list = root.find("years");
  if (!list || !list->is_sequence())
    return fail(bad_data(name, list ? *list : root, "years 应为列表。", "years must be a list."));
  std::map<int, Year> found;
  for (const YamlNode& row : list->items) {
    CIVITAS_CHECK(only_keys(name, row, {"year", "source", "holidays"}));
    const YamlNode* number = row.find("year");
    const auto value = number ? parse_integer(number->scalar) : std::nullopt;
    if (!value || *value < 1992 || *value > 2999)
      return fail(
          bad_data(name, number ? *number : row, "year 应为年份，例如 2026。", "year must be a year such as 2026."));
    const int year_number = static_cast<int>(*value);
    if (found.contains(year_number))
      return fail(bad_data(name, *number, number->scalar + "年重复。", number->scalar + " appears twice."));
    Year year;
    const YamlNode* source = row.find("source");
    if (!source || !source->is_scalar() || source->scalar.empty())
      return fail(bad_data(name, source ? *source : row, "请在 source 中写明通知文号。", "name the notice in source."));
    year.source = source->scalar;
    const YamlNode* holidays = row.find("holidays");
    if (!holidays || !holidays->is_sequence() || holidays->items.empty())
      return fail(bad_data(name, holidays ? *holidays : row, "holidays 应为非空列表。",
                           "holidays must be a list that is not empty."));
    for (const YamlNode& entry : holidays->items) {
      CIVITAS_CHECK(only_keys(name, entry, {"name", "from", "to", "worked"}));
      Holiday holiday;
      const YamlNode* title = entry.find("name");
      if (!title) return fail(bad_data(name, entry, "缺少 name。", "name is missing."));
      CIVITAS_CHECK(only_keys(name, *title, {"zh", "en"}));
      const YamlNode* zh = title->find("zh");
      const YamlNode* en = title->find("en");
      if (!zh || !en || zh->scalar.empty() || en->scalar.empty())
        return fail(bad_data(name, *title, "name 需要 zh 和 en。", "name needs zh and en."));
      holiday.name = {zh->scalar, en->scalar};
      CIVITAS_TRY(holiday.from, date_at(name, entry.find("from"), entry, year_number));
      CIVITAS_TRY(holiday.to, date_at(name, entry.find("to"), entry, year_number));
      if (holiday.to < holiday.from)
        return fail(bad_data(name, *entry.find("to"), "to 早于 from。", "to is earlier than from."));
      year.holidays.push_back(std::move(holiday));
      const YamlNode* worked = entry.find("worked");
      if (!worked) continue;
      if (!worked->is_sequence())
        return fail(bad_data(name, *worked, "worked 应为日期列表。", "worked must be a list of dates."));
      for (const YamlNode& item : worked->items) {
        CIVITAS_TRY(const Date date, date_at(name, &item, entry, year_number));
        if (date.weekday() < 6)
          return fail(bad_data(name, item, item.scalar + "不是星期六或星期日，不能是调休上班日。",
                               item.scalar + " is no Saturday or Sunday, so it cannot be a make-up workday."));
        year.worked.push_back(date);
      }
    }
    for (const Date date : year.worked)
      for (const Holiday& holiday : year.holidays)
        if (holiday.from <= date && date <= holiday.to)
          return fail(bad_data(name, row, format_date(date) + "既是假日又是上班日。",
                               format_date(date) + " is both a holiday and a make-up workday."));
    found.emplace(year_number, std::move(year));
  }
  for (auto& [number, year] : found) years.insert_or_assign(number, std::move(year));
  return {};
}

Result<WorkingCalendar> WorkingCalendar::parse(std::string_view yaml, std::string_view name) {
  WorkingCalendar out;
  CIVITAS_CHECK(parse_into(out.years_, yaml, name));
  return out;
}

Result<WorkingCalendar> WorkingCalendar::load(const std::vector<std::filesystem::path>& files) {
  WorkingCalendar out;
  for (const auto& file : files) {
    CIVITAS_TRY(const std::string text, read_file(file));
    CIVITAS_CHECK(parse_into(out.years_, text, file.filename().string()));
  }
  return out;
}

std::string WorkingCalendar::source_of(int year) const {
  const auto at = years_.find(year);
  return at == years_.end() ? "" : at->second.source;
}

Result<bool> WorkingCalendar::is_working_day(Date date) const {
  const int year = date.year();
  if (!has_year(year)) return fail(year_missing(year));
  for (const int notice : {year, year + 1}) {
    const auto at = years_.find(notice);
    if (at == years_.end()) continue;
    const auto& worked = at->second.worked;
    if (std::find(worked.begin(), worked.end(), date) != worked.end()) return true;
  }
  return date.weekday() < 6 && !holiday_on(date);
}

std::optional<Text> WorkingCalendar::holiday_on(Date date) const {
  for (const int notice : {date.year(), date.year() + 1}) {
    const auto at = years_.find(notice);
    if (at == years_.end()) continue;
    for (const Holiday& holiday : at->second.holidays)
      if (holiday.from <= date && date <= holiday.to) return holiday.name;
  }
  return std::nullopt;
}

Result<Date> WorkingCalendar::add_working_days(Date date, int n) const {
  if (n > max_amount || n < -max_amount)
    return fail(
        invalid("process.calendar.range", "工作日数不能超过3660。", "At most 3660 working days can be counted."));
  const int step = n < 0 ? -1 : 1;
  for (int left = std::abs(n); left > 0;) {
    date = date.plus_days(step);
    CIVITAS_TRY(const bool works, is_working_day(date));
    if (works) --left;
  }
  return date;
}

Result<int> WorkingCalendar::working_days_between(Date from, Date to) const {
  const int sign = to < from ? -1 : 1;
  const Date last = std::max(from, to);
  int count = 0;
  for (Date date = std::min(from, to).plus_days(1); date <= last; date = date.plus_days(1)) {
    CIVITAS_TRY(const bool works, is_working_day(date));
    if (works) ++count;
  }
  return sign * count;
}

Result<Date> WorkingCalendar::next_working_day(Date date) const {
  for (;; date = date.plus_days(1)) {
    CIVITAS_TRY(const bool works, is_working_day(date));
    if (works) return date;
  }
}

Result<Date> WorkingCalendar::calendar_deadline(Date event, int days) const {
  if (days < 0 || days > max_amount)
    return fail(invalid("process.calendar.range", "日数应在0至3660之间。", "The days must be from 0 to 3660."));
  return next_working_day(event.plus_days(days));
}

Result<Instant> WorkingCalendar::due(Instant event, const Duration& duration) const {
  if (duration.unit == DurationUnit::hours) return event.plus_seconds(duration.amount * seconds_per_hour);
  const Date start = date_in_china(event);
  CIVITAS_TRY(const Date last, duration.unit == DurationUnit::days ? calendar_deadline(start, duration.amount)
                                                                   : add_working_days(start, duration.amount));
  return start_of_day(last.plus_days(1));
}

std::optional<Text> WorkingCalendar::warning(Date today, std::optional<Date> last_open_deadline) const {
  const auto text = [](int year, std::string zh, std::string en) {
    const Problem missing = year_missing(year);
    return Text{std::move(zh) + missing.message.zh, std::move(en) + missing.message.en};
  };
  const int year = today.year();
  if (!has_year(year)) return text(year, "", "");
  if (last_open_deadline)
    for (int y = year + 1; y <= last_open_deadline->year(); ++y)
      if (!has_year(y))
        return text(y, "有办理中的事项期限将延续到" + std::to_string(y) + "年。",
                    "A deadline of an open case reaches into " + std::to_string(y) + ". ");
  if (today.month() == 12 && !has_year(year + 1)) return text(year + 1, "", "");
  return std::nullopt;
}

// ---- clock

Result<StopClock> StopClock::make(std::vector<ClockSwitch> switches, int allowed_working_days) {
  const bool ordered = std::is_sorted(switches.begin(), switches.end(),
                                      [](const ClockSwitch& a, const ClockSwitch& b) { return a.at < b.at; });
  if (switches.empty() || switches.front().state != ClockState::running || !ordered || allowed_working_days < 1 ||
      allowed_working_days > max_amount)
    return fail(problem(Kind::internal, "process.clock.switches",
                        "该事项的计时记录有误：应从开始计时起按时间顺序排列，期限为1至3660个工作日。请联系管理员。",
                        "The clock record of this case is wrong: it must begin with a start, be in order of time and "
                        "allow 1 to 3660 working days. Call the administrator."));
  return StopClock(std::move(switches), allowed_working_days);
}

ClockState StopClock::state_before(Instant instant) const {
  ClockState state = ClockState::running;
  for (const ClockSwitch& change : switches_)
    if (change.at < instant) state = change.state;
  return state;
}

Result<ClockReading> StopClock::read(const WorkingCalendar& calendar, Instant now) const {
  if (now < switches_.front().at)
    return fail(problem(Kind::unprocessable, "process.clock.not_started", "该事项在此时刻尚未开始计时。",
                        "The clock of this case has not started at this time."));
  const Date start = date_in_china(switches_.front().at);
  const Date today = date_in_china(now);
  const Instant after_now{now.micros + 1};
  ClockReading out;
  out.state = state_before(after_now);
  std::optional<Date> reached;
  for (Date date = start.plus_days(1); date <= today; date = date.plus_days(1)) {
    CIVITAS_TRY(const bool works, calendar.is_working_day(date));
    if (!works) continue;
    const ClockState state = date == today ? out.state : state_before(start_of_day(date.plus_days(1)));
    if (state == ClockState::stopped) {
      ++out.stopped;
    } else if (++out.used == allowed_) {
      reached = date;
    }
  }
  out.left = allowed_ - out.used;
  if (reached) {
    out.due = *reached;
    return out;
  }
  const bool today_may_count = out.state == ClockState::stopped && today > start;
  CIVITAS_TRY(out.due, calendar.add_working_days(today_may_count ? today.plus_days(-1) : today, out.left));
  return out;
}

}  // namespace civitas::process
