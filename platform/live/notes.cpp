#include "live/notes.hpp"

#include <algorithm>
#include <unordered_set>

#include "base/id.hpp"
#include "base/strings.hpp"

namespace civitas::live {

Notes::Notes(std::vector<std::string_view> names, std::size_t keep, std::chrono::seconds linger)
    : keep_(keep), linger_(linger), epoch_(random_hex(4)) {
  for (const auto name : names)
    if (subjects_.emplace(name, static_cast<Subject>(kept_.size())).second) kept_.emplace_back();
}

std::optional<Subject> Notes::subject(std::string_view name) const {
  const auto found = subjects_.find(name);
  if (found == subjects_.end()) return std::nullopt;
  return found->second;
}

// The look comes after COMMIT and `listen` before its listener reads, so one of the two sees the other.
bool Notes::touched(std::string_view name, std::int64_t id) {
  if (any_.load() == 0) return false;
  const auto found = subjects_.find(name);
  if (found == subjects_.end()) return false;
  Kept& kept = kept_[found->second];
  if (!kept.on.load()) return false;
  const std::lock_guard lock(mutex_);
  const std::uint64_t number = last_.load() + 1;
  ring_.push_back({number, found->second, id});
  if (ring_.size() > keep_) ring_.pop_front();
  kept.last.store(number);
  last_.store(number);
  return true;
}

void Notes::listen(const std::vector<Subject>& subjects) {
  const std::lock_guard lock(mutex_);
  for (const Subject s : subjects) {
    Kept& kept = kept_[s];
    ++kept.listeners;
    if (kept.on.load()) continue;
    kept.since = last_.load();
    kept.on.store(true);
    any_.fetch_add(1);
  }
}

void Notes::leave(const std::vector<Subject>& subjects, Monotonic now) {
  const std::lock_guard lock(mutex_);
  for (const Subject s : subjects) {
    --kept_[s].listeners;
    kept_[s].left = now;
  }
}

void Notes::forget(Monotonic now) {
  if (any_.load() == 0) return;
  const std::lock_guard lock(mutex_);
  for (Kept& kept : kept_)
    if (kept.on.load() && kept.listeners == 0 && now - kept.left >= linger_) {
      kept.on.store(false);
      any_.fetch_sub(1);
    }
}

std::uint64_t Notes::last_of(const std::vector<Subject>& subjects) const {
  std::uint64_t out = 0;
  for (const Subject s : subjects) out = std::max(out, kept_[s].last.load());
  return out;
}

Missed Notes::since(std::uint64_t number, const std::vector<Subject>& subjects) const {
  Missed out;
  const std::lock_guard lock(mutex_);
  out.upto = last_.load();
  if (number >= out.upto) return out;
  out.lost = ring_.front().number > number + 1;
  if (out.lost) return out;
  std::unordered_set<std::uint64_t> seen;
  for (auto note = ring_.rbegin(); note != ring_.rend() && note->number > number; ++note) {
    if (std::find(subjects.begin(), subjects.end(), note->subject) == subjects.end()) continue;
    const std::uint64_t key = static_cast<std::uint64_t>(note->id) << 11 | note->subject;  // identifiers have 53 bits
    if (seen.insert(key).second) out.notes.push_back(*note);
  }
  std::reverse(out.notes.begin(), out.notes.end());
  return out;
}

std::string Notes::position(std::uint64_t number) const { return epoch_ + "-" + std::to_string(number); }

std::optional<std::uint64_t> Notes::resume(std::string_view position, const std::vector<Subject>& subjects) const {
  const auto dash = position.find('-');
  if (dash == position.npos || position.substr(0, dash) != epoch_) return std::nullopt;
  const auto number = parse_integer(position.substr(dash + 1));
  if (!number || *number < 0) return std::nullopt;
  const auto at = static_cast<std::uint64_t>(*number);
  const std::lock_guard lock(mutex_);
  if (at > last_.load()) return std::nullopt;
  if (!ring_.empty() && ring_.front().number > at + 1) return std::nullopt;
  for (const Subject s : subjects)
    if (!kept_[s].on.load() || kept_[s].since > at) return std::nullopt;
  return at;
}

}  // namespace civitas::live
