#include "place_names/actions/naming_service.hpp"

#include "base/log.hpp"
#include "base/strings.hpp"
#include "place_names/engine/index_build.hpp"

namespace civitas::place_names {

namespace {

constexpr auto settle_time = std::chrono::seconds(2);

struct ListKind {
  std::string_view list, kind;
};
// The engine's word lists and the declared kinds of words (terms/word_kind.yaml).
constexpr ListKind list_kinds[] = {{"leaders", "leader"}, {"foreign", "foreign"}, {"big", "big"}, {"feudal", "feudal"}, {"vulgar", "morals"}, {"enterprise", "company"}};

std::string kind_of_list(std::string_view list) {
  for (const auto& k : list_kinds)
    if (k.list == list) return std::string(k.kind);
  return "other";
}

std::string list_of_kind(std::string_view kind) {
  for (const auto& k : list_kinds)
    if (k.kind == kind) return std::string(k.list);
  return kind == "odd" ? "vulgar" : "heritage";
}

Severity parse_severity(std::string_view text) { return text == "block" ? Severity::block : Severity::warn; }

Level division_level(std::string_view level) {
  if (level == "province") return Level::province;
  if (level == "prefecture") return Level::city;
  if (level == "county") return Level::county;
  return level == "township" ? Level::township : Level::village;
}

void add_other_names(std::vector<OtherName>& to, std::string_view text, OtherName::Kind kind) {
  std::string plain(text);
  for (const char* separator : {"、", "，", "；", ";"}) plain = replace_all(plain, separator, ",");
  for (const auto part : split(plain, ','))
    if (!trim(part).empty()) to.push_back({std::string(trim(part)), kind});
}

std::optional<Position> center(const sql::Row& row, int first) {
  if (row.is_null(first)) return std::nullopt;
  return Position{(row.real(first) + row.real(first + 2)) / 2, (row.real(first + 1) + row.real(first + 3)) / 2};
}

constexpr const char* division_query =
    "SELECT d.code,d.name,d.level,p.code,d.boundary_min_x,d.boundary_min_y,d.boundary_max_x,d.boundary_max_y FROM place_names_division d "
    "LEFT JOIN place_names_division p ON p.id=d.parent";
constexpr const char* name_query =
    "SELECT n.code,n.name,d.code,n.legal_kind,n.category,n.place_min_x,n.place_min_y,n.place_max_x,n.place_max_y,n.aliases,n.short_name,n.former_names "
    "FROM place_names_place_name n JOIN place_names_division d ON d.id=n.division WHERE n.usage='current' AND n.code IS NOT NULL";

}  // namespace

LegalKind engine_kind(std::string_view legal_kind, std::string_view category) {
  if (legal_kind == "natural_feature") return LegalKind::natural;
  if (legal_kind == "committee_seat") return LegalKind::committee;
  if (legal_kind == "street") return LegalKind::road;
  if (legal_kind == "building") return category.starts_with("22") ? LegalKind::residence : LegalKind::building;
  if (const auto same = parse_legal_kind(legal_kind)) return *same;
  return legal_kind_of_category(category);
}

NamingService::NamingService(sql::Database& database, entities::Store& store, const Clock& clock, std::filesystem::path folder, std::filesystem::path indexes)
    : database_(database), store_(store), clock_(clock), folder_(std::move(folder)), indexes_(std::move(indexes)) {}

NamingService::~NamingService() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Status NamingService::start() {
  CIVITAS_CHECK(seed_rules());
  CIVITAS_CHECK(load_names());
  CIVITAS_CHECK(load_check());
  std::error_code ec;
  std::filesystem::create_directories(indexes_, ec);
  // The file of the last run serves at once; the first rebuild brings it up to date.
  if (auto known = Matcher::open(indexes_ / "names.index")) {
    matcher_ = std::make_shared<const Matcher>(std::move(*known));
    ask_rebuild(false);
  } else {
    CIVITAS_CHECK(rebuild());
  }
  thread_ = std::thread([this] { run(); });
  return {};
}

Status NamingService::seed_rules() {
  CIVITAS_TRY(const auto rules, read_rules(folder_ / "rules"));
  CIVITAS_TRY(const auto words, read_word_lists(folder_ / "rules" / "words"));
  return database_.write_now([&](sql::Transaction& t) -> Status {
    entities::WriteOptions options;
    options.read_only = entities::ReadOnly::accept;
    options.without_rules_because = "rules that come with the product";
    const entities::Context context{identity::system_principal("首次启动"), clock_.now(), ""};
    const auto& rule_entity = *store_.catalog().entity("place_names", "name_rule");
    for (const auto& rule : rules) {
      CIVITAS_TRY(const auto known, t.query_integer("SELECT 1 FROM place_names_name_rule WHERE rule=?", {rule.id}));
      if (known) continue;
      Json record = Json::object();
      record.set("rule", Json(rule.id)).set("title_zh", Json(rule.title.zh)).set("title_en", Json(rule.title.en)).set("source", Json(rule.source));
      record.set("severity", Json(rule.severity == Severity::block ? "block" : "warn")).set("enabled", Json(rule.enabled));
      CIVITAS_CHECK(store_.create(t, context, rule_entity, std::move(record), options));
    }
    // Words are the city's after the first load: what it deleted stays deleted.
    CIVITAS_TRY(const auto any, t.query_integer("SELECT 1 FROM place_names_restricted_word LIMIT 1"));
    if (any) return {};
    const auto& word_entity = *store_.catalog().entity("place_names", "restricted_word");
    for (const auto& word : words) {
      CIVITAS_TRY(const auto known, t.query_integer("SELECT 1 FROM place_names_restricted_word WHERE word=?", {word.word}));
      if (known) continue;
      Json record = Json::object();
      record.set("word", Json(word.word)).set("kind", Json(kind_of_list(word.list))).set("severity", Json(word.severity == Severity::block ? "block" : "warn"));
      record.set("enabled", Json(word.enabled)).set("source", Json(word.source));
      CIVITAS_CHECK(store_.create(t, context, word_entity, std::move(record), options));
    }
    return {};
  });
}

Status NamingService::load_check() {
  CIVITAS_TRY(auto rules, read_rules(folder_ / "rules"));
  std::vector<RestrictedWord> words;
  CIVITAS_CHECK(database_.read([&](sql::Connection& c) -> Status {
    CIVITAS_CHECK(c.query("SELECT rule,severity,enabled FROM place_names_name_rule", {}, [&](const sql::Row& row) {
      for (auto& rule : rules) {
        if (rule.id != row.text(0)) continue;
        const Severity set = parse_severity(row.text(1));
        if (set != rule.severity) {
          rule.severity = set;
          rule.by_kind.assign(rule.by_kind.size(), Severity::none);
        }
        rule.enabled = row.integer(2) != 0;
      }
      return sql::Continue::yes;
    }));
    return c.query("SELECT word,kind,severity,source,enabled FROM place_names_restricted_word", {}, [&](const sql::Row& row) {
      words.push_back({std::string(row.text(0)), list_of_kind(row.text(1)), parse_severity(row.text(2)), std::string(row.text(3)), row.integer(4) != 0});
      return sql::Continue::yes;
    });
  }));
  CIVITAS_TRY(auto made, NameCheck::create(std::move(rules), names_));
  made.set_words(words);
  check_ = std::make_shared<const NameCheck>(std::move(made));
  return {};
}

Status NamingService::load_names() {
  std::vector<ExistingName> names;
  CIVITAS_CHECK(database_.read([&](sql::Connection& c) -> Status {
    CIVITAS_CHECK(c.query(division_query, {}, [&](const sql::Row& row) {
      const Level level = division_level(row.text(2));
      names.push_back({std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(3)), legal_kind_of(level, row.text(1)), center(row, 4)});
      return sql::Continue::yes;
    }));
    return c.query(name_query, {}, [&](const sql::Row& row) {
      names.push_back({std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2)), engine_kind(row.text(3), row.text(4)), center(row, 5)});
      return sql::Continue::yes;
    });
  }));
  names_->load(names);
  return {};
}

