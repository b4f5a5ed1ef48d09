#include "place_names/actions/naming_service.hpp"

#include <malloc.h>

#include <map>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "place_names/actions/crossings.hpp"
#include "place_names/engine/code.hpp"
#include "place_names/records.hpp"
#include "registers/records.hpp"

namespace civitas::place_names {

namespace {

constexpr auto settle_time = std::chrono::seconds(2);
// Without a match or check for so long, the pages of the files that were read are no more mapped; the system keeps them
// at hand as long as it has room. A newer Linux maps up to 2 MB for one byte that is read, so that a single match would
// hold most of the file; mapping it again costs the next answer less than a millisecond.
constexpr auto idle_time = std::chrono::seconds(2);
// So many changes above the file of names are caught up with at a start (0.3 s) and kept in memory (50 MB).
constexpr std::size_t most_changes = 50'000, most_in_memory = 100'000;
// On PostgreSQL a row of the history may be seen before one with a smaller number: its writer committed first.
constexpr std::int64_t late_rows = 5'000;

constexpr const char* matching_name = "names.index";
constexpr const char* existing_name = "existing.index";

namespace terms = records::terms;
using terms::legal_kind;
using terms::severity;
using terms::word_kind;

struct ListKind {
  std::string_view list;
  word_kind::Code kind;
};
// The engine's word lists and the declared kinds of words.
constexpr ListKind list_kinds[] = {{"leaders", word_kind::leader}, {"foreign", word_kind::foreign},
                                   {"big", word_kind::big},        {"feudal", word_kind::feudal},
                                   {"vulgar", word_kind::morals},  {"enterprise", word_kind::company}};

word_kind::Code kind_of_list(std::string_view list) {
  for (const auto& k : list_kinds)
    if (k.list == list) return k.kind;
  return word_kind::other;
}

std::string list_of_kind(word_kind::Code kind) {
  for (const auto& k : list_kinds)
    if (k.kind == kind) return std::string(k.list);
  return kind == word_kind::odd ? "vulgar" : "heritage";
}

Severity severity_of(severity::Code code) { return code == severity::block ? Severity::block : Severity::warn; }

severity::Code code_of(Severity of) { return of == Severity::block ? severity::block : severity::warn; }

/// Names with 、 or another separator between them.
std::vector<std::string> listed(std::string_view text) {
  std::string plain(text);
  for (const char* separator : {"、", "，", "；", ";"}) plain = replace_all(plain, separator, ",");
  std::vector<std::string> names;
  for (const auto part : split(plain, ','))
    if (!trim(part).empty()) names.emplace_back(trim(part));
  return names;
}

void add_other_names(std::vector<OtherName>& to, std::string_view text, OtherName::Kind kind) {
  for (auto& name : listed(text)) to.push_back({std::move(name), kind});
}

std::string county_of(std::string_view division) { return pad_division_code(division.substr(0, 6)); }

std::optional<Position> center(const sql::Row& row, int first) {
  if (row.is_null(first)) return std::nullopt;
  return Position{(row.real(first) + row.real(first + 2)) / 2, (row.real(first + 1) + row.real(first + 3)) / 2};
}

std::string division_query(const std::string& divisions) {
  return "SELECT d.code,d.name,d.level,p.code,d.boundary_min_x,d.boundary_min_y,d.boundary_max_x,d.boundary_max_y FROM " +
         divisions + " d LEFT JOIN " + divisions + " p ON p.id=d.parent";
}
std::string name_query(const std::string& divisions) {
  return "SELECT n.code,n.name,d.code,n.legal_kind,n.category,n.place_min_x,n.place_min_y,n.place_max_x,n.place_max_y,"
         "n.aliases,n.short_name,n.former_names,"
         // What is no point and is called a road may run through several counties.
         "CASE WHEN n.legal_kind='street' AND (n.place_max_x>n.place_min_x OR n.place_max_y>n.place_min_y) THEN n.place END "
         "FROM place_names_place_name n JOIN " +
         divisions + " d ON d.id=n.division WHERE n.usage='current' AND n.code IS NOT NULL";
}

ExistingName existing_division(const sql::Row& row) {
  return {std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(3)),
          legal_kind_of(level_of_term(row.text(2)), row.text(1)), center(row, 4)};
}

ExistingName existing_place(const sql::Row& row) {
  return {std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2)),
          engine_kind(row.text(3), row.text(4)), center(row, 5)};
}

