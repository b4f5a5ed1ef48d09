#include "process/working_calendar.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>

#include "base/strings.hpp"
#include "base/yaml.hpp"

namespace civitas::process {

namespace {

constexpr int max_amount = 3660;
constexpr int seconds_a_day = 24 * 3600;

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

const std::vector<Holiday>& WorkingCalendar::holidays_of(int year) const {
  if (const auto at = years_.find(year); at != years_.end()) return at->second.holidays;
  // What the law says of a year is the same for every calendar, and found with some work.
  static std::mutex mutex;
  static std::map<int, std::vector<Holiday>> known;
  const std::lock_guard lock(mutex);
  const auto [at, fresh] = known.try_emplace(year);
  if (fresh) at->second = legal_holidays(year);
  return at->second;
}

bool WorkingCalendar::provisional(Date from, Date to) const {
  for (int year = std::min(from, to).year(); year <= std::max(from, to).year(); ++year)
    if (!has_year(year)) return true;
  return false;
}

bool WorkingCalendar::provisional(Instant event, const Duration& duration) const {
  if (duration.unit == DurationUnit::hours || duration.unit == DurationUnit::minutes) return false;
  const auto end = due(event, duration);
  if (!end) return false;
  const Date start = date_in_china(event), last = date_in_china({end->micros - 1});
  return provisional(duration.unit == DurationUnit::days ? start.plus_days(duration.amount) : start, last);
}

Date WorkingCalendar::settled_to(Date today) const {
  int year = today.year();
  while (has_year(year)) ++year;
  return make_date(year - 1, 12, 31);
}

std::string WorkingCalendar::fingerprint() const {
  std::uint64_t hash = 14695981039346656037ull;  // FNV-1a
  const auto add = [&](std::int64_t number) {
    for (int byte = 0; byte < 8; ++byte) hash = (hash ^ ((number >> (8 * byte)) & 0xff)) * 1099511628211ull;
  };
  for (const auto& [number, year] : years_) {
    add(number);
    for (const Holiday& holiday : year.holidays) add(holiday.from.days), add(holiday.to.days);
    add(-1);
    for (const Date date : year.worked) add(date.days);
  }
  for (const auto& span : hours_.spans()) add(span.from), add(span.to);
  std::string out(16, '0');
  for (auto at = out.rbegin(); at != out.rend(); ++at, hash >>= 4) *at = "0123456789abcdef"[hash & 15];
  return out;
}

bool WorkingCalendar::is_working_day(Date date) const {
  for (const int notice : {date.year(), date.year() + 1}) {
    const auto at = years_.find(notice);
    if (at == years_.end()) continue;
    const auto& worked = at->second.worked;
    if (std::find(worked.begin(), worked.end(), date) != worked.end()) return true;
  }
  return date.weekday() < 6 && !holiday_on(date);
}

std::optional<Text> WorkingCalendar::holiday_on(Date date) const {
  const auto among = [&](const std::vector<Holiday>& holidays) -> std::optional<Text> {
    for (const Holiday& holiday : holidays)
      if (holiday.from <= date && date <= holiday.to) return holiday.name;
    return std::nullopt;
  };
  if (auto found = among(holidays_of(date.year()))) return found;
  if (date.month() == 12 && has_year(date.year() + 1)) return among(holidays_of(date.year() + 1));
  return std::nullopt;
}

Result<Date> WorkingCalendar::add_working_days(Date date, int n) const {
  if (n > max_amount || n < -max_amount)
    return fail(
        invalid("process.calendar.range", "工作日数不能超过3660。", "At most 3660 working days can be counted."));
  const int step = n < 0 ? -1 : 1;
  for (int left = std::abs(n); left > 0;) {
    date = date.plus_days(step);
    if (is_working_day(date)) --left;
  }
  return date;
}

int WorkingCalendar::working_days_between(Date from, Date to) const {
  const int sign = to < from ? -1 : 1;
  const Date last = std::max(from, to);
  int count = 0;
  for (Date date = std::min(from, to).plus_days(1); date <= last; date = date.plus_days(1))
    if (is_working_day(date)) ++count;
  return sign * count;
}

Date WorkingCalendar::next_working_day(Date date) const {
  while (!is_working_day(date)) date = date.plus_days(1);
  return date;
}

Result<Date> WorkingCalendar::calendar_deadline(Date event, int days) const {
  if (days < 0 || days > max_amount)
    return fail(invalid("process.calendar.range", "日数应在0至3660之间。", "The days must be from 0 to 3660."));
  return next_working_day(event.plus_days(days));
}

std::int64_t WorkingCalendar::working_seconds(Instant from, Instant to) const {
  std::int64_t sum = 0;
  for (Date date = date_in_china(from); start_of_day(date) < to; date = date.plus_days(1)) {
    if (!is_working_day(date)) continue;
    const std::int64_t midnight = start_of_day(date).seconds();
    sum += hours_.open_between(static_cast<int>(std::max<std::int64_t>(from.seconds() - midnight, 0)),
                               static_cast<int>(std::min<std::int64_t>(to.seconds() - midnight, seconds_a_day)));
  }
  return sum;
}

Instant WorkingCalendar::add_working_seconds(Instant from, std::int64_t seconds) const {
  if (seconds <= 0) return from;
  for (Date date = date_in_china(from);; date = date.plus_days(1)) {
    if (!is_working_day(date)) continue;
    const Instant midnight = start_of_day(date);
    for (const auto& span : hours_.spans()) {
      const std::int64_t begin = std::max<std::int64_t>(span.from, from.seconds() - midnight.seconds());
      if (begin >= span.to) continue;
      if (seconds <= span.to - begin) return midnight.plus_seconds(begin + seconds);
      seconds -= span.to - begin;
    }
  }
}

Result<Instant> WorkingCalendar::due(Instant event, const Duration& duration) const {
  if (duration.unit == DurationUnit::working_hours) return add_working_seconds(event, seconds_of(duration));
  if (!in_days(duration.unit)) return event.plus_seconds(seconds_of(duration));
  const Date start = date_in_china(event);
  CIVITAS_TRY(const Date last, duration.unit == DurationUnit::days ? calendar_deadline(start, duration.amount)
                                                                   : add_working_days(start, duration.amount));
  return start_of_day(last.plus_days(1));
}

std::optional<int> WorkingCalendar::wanted_year(Date today) const {
  if (!has_year(today.year())) return today.year();
  if (today.month() >= 11 && !has_year(today.year() + 1)) return today.year() + 1;
  return std::nullopt;
}

std::optional<Text> WorkingCalendar::warning(Date today) const {
  const auto year = wanted_year(today);
  if (!year) return std::nullopt;
  const std::string y = std::to_string(*year);
  return Text{y + "年的节假日安排尚未装入，期限暂按周末和法定节假日计算（不含调休），标为“暂定”。请在国务院办公厅公布" + y +
                  "年部分节假日安排后，将其补入 holidays.yaml 并重新启动，有关期限会重新计算。",
              "The holidays of " + y +
                  " are not loaded: deadlines count weekends and the holidays of the law, without make-up workdays, and "
                  "are marked provisional. Add " + y +
                  " to holidays.yaml as soon as the State Council has published its notice, and restart; these "
                  "deadlines are then counted again."};
}

// ---- clock

Result<StopClock> StopClock::make(std::vector<ClockSwitch> switches, int allowed, DurationUnit unit) {
  const bool ordered = std::is_sorted(switches.begin(), switches.end(),
                                      [](const ClockSwitch& a, const ClockSwitch& b) { return a.at < b.at; });
  constexpr int with_extensions = 10 * max_amount;
  if (switches.empty() || !ordered || !in_days(unit) || allowed < 1 || allowed > with_extensions)
    return fail(problem(Kind::internal, "process.clock.switches",
                        "该事项的计时记录有误：应从开始计时起按时间顺序排列，期限至少为1日。请联系管理员。",
                        "The clock record of this case is wrong: it must begin with a start, be in order of time and "
                        "allow one day or more. Call the administrator."));
  return StopClock(std::move(switches), allowed, unit);
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
    if (unit_ == DurationUnit::working_days && !calendar.is_working_day(date)) continue;
    const ClockState state = date == today ? out.state : state_before(start_of_day(date.plus_days(1)));
    if (state == ClockState::stopped) {
      ++out.stopped;
    } else if (++out.used == allowed_) {
      reached = date;
    }
  }
  out.left = allowed_ - out.used;
  const bool today_may_count = out.state == ClockState::stopped && today > start;
  const Date from = today_may_count ? today.plus_days(-1) : today;
  if (unit_ == DurationUnit::days) {
    const Date last = reached.value_or(from.plus_days(out.left));
    out.due = calendar.next_working_day(last);
    out.left = out.due.days - today.days;
    out.provisional = calendar.provisional(last, out.due);
    return out;
  }
  if (reached) {
    out.due = *reached;
  } else {
    CIVITAS_TRY(out.due, calendar.add_working_days(from, out.left));
  }
  out.provisional = calendar.provisional(start, out.due);
  return out;
}

}  // namespace civitas::process
