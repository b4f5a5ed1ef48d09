#include <algorithm>

#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "files/files.hpp"

namespace civitas::files {

namespace {

constexpr std::size_t longest_name = 120;  // characters
constexpr std::size_t longest_ending = 12;
// A name in a folder has at most 255 bytes in most systems where the file will be saved.
constexpr std::size_t most_bytes = 240;

void trim_edges(std::string& name) {
  const auto edge = [](char c) { return c == '.' || c == ' '; };
  while (!name.empty() && edge(name.back())) name.pop_back();
  name.erase(0, static_cast<std::size_t>(std::find_if_not(name.begin(), name.end(), edge) - name.begin()));
}

// Names that some systems take for devices, whatever their ending.
bool is_device(std::string_view name) {
  const std::string stem = to_lower_ascii(name.substr(0, name.find('.')));
  if (stem == "con" || stem == "prn" || stem == "aux" || stem == "nul") return true;
  return stem.size() == 4 && (stem.starts_with("com") || stem.starts_with("lpt")) && stem[3] >= '0' && stem[3] <= '9';
}

}  // namespace

std::string sanitize_name(std::string_view name) {
  if (const auto slash = name.find_last_of("/\\"); slash != name.npos) name.remove_prefix(slash + 1);
  std::string clean;
  for (std::size_t at = 0; at < name.size();) {
    const char32_t c = next_code_point(name, at);
    if (c < 0x20 || c == 0x7f || c == 0xFFFD || is_forbidden_control(c)) continue;
    // Look like separators, and some programs fold them into ones.
    const bool separator = c == U'／' || c == U'＼' || c == 0x2044 || c == 0x2215 || c == 0x29F8;
    if (separator || (c < 0x80 && std::string_view("<>:\"|?*").find(static_cast<char>(c)) != std::string_view::npos))
      clean += '_';
    else
      append_utf8(clean, c);
  }
  trim_edges(clean);
  if (utf8_length(clean) > longest_name || clean.size() > most_bytes) {
    const auto dot = clean.rfind('.');
    const std::string ending =
        dot != std::string::npos && clean.size() - dot <= longest_ending ? clean.substr(dot) : "";
    std::size_t keep = longest_name - utf8_length(ending);
    std::string head(utf8_prefix(clean.substr(0, clean.size() - ending.size()), keep));
    while (head.size() + ending.size() > most_bytes) head = utf8_prefix(head, --keep);
    clean = head + ending;
    trim_edges(clean);
  }
  if (clean.empty()) return "file";
  if (is_device(clean)) clean.insert(0, "_");
  return clean;
}

bool is_executable_name(std::string_view name) {
  static constexpr std::string_view endings[] = {
      ".exe", ".com", ".bat", ".cmd", ".scr", ".pif", ".msi",     ".msp",      ".dll",  ".sys", ".cpl", ".hta",
      ".lnk", ".vbs", ".vbe", ".js",  ".jse", ".wsf", ".wsh",     ".ps1",      ".psm1", ".reg", ".jar", ".apk",
      ".app", ".deb", ".rpm", ".sh",  ".run", ".url", ".desktop", ".appimage", ".chm",  ".scf", ".inf"};
  const std::string lower = to_lower_ascii(name);
  return std::any_of(std::begin(endings), std::end(endings), [&](std::string_view e) { return lower.ends_with(e); });
}

}  // namespace civitas::files