Result<HistoryMark> last_row(sql::Connection& c, const std::string& table) {
  HistoryMark mark;
  CIVITAS_CHECK(
      c.query("SELECT history_id,recorded_from FROM " + table + "_history ORDER BY history_id DESC LIMIT 1", {},
              [&](const sql::Row& row) {
                mark = {row.integer(0), row.integer(1)};
                return sql::Continue::yes;
              }));
  return mark;
}

const std::string names_table(records::PlaceName::Type::table);

Result<Origin> newest(sql::Connection& c, const std::string& divisions) {
  Origin origin;
  CIVITAS_TRY(origin.divisions, last_row(c, divisions));
  CIVITAS_TRY(origin.names, last_row(c, names_table));
  return origin;
}

Result<bool> holds(sql::Connection& c, const std::string& table, const HistoryMark& mark) {
  if (mark == HistoryMark{}) return true;
  CIVITAS_TRY(const auto row,
              c.query_integer("SELECT 1 FROM " + table + "_history WHERE history_id=? AND recorded_from=?",
                              {mark.row, mark.at}));
  return row.has_value();
}

/// Returns the memory that building used to the operating system; malloc would keep freed pieces between live ones.
struct Trim {
  ~Trim() { ::malloc_trim(0); }
};

}  // namespace

Level level_of_term(std::string_view level) {
  using registers::records::terms::division_level;
  const division_level::Code code(level);
  if (code == division_level::province) return Level::province;
  if (code == division_level::prefecture) return Level::city;
  if (code == division_level::county) return Level::county;
  return code == division_level::township ? Level::township : Level::village;
}

LegalKind engine_kind(std::string_view declared, std::string_view category) {
  const legal_kind::Code kind(declared);
  if (kind == legal_kind::natural_feature) return LegalKind::natural;
  if (kind == legal_kind::committee_seat) return LegalKind::committee;
  if (kind == legal_kind::street) return LegalKind::road;
  if (kind == legal_kind::building) return category.starts_with("22") ? LegalKind::residence : LegalKind::building;
  if (const auto same = parse_legal_kind(declared)) return *same;
  return legal_kind_of_category(category);
}

NamingService::NamingService(sql::Database& database, entities::Store& store, const Clock& clock,
                             std::filesystem::path folder, std::filesystem::path indexes,
                             const entities::Profile& profile)
    : database_(database),
      store_(store),
      clock_(clock),
      folder_(std::move(folder)),
      indexes_(std::move(indexes)),
      profile_(profile),
      divisions_(registers::records::Division::Type::table) {}

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
  std::error_code ec;
  std::filesystem::create_directories(indexes_, ec);
  CIVITAS_CHECK(find_home());
  CIVITAS_CHECK(open_names());
  CIVITAS_CHECK(load_check());
  CIVITAS_CHECK(open_matcher());
  thread_ = std::thread([this] { run(); });
  return {};
}

Status NamingService::open_names() {
  crowded_at_ = most_in_memory;
  auto known = NameFile::open(indexes_ / existing_name);
  bool usable = known.has_value();
  if (!usable && known.error().kind != Kind::not_found) log_problem("place_names.names", known.error());
  std::size_t late = 0;
  if (usable)
    CIVITAS_CHECK(database_.read([&](sql::Connection& c) -> Status {
      const Origin& origin = (*known)->origin();
      CIVITAS_TRY(const bool divisions, holds(c, divisions_, origin.divisions));
      CIVITAS_TRY(const bool names, holds(c, names_table, origin.names));
      usable = divisions && names;
      if (!usable) return {};
      names_->use(*known, names_->last_change());
      CIVITAS_TRY(late, catch_up(c, origin));
      usable = late <= most_changes;
      return {};
    }));
  if (!usable) return build_names();
  if (late > 0) ask_rebuild();
  return {};
}

