// For tests that need files.
#pragma once

#include <cstdlib>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace civitas {

/// A new empty folder; it goes, with what is in it, when this does.
class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "civitas_test_XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("no folder can be made: " + name);
    path_ = name;
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::filesystem::path& file) const { return path_ / file; }

  /// Writes a file, with the folders above it.
  void put(const std::filesystem::path& file, std::string_view text) const {
    const auto at = path_ / file;
    std::filesystem::create_directories(at.parent_path());
    std::ofstream(at, std::ios::binary) << text;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace civitas
