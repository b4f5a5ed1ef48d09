#include "plug/typed_record.hpp"

#include <gmock/gmock.h>

#include "entities/loader.hpp"
#include "plug/records/record_header.hpp"
#include "yard/records.hpp"

namespace civitas {
namespace {

using testing::HasSubstr;
using yard::records::Heap;
namespace terms = yard::records::terms;

const Json heap = *Json::parse(R"({
  "id": "12", "state": "closed", "number": "D0001", "name": "北堆", "class": "甲", "pieces": 7, "tons": 2.5,
  "double_tons": 5.0, "covered": true, "since": "2026-11-21", "seen_at": "2026-11-21T03:47:00Z", "made": "1950年代",
  "load": "sand", "above": {"id": "3", "title": "总堆"}, "near": [{"id": "4", "title": "南堆"}, "5"],
  "photos": [{"id": "ab", "name": "a.png", "type": "image/png"}], "place": {"type": "Point", "coordinates": [114.3, 30.6]},
  "facts": {"a": 1}, "opens": "08:30", "stay": 7200, "tags": ["急"], "marks": ["sand"], "hours": {"week": {}},
  "visits": [{"text": "湿", "by": {"id": "9"}, "weight": 3}, {"text": "干"}]})");

TEST(TypedRecord, HasAMethodForEachField) {
  const Heap h(heap);
  EXPECT_EQ(h.id(), 12);
  EXPECT_TRUE(h.state() == Heap::State::closed);
  EXPECT_EQ(h.number(), "D0001");
  EXPECT_EQ(h.name(), "北堆");
  EXPECT_EQ(h.class_(), "甲");
  EXPECT_EQ(h.pieces(), 7);
  EXPECT_EQ(h.tons(), 2.5);
  EXPECT_EQ(h.double_tons(), 5.0);
  EXPECT_TRUE(h.covered());
  EXPECT_EQ(h.since(), make_date(2026, 11, 21));
  EXPECT_EQ(h.seen_at(), parse_instant("2026-11-21T03:47:00Z"));
  EXPECT_EQ(h.made(), "1950年代");
  EXPECT_TRUE(h.load() == terms::load::sand);
  EXPECT_FALSE(h.load() == terms::load::c21610);
  EXPECT_EQ(h.above().id(), 3);
  EXPECT_EQ(h.above().title(), "总堆");
  EXPECT_EQ(h.place()["type"].as_string(), "Point");
  EXPECT_EQ(h.facts()["a"].as_integer(), 1);
  EXPECT_EQ(h.opens(), "08:30");
  EXPECT_EQ(h.stay(), 7200);
  EXPECT_TRUE(h.hours().is_object());
  std::vector<std::int64_t> near;
  for (const auto& one : h.near()) near.push_back(one.id().value_or(0));
  EXPECT_THAT(near, testing::ElementsAre(4, 5));
  for (const auto& file : h.photos()) EXPECT_EQ(file.media_type(), "image/png");
  for (const std::string_view tag : h.tags()) EXPECT_EQ(tag, "急");
  for (const auto mark : h.marks()) EXPECT_TRUE(mark == terms::mark::sand);
  std::vector<std::string_view> texts;
  for (const auto& row : h.visits()) texts.push_back(row.text());
  EXPECT_THAT(texts, testing::ElementsAre("湿", "干"));
  EXPECT_EQ((*h.visits().begin()).by().id(), 9);
  EXPECT_EQ(h[Heap::Field::name], Json("北堆"));
}

TEST(TypedRecord, WhatIsAbsentReadsAsEmpty) {
  const Json none = Json::object();
  const Heap h(none);
  EXPECT_EQ(h.id(), 0);
  EXPECT_TRUE(h.state().empty());
  EXPECT_EQ(h.name(), "");
  EXPECT_FALSE(h.pieces());
  EXPECT_FALSE(h.tons());
  EXPECT_FALSE(h.covered());
  EXPECT_FALSE(h.since());
  EXPECT_FALSE(h.seen_at());
  EXPECT_TRUE(h.load().empty());
  EXPECT_FALSE(h.above());
  EXPECT_EQ(h.above().title(), "");
  EXPECT_TRUE(h.near().empty());
  EXPECT_TRUE(h.place().is_null());
  EXPECT_EQ(h.visits().size(), 0u);
}

TEST(TypedRecord, ChangesAreWrittenInTheFormOfTheInterface) {
  Heap::Changes changes;
  changes.name("南堆")
      .class_("")
      .pieces(3)
      .tons(std::nullopt)
      .covered(true)
      .since(make_date(2026, 1, 2))
      .load(terms::load::new_);
  changes.above(7).near({1, 2}).stay(60);
  EXPECT_EQ(Json(std::move(changes)).dump(),
            R"({"name":"南堆","class":null,"pieces":3,"tons":null,"covered":true,"since":"2026-01-02","load":"new",)"
            R"("above":"7","near":["1","2"],"stay":60})");
  const Heap h(heap);
  const Json copied = Heap::Changes().above(h.above()).place(h.place()).load(h.load());
  EXPECT_EQ(copied["above"], Json("3"));
  EXPECT_EQ(copied["place"], heap["place"]);
  EXPECT_EQ(copied["load"], Json("sand"));
}

TEST(TypedRecord, NamesAreThoseOfTheDeclaration) {
  EXPECT_EQ(std::string_view(Heap::Field::class_), "class");
  EXPECT_EQ(std::string_view(Heap::Step::close), "close");
  EXPECT_EQ(Heap::Type::path, "yard/heap");
  EXPECT_EQ(Heap::Type::table, "yard_heap");
  EXPECT_EQ(Heap::Document::card, "yard/heap/card");
  EXPECT_EQ(yard::records::Profile::office, "office");
}

// What must not compile.
template <class T>
concept ReadsNmae = requires(const T& record) {
  record.nmae();
};
template <class T>
concept WritesNumber = requires(T changes) {
  changes.number("D0002");
};
template <class T>
concept WritesTwice = requires(T changes) {
  changes.double_tons(2.0);
};
template <class T>
concept TakesATextForAFlag = requires(T changes) {
  changes.covered("yes");
};
template <class A, class B>
concept Compare = requires(A a, B b) {
  a == b;
};
static_assert(!ReadsNmae<Heap>);
static_assert(!WritesNumber<Heap::Changes> && !WritesTwice<Heap::Changes>, "what the product makes");
static_assert(!TakesATextForAFlag<Heap::Changes>);
static_assert(Compare<terms::load::Code, terms::load::Code>);
static_assert(!Compare<terms::load::Code, terms::mark::Code>, "codes of two lists");
static_assert(!Compare<terms::load::Code, const char*>, "a code and a text");
static_assert(!std::constructible_from<Heap, Json>, "a view of a temporary");

std::string made(std::string fields, std::string codes = "") {
  std::vector<entities::Source> sources{
      {"system.yaml", "system: yard\ntitle: {zh: 堆, en: Y}\n"},
      {"heap.yaml", "entity: heap\ntitle: {zh: 堆, en: H}\ntitle_field: a\nfields:\n" + fields}};
  if (!codes.empty()) sources.push_back({"terms/load.yaml", "terms: load\ntitle: {zh: 货, en: L}\ncodes:\n" + codes});
  entities::Mistakes mistakes;
  const auto system = entities::read_system("yard", sources, mistakes);
  if (!mistakes.none()) return mistakes.to_problem().message.en;
  const auto header = plug::record_header(system);
  return header ? *header : header.error().reason + ": " + header.error().message.en;
}

TEST(RecordHeader, TwoNamesThatWouldBeOneAreToldApart) {
  EXPECT_THAT(made("  - {name: a, type: text, title: {zh: 甲, en: A}}\n"), HasSubstr("std::string_view a() const"));
  EXPECT_EQ(
      made("  - {name: a, type: text, title: {zh: 甲, en: A}}\n  - {name: class, type: text, title: {zh: 甲, en: A}}\n"
           "  - {name: class_, type: text, title: {zh: 甲, en: A}}\n"),
      "plug.records.name: Heap: “class_” and another name both become class_ in C++; rename one.");
  EXPECT_EQ(made("  - {name: a, type: text, title: {zh: 甲, en: A}}\n",
                 "  - {code: a-b, title: {zh: 甲, en: A}}\n  - {code: a_b, title: {zh: 甲, en: A}}\n"),
            "plug.records.name: load: “a_b” and another name both become a_b in C++; rename one.");
}

}  // namespace
}  // namespace civitas
