// How a person wants to be told. Messages inside the pages are always there.
#pragma once

#include <optional>
#include <string>

#include "base/json.hpp"
#include "notify/message.hpp"
#include "sql/connection.hpp"

namespace civitas::notify {

/// Minutes since midnight in China; `from` may lie behind `to` (over midnight). Equal: no quiet hours.
struct QuietHours {
  int from = 22 * 60, to = 7 * 60;
  bool contains(Instant at) const;
  /// The next end of the quiet hours; `at` itself outside them.
  Instant end_after(Instant at) const;
  /// "22:00" to minutes; nothing for what is no time of day.
  static std::optional<int> parse(std::string_view time);
};

struct Preferences {
  bool email = true, sms = true;
  std::string language = "zh";      // zh, en
  std::optional<QuietHours> quiet;  // empty: as the city says

  bool wants(Channel channel) const { return channel == Channel::email ? email : channel != Channel::sms || sms; }
  Json to_json() const;
  /// Members that are absent stay as they are; 400 names the wrong one.
  Status change(const Json& wanted);
};

Result<Preferences> preferences_of(sql::Connection& c, std::int64_t person);
Status set_preferences(sql::Transaction& t, std::int64_t person, const Preferences& wanted);

}  // namespace civitas::notify
