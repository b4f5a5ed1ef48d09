// What the tables of a demonstration hold, against the declarations and one another.
#include <algorithm>
#include <map>
#include <set>

#include "app/demo.hpp"
#include "base/strings.hpp"
#include "exchange/check_table.hpp"

namespace civitas::app {

using entities::Catalog;
using entities::Entity;
using entities::Mistakes;

namespace {

// By what words a record can be referred to: keys and titles of the rows of all tables.
using Names = std::map<std::string, std::set<std::string>>;  // by path

struct Reference {
  std::string file;
  int line = 0;
  std::vector<const Entity*> targets;
  std::string word;
};

class Tables {
 public:
  Tables(const Catalog& catalog, Mistakes& mistakes) : catalog_(catalog), mistakes_(mistakes) {}

  void read(const Demo& demo, const DemoTable& table) {
    const Entity* e = catalog_.entity_by_path(table.entity);
    if (!e || !std::filesystem::exists(demo.folder / table.file)) return;  // said before
    const std::string shown = demo.folder.parent_path().filename().string() + "/demo/" + table.file;
    auto& names = names_[e->path()];
    exchange::TableFindings found;
    found.wrong = [&](std::uint64_t row, const Text& what) {
      mistakes_.add(shown, static_cast<int>(row), what.zh, what.en);
    };
    found.named = [&](std::string_view word) { names.emplace(word); };
    found.refers = [&](std::uint64_t row, const entities::Field& field, std::string_view word) {
      references_.push_back({shown, static_cast<int>(row), catalog_.targets_of(field), std::string(word)});
    };
    exchange::check_table(catalog_, *e, demo.folder / table.file, found);
  }
  void name(const std::string& path, const std::string& word) { names_[path].insert(word); }
  void refer(const std::string& file, int line, const Entity* target, const std::string& word) {
    if (target && !word.empty()) references_.push_back({file, line, {target}, word});
  }
  void resolve() {
    for (const auto& r : references_) {
      if (r.targets.empty() || std::any_of(r.targets.begin(), r.targets.end(),
                                           [&](const Entity* target) { return known(*target, r.word); }))
        continue;
      const Entity& target = *r.targets.front();
      std::vector<std::string> words(names_[target.path()].begin(), names_[target.path()].end());
      constexpr std::size_t few = 2'000;  // the word meant is not looked for among all divisions of a province
      const std::string meant = words.size() > few ? "" : std::string(nearest_word(r.word, words));
      mistakes_.add(r.file, r.line,
                    "没有“" + target.title.zh + "” " + r.word +
                        (words.empty() ? "：示范数据里没有 " + target.path() : meant.empty() ? "" : "，是否想写 " + meant),
                    "there is no “" + target.title.en + "” " + r.word +
                        (words.empty()   ? ": the demonstration has no " + target.path()
                         : meant.empty() ? ""
                                         : "; did you mean " + meant));
    }
  }

 private:
  // As an import finds it: the word itself, "420111 洪山区", a code of divisions without its trailing zeros.
  bool known(const Entity& target, const std::string& word) {
    const auto& names = names_[target.path()];
    if (names.contains(word) || names.contains(word.substr(0, word.find(' ')))) return true;
    constexpr std::size_t digits = 12;
    return word.size() < digits && word.find_first_not_of("0123456789") == word.npos &&
           names.contains(word + std::string(digits - word.size(), '0'));
  }

  const Catalog& catalog_;
  Mistakes& mistakes_;
  Names names_;
  std::vector<Reference> references_;
};

}  // namespace

void check_demos(const Catalog& catalog, const std::vector<Demo>& demos, Mistakes& mistakes) {
  Tables tables(catalog, mistakes);
  const Entity* department = catalog.entity_by_path("identity/department");
  for (const auto& demo : demos) {
    for (const auto& table : demo.tables) tables.read(demo, table);
    for (const auto& person : demo.people) {
      tables.name("identity/person", person.account);
      tables.name("identity/person", person.name);
      tables.refer(demo.file, person.line, department, person.department);
      for (const auto& division : person.divisions)
        tables.refer(demo.file, person.line, catalog.records_of("division"), division);
      for (const auto& [dimension, records] : person.scopes)
        for (const auto& record : records)
          if (record != "all") tables.refer(demo.file, person.line, catalog.records_of(dimension), record);
    }
    for (const auto& role : demo.roles) tables.name("identity/role", role.name);
  }
  tables.resolve();
}

}  // namespace civitas::app
