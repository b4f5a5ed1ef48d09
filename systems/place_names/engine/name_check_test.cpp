#include "place_names/engine/name_check.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace civitas::place_names {
namespace {

const std::filesystem::path rules_folder = "systems/place_names/rules";

ExistingName existing(std::string code, std::string name, std::string division, LegalKind kind) {
  return {std::move(code), std::move(name), std::move(division), kind, std::nullopt};
}

struct Bench {
  std::shared_ptr<NameIndex> names = std::make_shared<NameIndex>();
  NameCheck check;
  static Bench with(const std::vector<ExistingName>& list) {
    auto names = std::make_shared<NameIndex>();
    for (const auto& name : list) names->add(name);
    auto rules = read_rules(rules_folder);
    auto words = read_word_lists(rules_folder / "words");
    if (!rules || !words) throw std::runtime_error("rules: " + (rules ? words.error() : rules.error()).message.en);
    auto check = NameCheck::create(*rules, names);
    check->set_words(*words);
    return {names, std::move(*check)};
  }
};

const Finding* find(const CheckAnswer& answer, std::string_view rule) {
  for (const auto& f : answer.findings)
    if (f.rule == rule) return &f;
  return nullptr;
}

TEST(Rules, EveryRuleHoldsItsExamples) {
  auto rules = read_rules(rules_folder);
  ASSERT_TRUE(rules) << rules.error().message.en;
  ASSERT_GE(rules->size(), 14u);
  for (const auto& rule : *rules) {
    EXPECT_GE(rule.examples.pass.size(), 3u) << rule.id;
    EXPECT_GE(rule.examples.refuse.size(), rule.kind == "unchanged" ? 1u : 3u)
        << rule.id;  // only one name is the present one
    EXPECT_FALSE(rule.source.empty()) << rule.id;
    EXPECT_FALSE(rule.title.zh.empty() || rule.title.en.empty()) << rule.id;
    CheckContext context;
    context.division = rule.examples.division;
    context.category = rule.examples.category;
    context.legal_kind = parse_legal_kind(rule.examples.legal_kind);
    std::vector<ExistingName> list;
    for (std::size_t i = 0; i < rule.examples.existing.size(); ++i) {
      if (rule.examples.existing[i] == rule.examples.own) {
        context.change = NameChange::rename;
        context.own_code = "4201060002351000000" + std::to_string(i + 1);
      }
      list.push_back(existing("4201060002351000000" + std::to_string(i + 1), rule.examples.existing[i],
                              context.division, context.legal_kind.value_or(LegalKind::other)));
    }
    auto bench = Bench::with(list);
    for (const auto& name : rule.examples.pass)
      EXPECT_EQ(find(bench.check.check(name, context), rule.id), nullptr) << rule.id << " " << name;
    for (const auto& name : rule.examples.refuse)
      EXPECT_NE(find(bench.check.check(name, context), rule.id), nullptr) << rule.id << " " << name;
  }
}

TEST(NameCheck, ScopeOfTheLawByKind) {
  auto bench = Bench::with({existing("420000000000", "湖北省", "", LegalKind::division),
                            existing("420100000000", "武汉市", "420000000000", LegalKind::division),
                            existing("420111000000", "洪山区", "420100000000", LegalKind::division),
                            existing("420111002001", "曙光社区", "420111002000", LegalKind::committee),
                            existing("421000100000", "木兰镇", "421002000000", LegalKind::township)});
  CheckContext context;
  context.legal_kind = LegalKind::committee;
  context.division = "420111003000";
  auto answer = bench.check.check("曙光社区", context);
  EXPECT_EQ(answer.verdict, CheckVerdict::block);
  ASSERT_NE(find(answer, "same_name"), nullptr);
  EXPECT_EQ(find(answer, "same_name")->conflict->code, "420111002001");
  EXPECT_EQ(find(answer, "same_name")->conflict->division, "湖北省武汉市洪山区");
  context.division = "420112001000";  // another county-level area
  EXPECT_EQ(bench.check.check("曙光社区", context).verdict, CheckVerdict::pass);
  context.legal_kind = LegalKind::township;  // in one province
  EXPECT_EQ(bench.check.check("木兰镇", context).verdict, CheckVerdict::block);
  context.division = "430111003000";
  EXPECT_EQ(bench.check.check("木兰镇", context).verdict, CheckVerdict::pass);
}

TEST(NameCheck, BuiltUpAreaIsAPolygonWhenKnown) {
  auto name = existing("42010600023510000001", "梅园路", "420106000000", LegalKind::road);
  name.position = Position{114.9, 30.9};
  auto bench = Bench::with({name});
  CheckContext context;
  context.division = "420111000000";
  context.category = "23510";
  context.position = Position{114.3, 30.5};
  EXPECT_NE(find(bench.check.check("梅园路", context), "same_name"), nullptr);
  bench.check.set_built_up_area([](Position p) { return p.lon < 114.5; });
  EXPECT_EQ(find(bench.check.check("梅园路", context), "same_name"), nullptr);
}

TEST(NameCheck, ApprovedNamesCountAtOnceAndRemovedOnesNoMore) {
  auto bench = Bench::with({});
  CheckContext context;
  context.division = "420106000000";
  context.category = "23510";
  EXPECT_EQ(bench.check.check("梅园路", context).verdict, CheckVerdict::pass);
  bench.names->add(existing("42010600023510000001", "梅园路", "420106000000", LegalKind::road));
  EXPECT_EQ(bench.check.check("梅园路", context).verdict, CheckVerdict::block);
  EXPECT_NE(find(bench.check.check("煤园路", context), "same_sound"), nullptr);
  context.own_code = "42010600023510000001";
  EXPECT_EQ(bench.check.check("梅园路", context).verdict, CheckVerdict::pass);
  context.own_code.clear();
  bench.names->remove("42010600023510000001");
  EXPECT_EQ(bench.check.check("梅园路", context).verdict, CheckVerdict::pass);
  EXPECT_EQ(bench.names->size(), 0u);
}

TEST(NameCheck, ExemptionNeedsAReasonAndStaysVisible) {
  auto bench = Bench::with({});
  CheckContext context;
  context.category = "25200";
  context.exemptions = {{"big", "中华", ""}};
  EXPECT_EQ(bench.check.check("中华公园", context).verdict, CheckVerdict::warn);
  context.exemptions[0].reason = "历史地名";
  const auto answer = bench.check.check("中华公园", context);
  ASSERT_NE(find(answer, "big"), nullptr);
  EXPECT_EQ(find(answer, "big")->exemption, "历史地名");
  EXPECT_EQ(answer.verdict, CheckVerdict::pass);
}

TEST(NameCheck, CityChangesItsWords) {
  auto bench = Bench::with({});
  CheckContext context;
  EXPECT_EQ(find(bench.check.check("樱花里", context), "vulgar"), nullptr);
  bench.check.set_words(
      {{"樱花", "vulgar", Severity::warn, "本市", true}, {"流氓", "vulgar", Severity::block, "", false}});
  const auto answer = bench.check.check("樱花里", context);
  ASSERT_NE(find(answer, "vulgar"), nullptr);
  EXPECT_EQ(find(answer, "vulgar")->word, "樱花");
  EXPECT_EQ(find(answer, "vulgar")->severity, Severity::warn);
  EXPECT_EQ(find(bench.check.check("流氓街", context), "vulgar"), nullptr);  // disabled
}

TEST(NameCheck, ManyThreadsWhileNamesAndWordsChange) {
  auto bench = Bench::with({});
  CheckContext context;
  context.division = "420106000000";
  context.category = "23510";
  std::atomic<int> blocked{0};
  std::thread writer([&] {
    for (int i = 0; i < 200; ++i) {
      bench.names->add(existing("42010600023510000001", "梅园路", "420106000000", LegalKind::road));
      bench.check.set_words({{"梅", "vulgar", Severity::block, "", true}});
      bench.names->remove("42010600023510000001");
    }
    bench.names->add(existing("42010600023510000001", "梅园路", "420106000000", LegalKind::road));
  });
  std::vector<std::thread> readers;
  for (int t = 0; t < 2; ++t)
    readers.emplace_back([&] {
      for (int i = 0; i < 500; ++i) blocked += bench.check.check("梅园路", context).verdict == CheckVerdict::block;
    });
  writer.join();
  for (auto& r : readers) r.join();
  EXPECT_LE(blocked.load(), 1000);
  EXPECT_EQ(bench.check.check("梅园路", context).verdict, CheckVerdict::block);
}

TEST(Rules, UnknownKindAndMissingFolder) {
  Rule rule;
  rule.id = "x";
  rule.kind = "horoscope";
  auto created = NameCheck::create({rule}, std::make_shared<NameIndex>());
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().reason, "place_names.rule.kind");
  EXPECT_FALSE(read_rules("no/such/folder"));
}

}  // namespace
}  // namespace civitas::place_names
