// Inside this room: what the hub knows of those who listen.
#pragma once

#include <unordered_set>

#include "live/hub.hpp"

namespace civitas::live {

/// One stream. What is below `opened` is guarded by the hub's mutex.
struct Hub::Member {
  explicit Member(Hub& hub_) : hub(hub_) {}
  ~Member() { hub.release(*this); }
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

  Hub& hub;
  bool counted = false;
  Wish wish;
  std::string session, key;
  identity::Principal who;
  std::vector<Subject> subjects;
  std::uint64_t at = 0;            // its beginning holds what is noted up to here
  bool resumes = false;            // it goes on where it was
  bool lost = false;               // it would have, and what it missed is no longer known
  std::string first;               // the snapshot that it begins with, if any
  std::vector<std::int64_t> shown;  // the records in that
  // opened
  std::shared_ptr<http::EventStream> stream;
  bool behind = false;  // has missed something: gets all anew
  bool served = false;  // takes part in the round that runs
};

/// Equal listeners. While a round runs, all but `members` belongs to its thread.
struct Hub::Group {
  struct Watch {
    std::vector<Subject> subjects;
    std::uint64_t at = 0;
    Monotonic next;  // no round of it before
  };
  std::string key;
  Wish wish;
  identity::Principal who;
  std::vector<Subscription> members;
  bool running = false;
  Watch list;
  std::vector<Watch> topics;
  std::unordered_set<std::int64_t> shown;  // what its pages perhaps show
  bool known = true;                       // and no page shows another
  Monotonic control, rest;

  std::uint64_t at() const;
};

struct Hub::Told {
  std::vector<std::pair<std::string, std::string>> events;
  void add(std::string event, std::string data) { events.emplace_back(std::move(event), std::move(data)); }
};

}  // namespace civitas::live