Status NamingService::open_matcher() {
  auto known = Matcher::open(indexes_ / matching_name);
  if (!known) return build_matcher();
  // The file of the last run serves at once; the first rebuild brings it up to date.
  const MatcherInfo info = known->info();
  matcher_ = std::make_shared<const Matcher>(std::move(*known));
  return database_.read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(const Origin now, newest(c, divisions_));
    CIVITAS_TRY(const auto parts, parts_of_city(c));
    if (!(now == info.origin) || parts_text(parts) != info.parts) ask_rebuild();
    return {};
  });
}

/// Reads again every record written behind the marks of a file. Returns how many there were, more than `most_changes`
/// when it gave up.
Result<std::size_t> NamingService::catch_up(sql::Connection& c, const Origin& known) {
  CIVITAS_TRY(const Origin now, newest(c, divisions_));
  const std::int64_t margin = database_.dialect() == sql::Dialect::sqlite ? 0 : late_rows;
  std::size_t count = 0;
  const auto read_again = [&](const std::string& of, const std::string& query, const char* id, const HistoryMark& then,
                              const HistoryMark& last, auto read) -> Status {
    if (then == last) return {};
    const std::string table = of + "_history";
    const std::int64_t since = std::max<std::int64_t>(0, then.row - margin);
    CIVITAS_TRY(const auto rows,
                c.query_integer("SELECT count(*) FROM (SELECT 1 FROM " + table + " WHERE history_id>? LIMIT ?) few",
                                {since, static_cast<std::int64_t>(most_changes) + 1}));
    count += static_cast<std::size_t>(rows.value_or(0));
    if (count > most_changes) return {};
    const std::string changed = "(SELECT id FROM " + table + " WHERE history_id>?)";
    CIVITAS_CHECK(c.query("SELECT DISTINCT code FROM " + table + " WHERE code IS NOT NULL AND id IN " + changed,
                          {since}, [&](const sql::Row& row) {
                            names_->remove(row.text(0));
                            return sql::Continue::yes;
                          }));
    return c.query(query + id + " IN " + changed, {since}, [&](const sql::Row& row) {
      names_->add(read(row));
      return sql::Continue::yes;
    });
  };
  CIVITAS_CHECK(
      read_again(divisions_, division_query(divisions_), " WHERE d.id", known.divisions, now.divisions, existing_division));
  CIVITAS_CHECK(
      read_again(names_table, name_query(divisions_), " AND n.id", known.names, now.names, existing_place));
  return count;
}

Status NamingService::seed_rules() {
  CIVITAS_TRY(const auto rules, read_rules(folder_ / "rules"));
  CIVITAS_TRY(const auto words, read_word_lists(folder_ / "rules" / "words"));
  return database_.write_now([&](sql::Transaction& t) -> Status {
    entities::WriteOptions options;
    options.read_only = entities::ReadOnly::accept;
    options.rules = entities::Rules::skip("rules that come with the product");
    const entities::Context context{identity::system_principal("首次启动"), clock_.now(), ""};
    const auto& rule_entity = plug::declaration_of<records::NameRule>(store_.catalog());
    for (const auto& rule : rules) {
      CIVITAS_TRY(const auto known, t.query_integer("SELECT 1 FROM place_names_name_rule WHERE rule=?", {rule.id}));
      if (known) continue;
      records::NameRule::Changes record;
      record.rule(rule.id).title_zh(rule.title.zh).title_en(rule.title.en).source(rule.source);
      record.severity(code_of(rule.severity)).enabled(rule.enabled);
      CIVITAS_CHECK(store_.create(t, context, rule_entity, std::move(record), options));
    }
    // Words are the city's after the first load: what it deleted stays deleted.
    CIVITAS_TRY(const auto any, t.query_integer("SELECT 1 FROM place_names_restricted_word LIMIT 1"));
    if (any) return {};
    const auto& word_entity = plug::declaration_of<records::RestrictedWord>(store_.catalog());
    for (const auto& word : words) {
      CIVITAS_TRY(const auto known,
                  t.query_integer("SELECT 1 FROM place_names_restricted_word WHERE word=?", {word.word}));
      if (known) continue;
      records::RestrictedWord::Changes record;
      record.word(word.word).kind(kind_of_list(word.list)).severity(code_of(word.severity));
      record.enabled(word.enabled).source(word.source);
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
        const Severity set = severity_of(severity::Code(row.text(1)));
        if (set != rule.severity) {
          rule.severity = set;
          rule.by_kind.assign(rule.by_kind.size(), Severity::none);
        }
        rule.enabled = row.integer(2) != 0;
      }
      return sql::Continue::yes;
    }));
    return c.query(
        "SELECT word,kind,severity,source,enabled FROM place_names_restricted_word", {}, [&](const sql::Row& row) {
          words.push_back({std::string(row.text(0)), list_of_kind(word_kind::Code(row.text(1))),
                           severity_of(severity::Code(row.text(2))), std::string(row.text(3)), row.integer(4) != 0});
          return sql::Continue::yes;
        });
  }));
  CIVITAS_TRY(auto made, NameCheck::create(std::move(rules), names_));
  made.set_words(words);
  check_ = std::make_shared<const NameCheck>(std::move(made));
  return {};
}

