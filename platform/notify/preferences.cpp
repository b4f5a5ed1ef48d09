#include "notify/preferences.hpp"

#include <cstdio>

#include "base/strings.hpp"

namespace civitas::notify {

namespace {

constexpr std::int64_t minute_micros = 60'000'000;

int minute_of_day(Instant at) {
  return static_cast<int>((at.micros - start_of_day(date_in_china(at)).micros) / minute_micros);
}

std::string time_text(int minutes) {
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, "%02d:%02d", minutes / 60, minutes % 60);
  return buffer;
}

}  // namespace

std::string_view channel_name(Channel channel) {
  switch (channel) {
    case Channel::app: return "app";
    case Channel::email: return "email";
    case Channel::sms: return "sms";
    case Channel::webhook: return "webhook";
  }
  return "";
}

std::optional<Channel> channel_of(std::string_view name) {
  for (const Channel channel : {Channel::app, Channel::email, Channel::sms, Channel::webhook})
    if (channel_name(channel) == name) return channel;
  return std::nullopt;
}

bool QuietHours::contains(Instant at) const {
  const int now = minute_of_day(at);
  return from <= to ? now >= from && now < to : now >= from || now < to;
}

Instant QuietHours::end_after(Instant at) const {
  if (!contains(at)) return at;
  const Date today = date_in_china(at);
  const bool tomorrow = minute_of_day(at) >= to;
  return {start_of_day(tomorrow ? today.plus_days(1) : today).micros + to * minute_micros};
}

std::optional<int> QuietHours::parse(std::string_view time) {
  if (time.size() != 5 || time[2] != ':') return std::nullopt;
  const auto hour = parse_integer(time.substr(0, 2)), minute = parse_integer(time.substr(3));
  if (!hour || !minute || *hour < 0 || *hour > 23 || *minute < 0 || *minute > 59) return std::nullopt;
  return static_cast<int>(*hour * 60 + *minute);
}

Json Preferences::to_json() const {
  Json out = Json::object();
  out.set("email", email).set("sms", sms).set("language", language);
  Json hours;
  if (quiet) hours.set("from", time_text(quiet->from)).set("to", time_text(quiet->to));
  out.set("quiet", std::move(hours));
  return out;
}

Status Preferences::change(const Json& wanted) {
  const auto wrong = [](const std::string& name, std::string zh, std::string en) {
    return fail(invalid("notify.preferences", std::move(zh), std::move(en)).with_field(name));
  };
  for (const auto& [name, value] : wanted.as_object()) {
    if (name == "email" || name == "sms") {
      if (!value.is_bool()) return wrong(name, name + " 应为 true 或 false。", name + " must be true or false.");
      (name == "email" ? email : sms) = value.as_bool();
    } else if (name == "language") {
      if (value != Json("zh") && value != Json("en"))
        return wrong(name, "language 应为 zh 或 en。", "language must be zh or en.");
      language = value.as_string();
    } else if (name == "quiet") {
      if (value.is_null()) {
        quiet.reset();
        continue;
      }
      const auto from = QuietHours::parse(value["from"].as_string()), to = QuietHours::parse(value["to"].as_string());
      if (!from || !to)
        return wrong(name, "quiet 应为 {\"from\": \"22:00\", \"to\": \"07:00\"} 或 null。",
                     "quiet must be {\"from\": \"22:00\", \"to\": \"07:00\"} or null.");
      quiet = QuietHours{*from, *to};
    } else {
      return wrong(name.substr(0, 60), "没有设置 " + name.substr(0, 60) + "，可设 email、sms、language、quiet。",
                   "There is no setting " + name.substr(0, 60) + "; there are email, sms, language, quiet.");
    }
  }
  return {};
}

Result<Preferences> preferences_of(sql::Connection& c, std::int64_t person) {
  Preferences out;
  CIVITAS_CHECK(c.query("SELECT email,sms,language,quiet_from,quiet_to FROM notify_preference WHERE person=?", {person},
                        [&](const sql::Row& row) {
                          out.email = row.integer(0) != 0;
                          out.sms = row.integer(1) != 0;
                          out.language = row.text(2);
                          if (!row.is_null(3))
                            out.quiet = QuietHours{static_cast<int>(row.integer(3)), static_cast<int>(row.integer(4))};
                          return sql::Continue::no;
                        }));
  return out;
}

Status set_preferences(sql::Transaction& t, std::int64_t person, const Preferences& p) {
  const auto minutes = [&](int QuietHours::* which) {
    return p.quiet ? sql::Param(std::int64_t{(*p.quiet).*which}) : sql::Param(nullptr);
  };
  CIVITAS_CHECK(
      t.execute("INSERT INTO notify_preference(person,email,sms,language,quiet_from,quiet_to) VALUES(?,?,?,?,?,?) ON "
                "CONFLICT(person) DO UPDATE SET email=excluded.email,sms=excluded.sms,language=excluded.language,"
                "quiet_from=excluded.quiet_from,quiet_to=excluded.quiet_to",
                {person, p.email, p.sms, p.language, minutes(&QuietHours::from), minutes(&QuietHours::to)}));
  return {};
}

}  // namespace civitas::notify
