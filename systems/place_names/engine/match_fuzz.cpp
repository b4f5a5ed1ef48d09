// Any bytes as the text of a match.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "place_names/engine/index_build.hpp"
#include "place_names/engine/matcher.hpp"

using namespace civitas::place_names;

namespace {

std::optional<Matcher>& matcher() {
  static std::optional<Matcher> one = [] {
    auto make = [](const char* code, const char* name, Level level, const char* parent) {
      Entry e;
      e.code = code, e.name = name, e.level = level, e.parent = parent;
      return e;
    };
    const auto file = std::filesystem::temp_directory_path() / ("civitas_fuzz_" + std::to_string(::getpid()));
    auto built = build_index({make("420000000000", "湖北省", Level::province, ""),
                              make("420100000000", "武汉市", Level::city, "420000000000"),
                              make("420111000000", "洪山区", Level::county, "420100000000"),
                              make("420111002000", "关山街道", Level::township, "420111000000"),
                              make("420111002001", "曙光社区居委会", Level::village, "420111002000"),
                              make("420111002002", "保利时代社区", Level::village, "420111002000"),
                              make("42011100023510000001", "珞喻路", Level::place, "420111000000")},
                             file);
    if (!built) std::abort();
    auto opened = Matcher::open(file);
    if (!opened) std::abort();
    std::filesystem::remove(file);
    return std::optional<Matcher>(std::move(*opened));
  }();
  return one;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto answer = matcher()->match({reinterpret_cast<const char*>(data), size});
  for (const auto& m : answer.matches)
    if (!(m.score >= 0 && m.score <= 1)) std::abort();
  return 0;
}