Status NamingService::build_names() {
  const std::lock_guard lock(building_);
  const Trim trim;
  const std::uint64_t known = names_->last_change();
  NameFileBuilder builder;
  Origin origin;
  CIVITAS_CHECK(database_.read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(origin, newest(c, divisions_));
    Status added;
    const auto take = [&](ExistingName&& name) {
      added = builder.add(name);
      return added ? sql::Continue::yes : sql::Continue::no;
    };
    CIVITAS_CHECK(c.query(division_query(divisions_), {}, [&](const sql::Row& row) { return take(existing_division(row)); }));
    CIVITAS_CHECK(added);
    CIVITAS_CHECK(c.query(name_query(divisions_), {}, [&](const sql::Row& row) { return take(existing_place(row)); }));
    return added;
  }));
  CIVITAS_CHECK(builder.write(indexes_ / existing_name, origin));
  CIVITAS_TRY(auto opened, NameFile::open(indexes_ / existing_name));
  names_->use(std::move(opened), known);
  return {};
}

Status NamingService::rebuild() {
  CIVITAS_CHECK(build_names());
  return build_matcher();
}

Status NamingService::build_matcher() {
  const std::lock_guard lock(building_);
  CIVITAS_CHECK(find_home());
  const Trim trim;
  IndexOptions options;
  std::vector<Entry> entries;
  CIVITAS_CHECK(database_.read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(options.origin, newest(c, divisions_));
    CIVITAS_TRY(const auto divisions, c.query_integer("SELECT count(*) FROM " + divisions_));
    CIVITAS_TRY(const auto names, c.query_integer("SELECT count(*) FROM place_names_place_name"));
    CIVITAS_TRY(const auto counties, CountyBoundaries::read(c, divisions_));
    CIVITAS_TRY(options.parts, parts_of_city(c));
    entries.reserve(static_cast<std::size_t>(divisions.value_or(0) + names.value_or(0)));
    CIVITAS_CHECK(c.query(division_query(divisions_), {}, [&](const sql::Row& row) {
      Entry e;
      e.code = row.text(0);
      e.name = row.text(1);
      e.level = level_of_term(row.text(2));
      e.parent = row.text(3);
      e.position = center(row, 4);
      entries.push_back(std::move(e));
      return sql::Continue::yes;
    }));
    return c.query(name_query(divisions_), {}, [&](const sql::Row& row) {
      Entry e;
      e.code = row.text(0);
      e.name = row.text(1);
      e.level = Level::place;
      e.parent = row.text(2);
      e.position = center(row, 5);
      add_other_names(e.other_names, row.text(9), OtherName::Kind::alias);
      add_other_names(e.other_names, row.text(10), OtherName::Kind::alias);
      add_other_names(e.other_names, row.text(11), OtherName::Kind::old);
      if (!row.is_null(12)) e.runs_through = counties.crossed(row.text(12), county_of(e.parent));
      entries.push_back(std::move(e));
      return sql::Continue::yes;
    });
  }));
  CIVITAS_TRY(const auto summary, build_index(std::move(entries), indexes_ / matching_name, options));
  CIVITAS_TRY(auto opened, Matcher::open(indexes_ / matching_name));
  matcher_ = std::make_shared<const Matcher>(std::move(opened));
  log_info("place_names.index", {{"entries", summary.entries}, {"bytes", summary.bytes}, {"seconds", summary.seconds}});
  return {};
}

