// Prints the time of the first call (tables), the time of each function for one name, and the memory of the tables.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "text/automaton.hpp"
#include "text/pinyin.hpp"
#include "text/shape.hpp"
#include "text/similarity.hpp"
#include "text/sound.hpp"
#include "text/spelling.hpp"
#include "text/tokens.hpp"

namespace {
using namespace civitas::text;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

long resident_kilobytes() {
  long value = 0;
  if (std::FILE* file = std::fopen("/proc/self/status", "r")) {
    char line[256];
    while (std::fgets(line, sizeof line, file))
      if (std::strncmp(line, "VmRSS:", 6) == 0) std::sscanf(line + 6, "%ld", &value);
    std::fclose(file);
  }
  return value;
}

std::size_t sink = 0;

template <class Work>
void measure(const char* what, const std::vector<std::string>& names, Work work) {
  constexpr int rounds = 20000;
  for (const auto& name : names) sink += work(name);
  const double begin = now();
  for (int round = 0; round < rounds; ++round)
    for (const auto& name : names) sink += work(name);
  const double seconds = now() - begin;
  std::printf("%-34s %8.0f ns per name\n", what, seconds * 1e9 / rounds / static_cast<double>(names.size()));
}
}  // namespace

int main() {
  const long before = resident_kilobytes();
  double begin = now();
  sink += pinyin("黄陂区前川街").size();
  std::printf("first pinyin()  %.1f ms, %ld KB more resident\n", (now() - begin) * 1e3, resident_kilobytes() - before);
  begin = now();
  sink += similar_shape(U'塆', U'湾');
  std::printf("first shape     %.1f ms, %ld KB more resident in all\n", (now() - begin) * 1e3,
              resident_kilobytes() - before);

  const std::vector<std::string> names = {"黄陂区前川街", "鹦鹉洲长江桥", "武昌都府堤路", "硚口古田二路",
                                          "珞珈山街道口", "中南路街道办", "长轩岭石门村", "沌口经济开发",
                                          "汉口六渡桥街", "解放大道中段"};
  measure("pinyin", names, [](const std::string& n) { return pinyin(n).size(); });
  measure("toned", names, [](const std::string& n) { return toned(n).size(); });
  measure("initials", names, [](const std::string& n) { return initials(n).size(); });
  measure("sound_hash near", names, [](const std::string& n) { return sound_hash(n, SoundLevel::near) & 1; });
  measure("spell", names, [](const std::string& n) { return spell(n).toned.size(); });
  measure("split_name", names, [](const std::string& n) { return split_name(n).generic.size(); });
  measure("index_tokens", names, [](const std::string& n) { return index_tokens(n).size(); });
  measure("query_tokens", names, [](const std::string& n) { return query_tokens(n).size(); });
  measure("weighted_distance", names,
          [&](const std::string& n) { return static_cast<std::size_t>(weighted_distance(n, names[0]) * 10); });
  measure("bigram_jaccard", names,
          [&](const std::string& n) { return static_cast<std::size_t>(bigram_jaccard(n, names[0]) * 10); });
  std::vector<std::string> words;
  for (char32_t a = 0x4E00; a < 0x4E00 + 5000; ++a)
    words.push_back(std::string("中") + static_cast<char>('a' + a % 26));
  std::vector<std::pair<std::string_view, int>> list;
  for (const auto& word : words) list.emplace_back(word, 1);
  for (const char* word : {"世界", "中央", "曼哈顿", "威尼斯", "帝王", "皇宫"}) list.emplace_back(word, 2);
  const Automaton automaton(list);
  measure("Automaton::contains_any", names,
          [&](const std::string& n) { return std::size_t{automaton.contains_any(n)}; });
  std::printf("(%zu)\n", sink & 1);
}
