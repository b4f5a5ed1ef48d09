// What COMMIT made true, as numbered notes in memory: the last some thousand, for who listens and for who comes back.
//
// A number is given after COMMIT, so whoever reads the database after they saw a number sees what its note is about.
// Numbers begin again with every start of the program, under another epoch. Nothing is written down, and of what nobody
// listens to nothing is kept. Safe for threads.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace civitas::live {

/// What can be listened to: the records of a type, or what belongs to one person. Its number is its place in the list
/// that `Notes` was made with.
using Subject = std::uint16_t;
using Monotonic = std::chrono::steady_clock::time_point;

struct Note {
  std::uint64_t number = 0;
  Subject subject = 0;
  std::int64_t id = 0;  // 0: several
};

/// What was missed, or that it is no longer known.
struct Missed {
  bool lost = false;
  std::vector<Note> notes;   // each record once, the last note of it
  std::uint64_t upto = 0;    // all up to this number are in it
};

class Notes {
 public:
  /// `names`: tables, as `sql::Transaction::touched` names them; they outlive this. `keep`: how many notes; `linger`: how
  /// long notes are still kept of what nobody listens to any more, for who comes back.
  Notes(std::vector<std::string_view> names, std::size_t keep = 4096,
        std::chrono::seconds linger = std::chrono::minutes(10));

  /// After a COMMIT. One look and nothing else when nobody listens to this. True when a note was made.
  bool touched(std::string_view name, std::int64_t id);

  std::optional<Subject> subject(std::string_view name) const;
  /// Notes are kept from here on. Whoever then reads the database has what is not noted.
  void listen(const std::vector<Subject>& subjects);
  void leave(const std::vector<Subject>& subjects, Monotonic now);
  /// Stops keeping notes of what nobody has listened to for long.
  void forget(Monotonic now);

  std::uint64_t last() const { return last_.load(); }
  /// The number of the newest note about any of these.
  std::uint64_t last_of(const std::vector<Subject>& subjects) const;
  Missed since(std::uint64_t number, const std::vector<Subject>& subjects) const;

  /// "epoch-number", for `id:` of an event.
  std::string position(std::uint64_t number) const;
  /// Nothing for what is no position, of another start of the program, or older than what is known of these subjects.
  std::optional<std::uint64_t> resume(std::string_view position, const std::vector<Subject>& subjects) const;

 private:
  struct Kept {
    std::atomic<bool> on = false;
    std::atomic<std::uint64_t> last = 0;
    std::uint64_t since = 0;  // kept without a gap since this number
    int listeners = 0;
    Monotonic left;
  };
  std::unordered_map<std::string_view, Subject> subjects_;
  std::deque<Kept> kept_;
  std::atomic<int> any_ = 0;
  std::atomic<std::uint64_t> last_ = 0;
  const std::size_t keep_;
  const std::chrono::seconds linger_;
  const std::string epoch_;
  mutable std::mutex mutex_;
  std::deque<Note> ring_;
};

}  // namespace civitas::live
