// Any bytes as an index file, the matcher's or the one of existing names: a Problem or an index that answers, never a
// crash. Checksums are put right after the mutation at times, so that the checks behind them are reached.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "place_names/engine/index_build.hpp"
#include "place_names/engine/index_format.hpp"
#include "place_names/engine/matcher.hpp"
#include "place_names/engine/name_index.hpp"

using namespace civitas::place_names;

namespace {

std::filesystem::path temporary() {
  return std::filesystem::temp_directory_path() / ("civitas_index_" + std::to_string(::getpid()));
}

std::string taken(const std::filesystem::path& file) {
  auto content = civitas::read_file(file);
  std::filesystem::remove(file);
  return *content;
}

const std::string& matching() {
  static const std::string bytes = [] {
    Entry province, city;
    province.code = "420000000000", province.name = "湖北省", province.level = Level::province;
    city.code = "420100000000", city.name = "武汉市", city.level = Level::city, city.parent = province.code;
    if (!build_index({province, city}, temporary())) std::abort();
    return taken(temporary());
  }();
  return bytes;
}

const std::string& existing() {
  static const std::string bytes = [] {
    NameFileBuilder builder;
    for (const auto* code : {"420000000000", "420100000000", "42010600023510000001"})
      if (!builder.add(
              {code, code[2] == '0' ? "湖北省" : "梅园路", "420100000000", LegalKind::road, Position{114.3, 30.5}}))
        std::abort();
    if (!builder.write(temporary())) std::abort();
    return taken(temporary());
  }();
  return bytes;
}

void repair(std::string& bytes, std::size_t sections) {
  using namespace index_format;
  std::vector<SectionEntry> entries(sections);
  const std::size_t table = sizeof(SectionEntry) * sections;
  std::memcpy(entries.data(), bytes.data() + sizeof(Header), table);
  for (auto& e : entries)
    if (e.offset <= bytes.size() && e.bytes <= bytes.size() - e.offset)
      e.checksum = checksum(bytes.data() + e.offset, e.bytes);
  std::memcpy(bytes.data() + sizeof(Header), entries.data(), table);
  Header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  header.table_checksum = checksum(entries.data(), table);
  header.header_checksum = checksum(&header, offsetof(Header, header_checksum));
  std::memcpy(bytes.data(), &header, sizeof header);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Input: which file; then pairs of (position, value) applied to a sound one; a last odd byte asks for no repair.
  if (size == 0) return 0;
  const bool names = data[0] & 1;
  ++data, --size;
  std::string bytes = names ? existing() : matching();
  for (std::size_t i = 0; i + 5 <= size; i += 5) {
    std::uint32_t at;
    std::memcpy(&at, data + i, 4);
    bytes[at % bytes.size()] = static_cast<char>(data[i + 4]);
  }
  if (size % 5 != 1) repair(bytes, names ? name_file.sections : index_format::section_count);
  const int fd = static_cast<int>(memfd_create("index", 0));
  if (fd < 0 || ::write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::abort();
  const auto path = "/proc/self/fd/" + std::to_string(fd);
  if (names) {
    if (auto file = NameFile::open(path)) {
      (void)(*file)->verify();
      NameIndex index;
      index.use(*file, 0);
      index.add({"1", "东湖路", "420100000000", LegalKind::road, std::nullopt});
      index.remove("420100000000");
      for (auto key : {NameKey::whole, NameKey::specific, NameKey::whole_sound, NameKey::specific_sound})
        index.find(key, "梅园路", [](const ExistingName& name) {
          if (!civitas::is_valid_utf8(name.name)) std::abort();
          return true;
        });
      (void)index.path_of("420100000000");
    }
  } else if (auto matcher = Matcher::open(path)) {
    (void)matcher->match("湖北省武汉市洪山区12号");
  }
  ::close(fd);
  return 0;
}