/// The customary parts that the city's profile names: a line for each, names with 、 between them, a colon, and the
/// counties in which they lie.
Result<std::vector<CityPart>> NamingService::parts_of_city(sql::Connection& c) const {
  std::vector<CityPart> parts;
  const std::string text = replace_all(profile_.text("city_parts"), "：", ":");
  if (trim(text).empty()) return parts;
  std::map<std::string, std::string, std::less<>> counties;  // code by name
  CIVITAS_CHECK(c.query("SELECT name,code FROM " + divisions_ + " WHERE level='county'", {}, [&](const sql::Row& row) {
    if (lies_within(row.text(1), home())) counties.emplace(row.text(0), row.text(1));
    return sql::Continue::yes;
  }));
  for (const auto line : split(text, '\n')) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    std::vector<std::string> codes;
    for (const auto& county : listed(line.substr(colon + 1)))
      if (const auto found = counties.find(county); found != counties.end()) codes.push_back(found->second);
    if (codes.empty()) continue;  // the divisions are not there yet
    for (auto& name : listed(line.substr(0, colon))) parts.push_back({std::move(name), codes});
  }
  return parts;
}

/// The city of the profile by its name; the preference among equals and the scope of the law hang on it.
Status NamingService::find_home() {
  return database_.read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(const auto code, c.query_text("SELECT code FROM " + divisions_ +
                                                  " WHERE name=? AND level IN ('prefecture','province') ORDER BY level LIMIT 1",
                                              {profile_.text("city")}));
    std::string home = code.value_or("");
    if (home.empty()) {  // without such a name: where most names are
      CIVITAS_TRY(const auto digits,
                  c.query_text("SELECT substr(code,1,4) FROM place_names_place_name WHERE code IS NOT NULL "
                               "GROUP BY substr(code,1,4) ORDER BY count(*) DESC LIMIT 1",
                               {}));
      if (digits) home = pad_division_code(*digits);
    }
    home_ = std::make_shared<const std::string>(std::move(home));
    return {};
  });
}

void NamingService::name_written(const ExistingName& name) {
  names_->add(name);
  ask_rebuild();
}

void NamingService::name_removed(std::string_view code) {
  names_->remove(code);
  ask_rebuild();
}

void NamingService::rules_changed() {
  if (auto done = load_check(); !done) log_problem("place_names.rules", done.error());
}

void NamingService::ask_rebuild() {
  const std::lock_guard lock(mutex_);
  stale_ = true;
  wake_.notify_one();
}

void NamingService::release_pages_when_idle() {
  if (used_.exchange(false)) {
    released_ = false;
    return;
  }
  if (std::exchange(released_, true)) return;
  if (const auto matcher = matcher_.load()) matcher->release_pages();
  if (const auto file = names_->file()) file->release_pages();
}

void NamingService::run() {
  using Time = std::chrono::steady_clock;
  // Opening the file checked its header only, so that the start is quick; its contents are verified here.
  if (const auto file = names_->file())
    if (auto sound = file->verify(); !sound) {
      log_problem("place_names.names", sound.error());
      if (auto done = build_names(); !done) log_problem("place_names.names", done.error());
    }
  const auto crowded = [&] { return names_->changes() >= crowded_at_; };
  std::unique_lock lock(mutex_);
  Time::time_point not_before;
  while (true) {
    while (!wake_.wait_for(lock, idle_time, [&] { return stopping_ || stale_; })) release_pages_when_idle();
    if (stopping_) return;
    // Waits until a burst of changes is over, and never takes more than a twentieth of a processor. Only the file of
    // names does not wait when what it lacks fills the memory.
    const bool early =
        wake_.wait_until(lock, std::max(Time::now() + settle_time, not_before), [&] { return stopping_ || crowded(); });
    if (stopping_) return;
    const auto begun = Time::now();
    if (!early) stale_ = false;
    lock.unlock();
    if (auto done = build_names(); !done) log_problem("place_names.names", done.error());
    if (!early) {
      if (auto done = build_matcher(); !done) log_problem("place_names.index", done.error());
      not_before = Time::now() + 20 * (Time::now() - begun);
    }
    lock.lock();
    crowded_at_ = names_->changes() + most_in_memory;
  }
}

}  // namespace civitas::place_names
