#include "place_names/engine/name_file.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <map>
#include <random>

#include "base/strings.hpp"
#include "place_names/engine/name_index.hpp"

namespace civitas::place_names {
namespace {

std::filesystem::path temporary(const char* name) {
  return std::filesystem::path(testing::TempDir()) / (std::to_string(::getpid()) + name);
}

ExistingName existing(std::string code, std::string name, LegalKind kind = LegalKind::road) {
  return {std::move(code), std::move(name), "420106000000", kind, Position{114.305393123, 30.5}};
}

std::shared_ptr<const NameFile> file_of(const std::vector<ExistingName>& names, const std::filesystem::path& path,
                                        const Origin& origin = {}) {
  NameFileBuilder builder;
  for (const auto& name : names) EXPECT_TRUE(builder.add(name));
  EXPECT_TRUE(builder.write(path, origin));
  auto file = NameFile::open(path);
  EXPECT_TRUE(file) << (file ? "" : file.error().detail);
  return file ? *file : nullptr;
}

std::vector<std::string> codes(const NameIndex& index, NameKey key, std::string_view name) {
  std::vector<std::string> list;
  index.find(key, name, [&](const ExistingName& n) {
    list.push_back(n.code);
    return true;
  });
  std::sort(list.begin(), list.end());
  return list;
}

using Codes = std::vector<std::string>;

TEST(NameFile, KeepsWhatItWasGiven) {
  const auto path = temporary("kept.index");
  const Origin origin{{7, 70}, {8, 80}};
  auto bare = existing("420111002001", "曙光社区", LegalKind::committee);
  bare.division.clear();
  bare.position.reset();
  const auto file = file_of({existing("42010600023510000001", "梅园路"), bare}, path, origin);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->origin(), origin);
  EXPECT_TRUE(file->verify());
  ExistingName one;
  ASSERT_TRUE(file->read(*file->number_of("42010600023510000001"), one));
  EXPECT_EQ(one.name, "梅园路");
  EXPECT_EQ(one.division, "420106000000");
  EXPECT_EQ(one.kind, LegalKind::road);
  EXPECT_EQ(one.position, (Position{114.305393123, 30.5}));
  ASSERT_TRUE(file->read(*file->number_of("420111002001"), one));
  EXPECT_EQ(one.division, "");
  EXPECT_FALSE(one.position);
  EXPECT_FALSE(file->number_of("420111002002"));
  EXPECT_FALSE(file->read(2, one));
  NameFileBuilder builder;
  EXPECT_EQ(builder.add(existing("", "梅园路")).error().reason, "place_names.index.entry");
  EXPECT_EQ(builder.add(existing("1", std::string(70000, 'x'))).error().reason, "place_names.index.entry");
  std::filesystem::remove(path);
}

TEST(NameIndex, AnswersTheSameFromTheFileAndFromMemory) {
  // The file with changes above it must answer as an index that was given everything in memory.
  const auto path = temporary("same.index");
  const char* specific[] = {"梅园", "煤园", "东湖", "冬湖", "墨水湖", "银行", "行知"};
  const char* generic[] = {"路", "街", "社区", "桥"};
  std::mt19937 random(4);
  std::map<std::string, ExistingName> truth;
  NameIndex mixed;
  std::uint64_t known = 0;
  for (int step = 0; step < 2000; ++step) {
    const auto code = "420106000235100" + std::to_string(10000 + random() % 200);
    if (random() % 3 == 0) {
      mixed.remove(code);
      truth.erase(code);
    } else {
      const auto name = existing(code, std::string(specific[random() % 7]) + generic[random() % 4]);
      mixed.add(name);
      truth[code] = name;
    }
    if (step % 250 == 100) {
      // Built of what holds now, taken into use later: changes in between must stay.
      known = mixed.last_change();
      NameFileBuilder builder;
      for (const auto& [c, n] : truth) ASSERT_TRUE(builder.add(n));
      ASSERT_TRUE(builder.write(path));
    }
    if (step % 250 == 160) mixed.use(*NameFile::open(path), known);
    if (step % 50 != 0) continue;
    NameIndex plain;
    for (const auto& [c, n] : truth) plain.add(n);
    ASSERT_EQ(mixed.size(), truth.size()) << step;
    for (const auto* s : specific)
      for (const auto* g : generic)
        for (auto key : {NameKey::whole, NameKey::specific, NameKey::whole_sound, NameKey::specific_sound})
          ASSERT_EQ(codes(mixed, key, std::string(s) + g), codes(plain, key, std::string(s) + g)) << step << s << g;
    for (int i = 0; i < 200; ++i) {
      const auto c = "420106000235100" + std::to_string(10000 + i);
      ASSERT_EQ(mixed.name_of(c), truth.contains(c) ? truth[c].name : "") << step;
    }
  }
  EXPECT_GT(truth.size(), 100u);
  std::filesystem::remove(path);
}

TEST(NameIndex, ANewFileForgetsWhatItKnowsOnly) {
  const auto path = temporary("newer.index");
  NameIndex index;
  index.add(existing("1", "梅园路"));
  const auto known = index.last_change();
  index.add(existing("2", "东湖路"));
  index.remove("1");
  EXPECT_EQ(index.changes(), 2u);
  index.use(file_of({existing("1", "梅园路")}, path), known);
  EXPECT_EQ(codes(index, NameKey::whole, "梅园路"), Codes{});
  EXPECT_EQ(codes(index, NameKey::whole, "东湖路"), Codes{"2"});
  EXPECT_EQ(index.size(), 1u);
  index.use(file_of({existing("2", "东湖路")}, path), index.last_change());
  EXPECT_EQ(index.changes(), 0u);
  EXPECT_EQ(codes(index, NameKey::whole, "东湖路"), Codes{"2"});
  std::filesystem::remove(path);
}

TEST(NameFile, RefusesWhatIsTornForeignOrOld) {
  const auto path = temporary("torn.index");
  const auto file = file_of({existing("1", "梅园路"), existing("2", "东湖路")}, path);
  const auto whole = *read_file(path);
  auto reason = [&](const std::string& bytes) -> std::string {
    std::ofstream(path, std::ios::binary) << bytes;
    auto opened = NameFile::open(path);
    return opened ? "" : opened.error().reason;
  };
  EXPECT_EQ(reason(whole), "");
  for (std::size_t cut : {std::size_t{0}, std::size_t{7}, std::size_t{60}, whole.size() / 2, whole.size() - 1})
    EXPECT_EQ(reason(whole.substr(0, cut)), "place_names.index.damaged") << cut;
  EXPECT_EQ(reason(whole + "x"), "place_names.index.damaged");
  auto other = whole;
  other[8] = 99;
  EXPECT_EQ(reason(other), "place_names.index.version");
  other = whole;
  other[3] = 'I';
  EXPECT_EQ(reason(other), "place_names.index.damaged");
  for (std::size_t at = 12; at < sizeof(index_format::Header); ++at) {
    other = whole;
    other[at] = static_cast<char>(other[at] ^ 1);
    EXPECT_EQ(reason(other), "place_names.index.damaged") << at;
  }
  // Keys made with other tables: the file is sound and of no use.
  NameFileBuilder builder;
  ASSERT_TRUE(builder.add(existing("1", "梅园路")));
  ASSERT_TRUE(builder.write(path));
  other = *read_file(path);
  const auto table =
      sizeof(index_format::Header) + sizeof(index_format::SectionEntry) * static_cast<std::size_t>(NameSection::tables);
  std::uint64_t offset;
  std::memcpy(&offset, other.data() + table, sizeof offset);
  other[offset] = static_cast<char>(other[offset] ^ 1);
  EXPECT_EQ(reason(other), "place_names.index.version");
  std::filesystem::remove(path);
  EXPECT_EQ(NameFile::open(path).error().reason, "place_names.index.missing");
}

TEST(NameFile, DamageInsideIsFoundByReadingItThroughAndHarmlessBefore) {
  const auto path = temporary("inside.index");
  std::vector<ExistingName> names;
  for (int i = 0; i < 50; ++i) names.push_back(existing(std::to_string(i), "梅园" + std::to_string(i % 5) + "路"));
  ASSERT_TRUE(file_of(names, path));
  const auto whole = *read_file(path);
  const auto begin =
      sizeof(index_format::Header) + sizeof(index_format::SectionEntry) * static_cast<std::size_t>(NameSection::count_);
  std::mt19937_64 random(3);
  int found = 0;
  for (int i = 0; i < 300; ++i) {
    auto bytes = whole;
    // Many damages at once, so that tables, postings and entries contradict one another.
    for (int k = 0; k < 40; ++k) bytes[begin + random() % (bytes.size() - begin)] = static_cast<char>(random());
    std::ofstream(path, std::ios::binary) << bytes;
    auto opened = NameFile::open(path);
    if (!opened) continue;
    if (auto sound = (*opened)->verify(); !sound) {
      EXPECT_EQ(sound.error().reason, "place_names.index.damaged");
      ++found;
    }
    NameIndex index;
    index.use(*opened, 0);
    for (auto key : {NameKey::whole, NameKey::specific, NameKey::whole_sound, NameKey::specific_sound})
      (void)codes(index, key, "梅园3路");
    (void)index.path_of("420106000000");
    index.remove("7");
    index.add(existing("8", "东湖路"));
    EXPECT_EQ(codes(index, NameKey::whole, "东湖路"), Codes{"8"});
  }
  EXPECT_GT(found, 250);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace civitas::place_names
