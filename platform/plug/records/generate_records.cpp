// civitas_records SYSTEM HEADER FILE…: writes the typed records of a system (record_header.hpp) from its declarations,
// which are in the working directory: system.yaml, sign.yaml, terms/sign_kind.yaml … A header that would be the same is
// left alone, so that nothing is compiled anew.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "base/strings.hpp"
#include "entities/loader.hpp"
#include "plug/records/record_header.hpp"

namespace {

using namespace civitas;

Result<std::string> make(const std::string& system, const std::vector<std::string>& files) {
  std::vector<entities::Source> sources;
  for (const auto& file : files) {
    CIVITAS_TRY(std::string text, read_file(file));
    sources.push_back({file, std::move(text)});
  }
  entities::Mistakes mistakes;
  const entities::System read = entities::read_system(system, sources, mistakes);
  if (!mistakes.none()) return fail(mistakes.to_problem());
  return plug::record_header(read);
}

int write(const std::filesystem::path& header, const std::string& text) {
  if (const auto there = read_file(header); there && *there == text) return 0;
  std::filesystem::create_directories(header.parent_path());
  std::ofstream out(header, std::ios::binary);
  out << text;
  out.close();
  if (out) return 0;
  std::cerr << header << " cannot be written.\n";
  return 1;
}

}  // namespace

int main(int count, char** words) {
  if (count < 3) {
    std::cerr << "civitas_records SYSTEM HEADER FILE…\n";
    return 2;
  }
  const auto text = make(words[1], {words + 3, words + count});
  if (text) return write(words[2], *text);
  std::cerr << text.error().message.en << "\n";
  return 1;
}
