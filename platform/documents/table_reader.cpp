#include "documents/table_reader.hpp"

#include <fstream>

#include "documents/csv_reader.hpp"
#include "documents/xlsx_reader.hpp"

namespace civitas::documents {

namespace {

class FileSource final : public ByteSource {
 public:
  FileSource(const std::filesystem::path& file, std::uint64_t skip) : in_(file, std::ios::binary) {
    in_.seekg(static_cast<std::streamoff>(skip));
  }
  Result<std::size_t> read(char* into, std::size_t size) override {
    in_.read(into, static_cast<std::streamsize>(size));
    if (in_.bad())
      return fail(problem(Kind::unavailable, "documents.table.unreadable", "读取文件时出错，请重试。",
                          "Reading the file failed; try again."));
    return static_cast<std::size_t>(in_.gcount());
  }

 private:
  std::ifstream in_;
};

// 64 KiB from where the first byte beyond ASCII stands: a long head of plain digits says nothing about the
// encoding.
std::string telling_sample(std::ifstream& in) {
  std::string sample(64 * 1024, '\0');
  in.clear();
  in.seekg(0);
  std::streamoff at = 0;
  while (in.read(sample.data(), static_cast<std::streamsize>(sample.size())), in.gcount() > 0) {
    const auto count = static_cast<std::size_t>(in.gcount());
    for (std::size_t i = 0; i < count; ++i) {
      if (static_cast<unsigned char>(sample[i]) < 0x80 && sample[i] != '\0') continue;
      in.clear();
      in.seekg(at + static_cast<std::streamoff>(i));
      sample.resize(64 * 1024);
      in.read(sample.data(), static_cast<std::streamsize>(sample.size()));
      sample.resize(static_cast<std::size_t>(in.gcount()));
      return sample;
    }
    at += static_cast<std::streamoff>(count);
  }
  return {};
}

}  // namespace

std::string column_letters(std::uint32_t column) {
  std::string letters;
  for (; column > 0; column = (column - 1) / 26)
    letters.insert(letters.begin(), static_cast<char>('A' + (column - 1) % 26));
  return letters;
}

bool looks_like_formula(std::string_view text) {
  if (text.empty()) return false;
  for (const std::string_view start : {"=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"})
    if (text.starts_with(start)) return true;
  return false;
}

Result<std::unique_ptr<TableReader>> open_table(const std::filesystem::path& file, TableFormat hint,
                                                const TableOptions& options) {
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(file, error);
  std::ifstream in(file, std::ios::binary);
  if (error || !in)
    return fail(problem(Kind::not_found, "documents.table.unreadable", "打不开上传的表格文件。",
                        "The table file cannot be opened.")
                    .with_detail(file.string()));
  if (size == 0) return fail(invalid("documents.table.empty", "文件是空的，请检查后重新上传。", "The file is empty."));
  if (size > options.limits.file_bytes)
    return fail(
        problem(Kind::too_large, "documents.table.file_size",
                "文件超过 " + std::to_string(options.limits.file_bytes >> 20) + " MB，请分成几个文件。",
                "The file is larger than " + std::to_string(options.limits.file_bytes >> 20) + " MB; split it."));
  char bytes[8] = {};
  in.read(bytes, sizeof bytes);
  const std::string_view head(bytes, static_cast<std::size_t>(in.gcount()));
  const auto unsupported = [](std::string zh, std::string en) {
    return fail(problem(Kind::unsupported, "documents.table.format", std::move(zh), std::move(en)));
  };
  if (head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06")) return open_xlsx(file, options);
  if (head.starts_with("\xD0\xCF\x11\xE0"))
    return unsupported("这是旧版 .xls 文件或加了密码的工作簿，请去掉密码并另存为 .xlsx 后再上传。",
                       "This is an old .xls file or a workbook with a password; save it as .xlsx without a password.");
  if (head.starts_with("%PDF") || head.starts_with("{\\rtf"))
    return unsupported("这是文档而不是表格，请上传 .xlsx 或 CSV。",
                       "This is a document, not a table; send .xlsx or CSV.");
  if (hint == TableFormat::xlsx && head.starts_with("<"))
    return unsupported("这是网页或 XML 格式的表格，请另存为 .xlsx 后再上传。",
                       "This is a table in HTML or XML; save it as .xlsx.");
  CIVITAS_TRY(CsvShape shape, tell_csv_encoding(head, telling_sample(in)));
  if (options.encoding != TextEncoding::detect && shape.mark_bytes == 0) shape.encoding = options.encoding;
  return open_csv(std::make_unique<FileSource>(file, shape.mark_bytes), shape.encoding, size, options);
}

}  // namespace civitas::documents
