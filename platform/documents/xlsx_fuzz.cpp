// XLSX from hostile bytes. An input that begins as an archive is read as a whole workbook, any other as the
// XML of a sheet, behind one byte for the date system, and as strings and styles.
#include <cstdint>

#include "documents/xlsx_reader.hpp"

using namespace civitas::documents;

namespace {
void check(const std::vector<Cell>& row, std::uint64_t number, std::uint64_t& last) {
  if (row.empty() || row.size() > 1000 || row.back().empty() || number <= last) __builtin_trap();
  last = number;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  TableOptions options;
  options.limits.unpacked_bytes = 8u << 20;
  options.limits.shared_string_bytes = 1u << 20;
  std::vector<Cell> row;
  std::uint64_t last = 0;
  if (bytes.starts_with("PK")) {
    auto reader = open_xlsx_bytes(bytes, options);
    if (!reader) return 0;
    for (;;) {
      const auto any = (*reader)->next(row);
      if (!any || !*any) return 0;
      check(row, (*reader)->row_number(), last);
    }
  }
  XlsxContext context;
  MemorySource styles(bytes.substr(1)), strings(bytes.substr(1));
  (void)context.styles.load(styles);
  (void)context.strings.load(strings, options.limits);
  for (std::size_t i = 0; i < context.strings.size(); ++i)
    if (context.strings[i].size() > size * 4) __builtin_trap();
  context.epoch_1904 = (data[0] & 1) != 0;
  SheetRows rows(std::make_unique<MemorySource>(bytes.substr(1)), context, options.limits);
  for (;;) {
    const auto any = rows.next(row);
    if (!any || !*any) return 0;
    check(row, rows.row_number(), last);
  }
}
