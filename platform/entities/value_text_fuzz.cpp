// What people write for times, durations, labels and opening hours: nothing may crash, and the one form in which they
// are kept must be read again as the same.
#include <cstdlib>

#include "entities/value_text.hpp"

using namespace civitas;
using namespace civitas::entities;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto time = time_of_day(text); time && time_of_day(*time) != time) std::abort();
  if (const auto seconds = duration_seconds(text); seconds && duration_seconds(format_duration(*seconds)) != seconds)
    std::abort();
  for (const auto& label : split_labels(text))
    if (label.empty()) std::abort();
  auto schedule = Json::parse(text);
  if (!schedule || tidy_schedule(*schedule)) return 0;
  Json again = *schedule;
  if (tidy_schedule(again) || !(again == *schedule)) std::abort();
  is_open(*schedule, {0});
  return 0;
}
