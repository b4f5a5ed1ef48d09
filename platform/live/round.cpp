// One round of equal listeners: who of them may still listen, and what has become true for them.
#include <algorithm>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "live/hub_state.hpp"

namespace civitas::live {

namespace {

constexpr std::size_t most_rows = 64;      // more changes at once make a new snapshot
constexpr std::size_t most_shown = 5000;   // and so do more records than this that a page may show
constexpr std::size_t most_unread = 192 * 1024;  // with what is to be said; below that at which the server cuts
constexpr int rest = 9;                    // times what a round took
constexpr std::chrono::seconds after_failure{5};

std::string end_text(const Problem& p) {
  return Json(Json::Object{{"reason", Json(p.reason)}, {"detail", Json(p.message)}}).dump();
}

Problem session_ended() {
  return problem(Kind::unauthenticated, "identity.session.ended", "登录已结束，请重新登录。",
                 "The session has ended; sign in again.");
}

// What is larger goes to who has read all before.
bool takes(const http::EventStream& stream, std::size_t bytes) {
  const std::size_t unread = stream.waiting();
  return unread == 0 || unread + bytes <= most_unread;
}

bool passes(const Problem& p) { return p.kind == Kind::internal || p.kind == Kind::unavailable; }

}  // namespace

std::uint64_t Hub::Group::at() const {
  std::uint64_t out = wish.list ? list.at : UINT64_MAX;
  for (const auto& w : topics) out = std::min(out, w.at);
  return out == UINT64_MAX ? list.at : out;
}

Result<std::string> Hub::snapshot(sql::Connection& db, const entities::Context& c, const Wish& wish,
                                  std::vector<std::int64_t>& shown) {
  std::string out;
  JsonWriter w(out);
  shown.clear();
  w.begin_object().key("items").begin_array();
  CIVITAS_TRY(const std::string next,
              store_.rows(db, c, *wish.list, wish.query, [&](std::int64_t id, std::string_view row) {
                shown.push_back(id);
                w.raw(row);
              }));
  w.end_array().key("next");
  if (next.empty())
    w.null();
  else
    w.value(next);
  w.end_object();
  return out;
}

// Leaves those whose session goes on, and takes over their rights; true when these are not what they were.
bool Hub::admit(Group& g, std::vector<Subscription>& members, bool& others_rights) {
  std::optional<identity::Principal> who;
  std::vector<Subscription> ended;
  for (const auto& m : members) {
    auto now = who_is_(m->session);
    if (now && now->id == g.who.id)
      who = std::move(now);
    else
      ended.push_back(m);
  }
  for (const auto& m : ended) {
    m->stream->send("end", end_text(session_ended()));
    m->stream->close();
    std::erase(members, m);
  }
  {
    const std::lock_guard lock(mutex_);
    for (const auto& m : ended) std::erase(g.members, m);
  }
  if (!who) return false;
  others_rights = !who->same_rights(g.who);
  g.who = std::move(*who);
  return true;
}

Status Hub::tell_list(Group& g, bool again, Told& told) {
  if (!g.wish.list) return {};
  const Monotonic now = std::chrono::steady_clock::now();
  if (!again && now < g.list.next) return {};
  const Missed missed = notes_.since(g.list.at, g.list.subjects);
  bool whole = again || missed.lost;
  if (!whole && missed.notes.empty()) {
    g.list.at = missed.upto;
    return {};
  }
  g.list.next = now + options_.pace;
  entities::ListQuery some = g.wish.query;
  for (const auto& note : missed.notes) {
    whole = whole || note.id == 0;
    some.among.push_back(note.id);
  }
  whole = whole || some.among.size() > most_rows || g.shown.size() > most_shown;
  some.limit = static_cast<int>(some.among.size());
  return database_.read([&](sql::Connection& db) -> Status {
    const entities::Context c = context(g.who);
    if (!whole) {
      std::vector<std::pair<std::int64_t, std::string>> rows;
      CIVITAS_CHECK(store_.rows(db, c, *g.wish.list, some, [&](std::int64_t id, std::string_view row) {
        rows.emplace_back(id, row);
      }));
      std::vector<std::int64_t> gone;
      for (const auto id : some.among) {
        if (std::any_of(rows.begin(), rows.end(), [id](const auto& row) { return row.first == id; })) continue;
        if (g.shown.contains(id))
          gone.push_back(id);
        else if (!g.known)
          whole = true;  // perhaps one that a page shows; which it shows is not known
      }
      if (!whole) {
        for (const auto id : gone) {
          g.shown.erase(id);
          told.add("gone", Json(Json::Object{{"id", Json(std::to_string(id))}}).dump());
        }
        for (auto& [id, row] : rows) {
          g.shown.insert(id);
          told.add("record", std::move(row));
        }
      }
    }
    if (whole) {
      std::vector<std::int64_t> shown;
      CIVITAS_TRY(std::string all, snapshot(db, c, g.wish, shown));
      g.shown = {shown.begin(), shown.end()};
      g.known = true;
      told.add("snapshot", std::move(all));
    }
    g.list.at = missed.upto;
    return {};
  });
}

Result<bool> Hub::is_concerned(sql::Connection& db, const Group& g, const Topic& topic, const Missed& missed) const {
  for (const auto name : topic.personal)
    for (const auto& note : missed.notes)
      if (note.id == g.who.id && notes_.subject(name) == note.subject) return true;
  const entities::Context c = context(g.who);
  for (const auto* e : topic.records) {
    const auto subject = notes_.subject(e->table);
    std::vector<std::int64_t> ids;
    for (const auto& note : missed.notes)
      if (note.subject == subject) ids.push_back(note.id);
    if (ids.empty()) continue;
    if (std::find(ids.begin(), ids.end(), 0) != ids.end()) {
      if (store_.access().ever(*e, entities::Act::read, c.who)) return true;
      continue;
    }
    CIVITAS_TRY(const bool concerned, store_.concerns(db, c, *e, ids));
    if (concerned) return true;
  }
  return false;
}

Status Hub::tell_topics(Group& g, bool again, Told& told) {
  const Monotonic now = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < g.topics.size(); ++i) {
    Group::Watch& w = g.topics[i];
    const Topic& topic = g.wish.topics[i];
    if (!again && now < w.next) continue;
    const Missed missed = notes_.since(w.at, w.subjects);
    bool concerned = again || missed.lost;
    if (!concerned && !missed.notes.empty()) {
      w.next = now + topic.patience * options_.hint_pace;
      CIVITAS_CHECK(database_.read([&](sql::Connection& db) -> Status {
        CIVITAS_TRY(concerned, is_concerned(db, g, topic, missed));
        return {};
      }));
    }
    w.at = missed.upto;
    if (concerned) told.add("changed", Json(Json::Object{{"what", Json(topic.what)}}).dump());
  }
  return {};
}

