#include "live/hub.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.hpp"
#include "live/hub_state.hpp"

namespace civitas::live {

namespace {

constexpr std::chrono::milliseconds together{20};  // notes that come so close make one look
constexpr std::chrono::seconds idle{10};
constexpr int lower_priority = 10;  // "nice": writers and readers go first

std::vector<std::string_view> names(const entities::Catalog& catalog, const std::vector<std::string_view>& personal) {
  std::vector<std::string_view> out;
  for (const auto& system : catalog.systems())
    for (const auto& e : system.entities) out.push_back(e.table);
  out.insert(out.end(), personal.begin(), personal.end());
  return out;
}

}  // namespace

Hub::Hub(sql::Database& database, const Clock& clock, entities::Store& store, WhoIs who_is, HubOptions options)
    : database_(database),
      clock_(clock),
      store_(store),
      who_is_(std::move(who_is)),
      options_(std::move(options)),
      notes_(names(store.catalog(), options_.personal), options_.keep_notes, options_.linger) {}

Hub::~Hub() { stop(); }

void Hub::start() {
  for (unsigned i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { work(); });
}

void Hub::stop() {
  std::vector<Subscription> open;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (auto& [key, group] : groups_) open.insert(open.end(), group->members.begin(), group->members.end());
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  for (const auto& member : open) member->stream->close();
}

void Hub::touched(std::string_view what, std::int64_t id) {
  if (!notes_.touched(what, id) || news_.exchange(true)) return;
  { const std::lock_guard lock(mutex_); }  // whoever has just looked waits by now
  wake_.notify_one();
}

int Hub::streams() const {
  const std::lock_guard lock(mutex_);
  return streams_;
}

std::vector<Subject> Hub::subjects_of(const Topic& topic) const {
  std::vector<Subject> out;
  for (const auto* e : topic.records) out.push_back(*notes_.subject(e->table));
  for (const auto name : topic.personal)
    if (const auto subject = notes_.subject(name)) out.push_back(*subject);
  return out;
}

Result<Hub::Subscription> Hub::prepare(const identity::Principal& who, std::string session, Wish wish,
                                       std::string_view position) {
  auto member = std::make_shared<Member>(*this);
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || streams_ >= options_.most)
      return fail(problem(Kind::unavailable, "api.live.full", "实时更新的连接已满，请稍后再试；页面仍可手动刷新。",
                          "There are too many live connections; try again later. The page can still be reloaded."));
    int& own = of_person_[who.id];
    if (own >= options_.most_of_person)
      return fail(problem(Kind::exhausted, "api.live.too_many", "您打开的实时页面过多，请关闭一些。",
                          "You have too many live pages open; close some."));
    ++own;
    ++streams_;
    member->counted = true;
  }
  if (wish.list) member->subjects.push_back(*notes_.subject(wish.list->table));
  for (const auto& topic : wish.topics)
    for (const Subject s : subjects_of(topic))
      if (std::find(member->subjects.begin(), member->subjects.end(), s) == member->subjects.end())
        member->subjects.push_back(s);
  member->who = who;
  member->session = std::move(session);
  member->key = std::to_string(who.id) + "\n" + wish.same;
  member->wish = std::move(wish);
  notes_.listen(member->subjects);
  const auto back = notes_.resume(position, member->subjects);
  member->at = back.value_or(notes_.last());
  member->resumes = back.has_value();
  member->lost = !back && !position.empty() && !member->wish.topics.empty();
  if (!member->wish.list) return member;
  CIVITAS_CHECK(database_.read([&](sql::Connection& db) -> Status {
    const entities::Context c = context(who);
    if (back) {  // whether it may still be listened to
      entities::ListQuery one = member->wish.query;
      one.limit = 1;
      CIVITAS_CHECK(store_.rows(db, c, *member->wish.list, one, [](std::int64_t, std::string_view) {}));
      return {};
    }
    CIVITAS_TRY(member->first, snapshot(db, c, member->wish, member->shown));
    return {};
  }));
  return member;
}

void Hub::open(const Subscription& m, std::shared_ptr<http::EventStream> stream) {
  if (!m->first.empty())
    stream->send("snapshot", m->first, notes_.position(m->at));
  else
    stream->send("ready", "{}", notes_.position(m->at));
  m->first.clear();
  {
    const std::lock_guard lock(mutex_);
    m->stream = stream;
    if (!stopping_) {
      auto& group = groups_[m->key];
      const bool begins = !group;
      if (begins) {
        group = std::make_unique<Group>();
        group->key = m->key;
        group->wish = m->wish;
        group->who = m->who;
        if (m->wish.list) group->list.subjects.push_back(*notes_.subject(m->wish.list->table));
        group->list.at = m->at;
        for (const auto& topic : m->wish.topics) group->topics.push_back({subjects_of(topic), m->at, {}});
        group->control = std::chrono::steady_clock::now() + options_.control;
      }
      Group& g = *group;
      g.members.push_back(m);
      m->behind = m->lost || g.running || (!begins && std::max(g.list.at, g.at()) > m->at);
      if (!g.running) {
        if (m->behind) g.control = {};  // at once
        g.shown.insert(m->shown.begin(), m->shown.end());
        g.known = g.known && !m->resumes;
      }
      news_.store(true);
      stream = nullptr;
    }
  }
  if (stream) stream->close();
  wake_.notify_one();
}

void Hub::close(const Subscription& m) {
  std::unique_ptr<Group> ended;
  const std::lock_guard lock(mutex_);
  const auto found = groups_.find(m->key);
  if (found == groups_.end()) return;
  Group& g = *found->second;
  std::erase(g.members, m);
  if (!g.members.empty() || g.running) return;
  ended = std::move(found->second);
  groups_.erase(found);
}

void Hub::release(Member& m) {
  if (!m.counted) return;
  notes_.leave(m.subjects, std::chrono::steady_clock::now());
  const std::lock_guard lock(mutex_);
  --streams_;
  if (const auto own = of_person_.find(m.who.id); own != of_person_.end() && --own->second <= 0) of_person_.erase(own);
}

// --- the threads

void Hub::work() {
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), lower_priority);
  Lock lock(mutex_);
  while (!stopping_) {
    news_.store(false);
    const Monotonic now = std::chrono::steady_clock::now();
    notes_.forget(now);
    Monotonic next = now + idle;
    if (Group* g = due(now, next)) {
      g->running = true;
      lock.unlock();
      round(*g);
      lock.lock();
      continue;
    }
    if (wake_.wait_until(lock, next, [this] { return stopping_ || news_.load(); }))
      wake_.wait_for(lock, together, [this] { return stopping_; });
  }
}

// The next group whose round is due, else when one will be.
Hub::Group* Hub::due(Monotonic now, Monotonic& next) {
  const auto at_of = [this](const Group& g) {
    Monotonic at = g.control;
    const auto consider = [&](const Group::Watch& w) {
      if (!w.subjects.empty() && notes_.last_of(w.subjects) > w.at) at = std::min(at, w.next);
    };
    consider(g.list);
    for (const auto& w : g.topics) consider(w);
    return std::max(at, g.rest);
  };
  auto one = groups_.upper_bound(after_);
  for (std::size_t i = 0; i < groups_.size(); ++i, ++one) {
    if (one == groups_.end()) one = groups_.begin();
    Group& g = *one->second;
    if (g.running) continue;
    const Monotonic at = at_of(g);
    if (at <= now) {
      after_ = one->first;
      return &g;
    }
    next = std::min(next, at);
  }
  return nullptr;
}

}  // namespace civitas::live
