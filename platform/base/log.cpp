#include "base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/time.hpp"

namespace civitas {

namespace {
spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("civitas", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    return made;
  }();
  return *instance;
}
constexpr std::string_view names[] = {"debug", "info", "warning", "error"};
constexpr spdlog::level::level_enum levels[] = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                                spdlog::level::err};
}  // namespace

void set_log_level(LogLevel level) { logger().set_level(levels[static_cast<int>(level)]); }

void log(LogLevel level, std::string_view event, LogFields fields) {
  const auto which = levels[static_cast<int>(level)];
  if (!logger().should_log(which)) return;
  std::string line;
  JsonWriter w(line);
  w.begin_object();
  w.key("time").value(format_instant(SystemClock().now()));
  w.key("level").value(names[static_cast<int>(level)]);
  w.key("event").value(event);
  for (const auto& [name, value] : fields) w.key(name).tree(value);
  w.end_object();
  logger().log(which, spdlog::string_view_t(line.data(), line.size()));
}

void log_problem(std::string_view event, const Problem& p, std::string_view request_id) {
  log(p.kind == Kind::internal ? LogLevel::error : LogLevel::warning, event,
      {{"reason", p.reason},
       {"kind", kind_name(p.kind)},
       {"message", p.message.en},
       {"field", p.field},
       {"detail", p.detail},
       {"request", request_id}});
}

void flush_log() { logger().flush(); }

}  // namespace civitas