Status NamingService::rebuild() {
  std::vector<Entry> entries;
  CIVITAS_CHECK(database_.read([&](sql::Connection& c) -> Status {
    CIVITAS_CHECK(c.query(division_query, {}, [&](const sql::Row& row) {
      Entry e;
      e.code = row.text(0);
      e.name = row.text(1);
      e.level = division_level(row.text(2));
      e.parent = row.text(3);
      e.position = center(row, 4);
      entries.push_back(std::move(e));
      return sql::Continue::yes;
    }));
    return c.query(name_query, {}, [&](const sql::Row& row) {
      Entry e;
      e.code = row.text(0);
      e.name = row.text(1);
      e.level = Level::place;
      e.parent = row.text(2);
      e.position = center(row, 5);
      add_other_names(e.other_names, row.text(9), OtherName::Kind::alias);
      add_other_names(e.other_names, row.text(10), OtherName::Kind::alias);
      add_other_names(e.other_names, row.text(11), OtherName::Kind::old);
      entries.push_back(std::move(e));
      return sql::Continue::yes;
    });
  }));
  CIVITAS_TRY(const auto summary, build_index(std::move(entries), indexes_ / "names.index"));
  CIVITAS_TRY(auto opened, Matcher::open(indexes_ / "names.index"));
  matcher_ = std::make_shared<const Matcher>(std::move(opened));
  log_info("place_names.index", {{"entries", summary.entries}, {"bytes", summary.bytes}, {"seconds", summary.seconds}});
  return {};
}

void NamingService::name_written(const ExistingName& name, bool current) {
  if (current)
    names_->add(name);
  else
    names_->remove(name.code);
  ask_rebuild(false);
}

void NamingService::rules_changed() {
  if (auto done = load_check(); !done) log_problem("place_names.rules", done.error());
}

void NamingService::ask_rebuild(bool names_too) {
  const std::lock_guard lock(mutex_);
  stale_ = true;
  names_stale_ = names_stale_ || names_too;
  wake_.notify_one();
}

void NamingService::run() {
  using Time = std::chrono::steady_clock;
  std::unique_lock lock(mutex_);
  Time::time_point not_before;
  while (true) {
    wake_.wait(lock, [&] { return stopping_ || stale_; });
    if (stopping_) return;
    // Waits until a burst of changes is over, and never takes more than a twentieth of a processor.
    wake_.wait_until(lock, std::max(Time::now() + settle_time, not_before), [&] { return stopping_; });
    if (stopping_) return;
    const auto begun = Time::now();
    stale_ = false;
    const bool names = std::exchange(names_stale_, false);
    lock.unlock();
    if (names)
      if (auto done = load_names(); !done) log_problem("place_names.names", done.error());
    if (auto done = rebuild(); !done) log_problem("place_names.index", done.error());
    not_before = Time::now() + 20 * (Time::now() - begun);
    lock.lock();
  }
}

}  // namespace civitas::place_names
