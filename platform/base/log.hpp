// The log: one JSON object a line on standard error, with time, level, event name and fields. Request handlers carry
// their request id as the field "request".
#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>

#include "base/json.hpp"

namespace civitas {

enum class LogLevel { debug, info, warning, error };
using LogFields = std::initializer_list<std::pair<std::string_view, Json>>;

void set_log_level(LogLevel level);
/// `event` is a stable dotted name ("http.request"); what varies goes into the fields.
void log(LogLevel level, std::string_view event, LogFields fields = {});
inline void log_info(std::string_view event, LogFields fields = {}) { log(LogLevel::info, event, fields); }
inline void log_warning(std::string_view event, LogFields fields = {}) { log(LogLevel::warning, event, fields); }
inline void log_error(std::string_view event, LogFields fields = {}) { log(LogLevel::error, event, fields); }
/// A problem with its internal detail.
void log_problem(std::string_view event, const Problem& p, std::string_view request_id = {});
void flush_log();

}  // namespace civitas
