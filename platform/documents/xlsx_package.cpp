#include <zip.h>

#include "documents/xlsx_parts.hpp"

namespace civitas::documents {

namespace {
Problem broken(std::string detail) {
  return invalid("documents.xlsx.broken", "工作簿文件已损坏或没有传完，请重新保存并上传。",
                 "The workbook is damaged or was not sent completely; save it and send it again.")
      .with_detail(std::move(detail));
}
Problem bomb(std::string detail) {
  return problem(Kind::too_large, "documents.xlsx.bomb",
                 "工作簿解压后的内容超出允许的大小，已停止读取；请删除多余的空白行列和格式后另存。",
                 "Unpacked, the workbook is larger than allowed and was not read; delete unused rows, "
                 "columns and formats.")
      .with_detail(std::move(detail));
}
}  // namespace

class XlsxPackage::Entry final : public ByteSource {
 public:
  Entry(XlsxPackage& package, zip_file_t* file, std::uint64_t packed, std::string name)
      : package_(package), file_(file), packed_(packed), name_(std::move(name)) {}
  ~Entry() override { zip_fclose(file_); }

  Result<std::size_t> read(char* into, std::size_t size) override {
    const zip_int64_t count = zip_fread(file_, into, size);
    if (count < 0) return fail(broken(name_ + ": " + zip_file_strerror(file_)));
    out_ += static_cast<std::uint64_t>(count);
    package_.unpacked_ += static_cast<std::uint64_t>(count);
    const TableLimits& limits = package_.limits_;
    if (package_.unpacked_ > limits.unpacked_bytes) return fail(bomb(name_ + ": total size"));
    if (out_ > limits.unpack_ratio_from && out_ / std::max<std::uint64_t>(packed_, 1) > limits.unpack_ratio)
      return fail(bomb(name_ + ": ratio"));
    return static_cast<std::size_t>(count);
  }

 private:
  XlsxPackage& package_;
  zip_file_t* file_;
  std::uint64_t packed_;
  std::uint64_t out_ = 0;
  std::string name_;
};

Result<std::unique_ptr<XlsxPackage>> XlsxPackage::open(const std::filesystem::path& file, const TableLimits& limits) {
  int code = 0;
  zip_t* archive = zip_open(file.c_str(), ZIP_RDONLY, &code);
  if (!archive) return fail(broken("zip error " + std::to_string(code)));
  std::unique_ptr<XlsxPackage> package(new XlsxPackage(archive, limits));
  CIVITAS_CHECK(package->check());
  return package;
}

Result<std::unique_ptr<XlsxPackage>> XlsxPackage::open_bytes(std::string_view bytes, const TableLimits& limits) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  zip_t* archive = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : nullptr;
  if (!archive) {
    if (source) zip_source_free(source);
    const std::string detail = zip_error_strerror(&error);
    zip_error_fini(&error);
    return fail(broken(detail));
  }
  zip_error_fini(&error);
  std::unique_ptr<XlsxPackage> package(new XlsxPackage(archive, limits));
  CIVITAS_CHECK(package->check());
  return package;
}

XlsxPackage::~XlsxPackage() { zip_discard(archive_); }

Status XlsxPackage::check() {
  const zip_int64_t entries = zip_get_num_entries(archive_, 0);
  if (entries > static_cast<zip_int64_t>(limits_.entries)) return fail(bomb("entries: " + std::to_string(entries)));
  std::uint64_t declared = 0;
  for (zip_int64_t i = 0; i < entries; ++i) {
    zip_stat_t stat;
    zip_stat_init(&stat);
    if (zip_stat_index(archive_, static_cast<zip_uint64_t>(i), 0, &stat) != 0)
      return fail(broken("entry without facts"));
    if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) && stat.encryption_method != ZIP_EM_NONE)
      return fail(problem(Kind::unsupported, "documents.xlsx.encrypted", "工作簿加了密码，请去掉密码后再上传。",
                          "The workbook has a password; remove it."));
    if (stat.size > limits_.unpacked_bytes || (declared += stat.size) > limits_.unpacked_bytes)
      return fail(bomb("declared size"));
    if (stat.size > limits_.unpack_ratio_from &&
        stat.size / std::max<std::uint64_t>(stat.comp_size, 1) > limits_.unpack_ratio)
      return fail(bomb(std::string(stat.name ? stat.name : "") + ": declared ratio"));
  }
  return {};
}

std::optional<std::uint64_t> XlsxPackage::find(const std::string& name) const {
  // Part names are compared without regard to case (ECMA-376 part 2, 6.2.2.3); some writers rely on it.
  zip_int64_t index = zip_name_locate(archive_, name.c_str(), 0);
  if (index < 0) index = zip_name_locate(archive_, name.c_str(), ZIP_FL_NOCASE);
  if (index < 0) return std::nullopt;
  return static_cast<std::uint64_t>(index);
}

bool XlsxPackage::has(const std::string& part) const { return find(part).has_value(); }

std::uint64_t XlsxPackage::part_bytes(const std::string& name) const {
  const auto index = find(name);
  zip_stat_t stat;
  zip_stat_init(&stat);
  if (!index || zip_stat_index(archive_, *index, 0, &stat) != 0) return 0;
  return stat.size;
}

Result<std::unique_ptr<ByteSource>> XlsxPackage::part(const std::string& name) {
  const auto index = find(name);
  if (!index) return fail(broken("no part " + name));
  zip_stat_t stat;
  zip_stat_init(&stat);
  if (zip_stat_index(archive_, *index, 0, &stat) != 0) return fail(broken("no facts of " + name));
  zip_file_t* file = zip_fopen_index(archive_, *index, 0);
  if (!file) return fail(broken(name + ": " + zip_strerror(archive_)));
  return std::unique_ptr<ByteSource>(std::make_unique<Entry>(*this, file, stat.comp_size, name));
}

}  // namespace civitas::documents
