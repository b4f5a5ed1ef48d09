#include "entities/pattern.hpp"

#include <re2/re2.h>

#include <map>
#include <memory>
#include <mutex>

namespace civitas::entities {

namespace {

RE2::Options options() {
  RE2::Options out;
  out.set_log_errors(false);
  return out;
}

}  // namespace

std::optional<std::string> pattern_mistake(const std::string& pattern) {
  const RE2 compiled(pattern, options());
  return compiled.ok() ? std::nullopt : std::optional(compiled.error());
}

bool matches(const std::string& pattern, std::string_view text) {
  static std::mutex mutex;
  static std::map<std::string, std::unique_ptr<const RE2>, std::less<>> known;
  const RE2* compiled = nullptr;
  {
    const std::lock_guard lock(mutex);
    auto& made = known[pattern];
    if (!made) made = std::make_unique<const RE2>(pattern, options());
    compiled = made.get();
  }
  return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *compiled);
}

}  // namespace civitas::entities
