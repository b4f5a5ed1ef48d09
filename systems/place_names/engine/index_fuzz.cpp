// Any bytes as an index file: a Problem or a matcher that answers, never a crash. Checksums are put right
// after the mutation at times, so that the checks behind them are reached.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include "base/strings.hpp"
#include "place_names/engine/index_build.hpp"
#include "place_names/engine/index_format.hpp"
#include "place_names/engine/matcher.hpp"

using namespace civitas::place_names;

namespace {

const std::string& whole() {
  static const std::string bytes = [] {
    Entry province, city;
    province.code = "420000000000", province.name = "湖北省", province.level = Level::province;
    city.code = "420100000000", city.name = "武汉市", city.level = Level::city, city.parent = province.code;
    const auto file =
        std::filesystem::temp_directory_path() / ("civitas_index_" + std::to_string(::getpid()));
    if (!build_index({province, city}, file)) std::abort();
    auto content = civitas::read_file(file);
    std::filesystem::remove(file);
    return *content;
  }();
  return bytes;
}

void repair(std::string& bytes) {
  using namespace index_format;
  if (bytes.size() < sizeof(Header) + sizeof(SectionEntry) * section_count) return;
  SectionEntry entries[section_count];
  std::memcpy(entries, bytes.data() + sizeof(Header), sizeof entries);
  for (auto& e : entries)
    if (e.offset <= bytes.size() && e.bytes <= bytes.size() - e.offset)
      e.checksum = checksum(bytes.data() + e.offset, e.bytes);
  std::memcpy(bytes.data() + sizeof(Header), entries, sizeof entries);
  Header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  header.table_checksum = checksum(entries, sizeof entries);
  header.header_checksum = checksum(&header, offsetof(Header, header_checksum));
  std::memcpy(bytes.data(), &header, sizeof header);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Input: triples of (position, value) applied to a sound file; a last odd byte asks for repair.
  std::string bytes = whole();
  for (std::size_t i = 0; i + 5 <= size; i += 5) {
    std::uint32_t at;
    std::memcpy(&at, data + i, 4);
    bytes[at % bytes.size()] = static_cast<char>(data[i + 4]);
  }
  if (size % 5 != 1) repair(bytes);
  const int fd = static_cast<int>(memfd_create("index", 0));
  if (fd < 0 || ::write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::abort();
  auto matcher = Matcher::open("/proc/self/fd/" + std::to_string(fd));
  ::close(fd);
  if (matcher) (void)matcher->match("湖北省武汉市洪山区12号");
  return 0;
}
