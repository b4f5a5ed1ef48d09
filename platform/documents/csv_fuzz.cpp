// CSV from hostile bytes: encoding, separators, quotes. The first byte chooses the encoding and the
// separator.
#include <cstdint>

#include "documents/csv_reader.hpp"

using namespace civitas::documents;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  TableOptions options;
  options.limits.cell_bytes = 4096;
  options.limits.columns = 64;
  if (data[0] & 8) options.separator = data[0] & 16 ? ';' : '\t';
  auto shape = tell_csv_encoding(bytes.substr(0, 8), bytes);
  TextEncoding encoding = shape ? shape->encoding : TextEncoding::utf8;
  if (data[0] & 4) encoding = static_cast<TextEncoding>(1 + (data[0] & 3));
  const std::size_t skip = shape ? std::min(shape->mark_bytes, bytes.size()) : 0;
  auto reader = open_csv(std::make_unique<MemorySource>(bytes.substr(skip)), encoding, bytes.size(), options);
  if (!reader) return 0;
  std::vector<Cell> row;
  std::uint64_t last = 0;
  for (;;) {
    const auto any = (*reader)->next(row);
    if (!any || !*any) break;
    if (row.empty() || row.size() > 64 || row.back().empty() || (*reader)->row_number() <= last) __builtin_trap();
    last = (*reader)->row_number();
  }
  return 0;
}