void Hub::round(Group& g) {
  const Monotonic began = std::chrono::steady_clock::now();
  std::vector<Subscription> members;
  {
    const std::lock_guard lock(mutex_);
    members = g.members;
    for (const auto& m : members) m->served = true;
  }
  const std::uint64_t was_at = g.at();
  bool again = false, failed = false;
  if (admit(g, members, again)) {
    {
      const std::lock_guard lock(mutex_);
      for (const auto& m : members) again = again || (m->behind && m->stream->waiting() == 0);
    }
    Told told;
    Status done = tell_list(g, again, told);
    if (done) done = tell_topics(g, again, told);
    if (!done && passes(done.error())) {
      log_problem("live.round", done.error());
      failed = true;
    } else if (!done) {
      for (const auto& m : members) {
        m->stream->send("end", end_text(done.error()));
        m->stream->close();
      }
    }
    // The position stands with the last of what belongs together: whoever is cut off within asks for all of it again.
    std::string text;
    for (std::size_t i = 0; done && i < told.events.size(); ++i)
      http::append_event(text, told.events[i].first, told.events[i].second,
                         i + 1 == told.events.size() ? notes_.position(g.at()) : "");
    std::vector<Subscription> behind;
    for (const auto& m : members) {
      if ((m->behind && !again) || !takes(*m->stream, text.size()))
        behind.push_back(m);
      else if (!text.empty())
        m->stream->send_written(text);
    }
    const std::lock_guard lock(mutex_);
    for (const auto& m : members)
      m->behind = failed || (text.empty() ? m->behind : std::find(behind.begin(), behind.end(), m) != behind.end());
  }
  const Monotonic now = std::chrono::steady_clock::now();
  std::unique_ptr<Group> ended;
  const std::lock_guard lock(mutex_);
  g.control = now + options_.control;
  for (const auto& m : g.members) {
    if (!m->served && g.at() > was_at) m->behind = true;
    if (m->behind) g.control = std::min(g.control, now + options_.pace);
    m->served = false;
  }
  g.rest = now + (failed ? std::chrono::steady_clock::duration(after_failure) : rest * (now - began));
  g.running = false;
  if (!g.members.empty()) return;
  const auto found = groups_.find(g.key);
  ended = std::move(found->second);
  groups_.erase(found);
}

}  // namespace civitas::live
