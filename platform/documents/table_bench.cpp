// Rows a second, written and read: six columns of a typical register.
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "documents/geojson.hpp"
#include "documents/table_writer.hpp"

using namespace civitas::documents;

namespace {
double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void measure(const char* name, const std::filesystem::path& file, int rows, std::unique_ptr<TableWriter> writer) {
  auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < rows; ++i) {
    const auto done =
        writer->row({Cell::of("长江路" + std::to_string(i) + "号"), Cell::of("3401040000" + std::to_string(i)),
                     Cell::number("117." + std::to_string(100000 + i % 900000)), Cell::number("31.8206"),
                     Cell::date("2024-05-01"), Cell::of("由人民政府命名的道路")});
    if (!done) std::abort();
  }
  if (!writer->finish()) std::abort();
  const double written = seconds_since(start);
  start = std::chrono::steady_clock::now();
  auto reader = open_table(file);
  if (!reader) std::abort();
  std::vector<Cell> row;
  int count = 0;
  for (;;) {
    const auto any = (*reader)->next(row);
    if (!any) std::abort();
    if (!*any) break;
    ++count;
  }
  const double read = seconds_since(start);
  std::printf("%-14s %d rows, %.1f MB: written %.0f rows/s, read %.0f rows/s\n", name, count,
              static_cast<double>(std::filesystem::file_size(file)) / 1e6, rows / written, count / read);
}
}  // namespace

int main(int argc, char** argv) {
  const int rows = argc > 1 ? std::atoi(argv[1]) : 200'000;
  const auto folder = std::filesystem::temp_directory_path() / ("documents_bench_" + std::to_string(std::rand()));
  std::filesystem::create_directories(folder);
  const std::vector<Column> columns = {{.title = "名称"},
                                       {.title = "编码"},
                                       {.title = "经度", .kind = ColumnKind::decimal},
                                       {.title = "纬度", .kind = ColumnKind::decimal},
                                       {.title = "日期", .kind = ColumnKind::date},
                                       {.title = "备注"}};
  measure("XLSX", folder / "t.xlsx", rows, *create_xlsx(folder / "t.xlsx", columns));
  measure("CSV UTF-8", folder / "t.csv", rows, *create_csv(folder / "t.csv", columns));
  CsvOptions options;
  options.encoding = TextEncoding::gb18030;
  measure("CSV GB18030", folder / "g.csv", rows, *create_csv(folder / "g.csv", columns, options));
  std::filesystem::remove_all(folder);
}
