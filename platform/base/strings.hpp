// Small helpers on text and files that the standard library lacks.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace civitas {

std::vector<std::string_view> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);
std::string to_lower_ascii(std::string_view text);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string replace_all(std::string text, std::string_view from, std::string_view to);
std::optional<std::int64_t> parse_integer(std::string_view text);
std::optional<double> parse_number(std::string_view text);
std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view hex);
std::string to_base64url(std::string_view bytes);  // without padding, RFC 4648 section 5
std::optional<std::string> from_base64url(std::string_view text);

/// The word of `candidates` that `word` probably meant (edit distance at most 2), or "".
std::string_view nearest_word(std::string_view word, const std::vector<std::string>& candidates);

/// Whole file; fails with `base.file.unreadable`.
Result<std::string> read_file(const std::filesystem::path& file);
/// Writes beside the target, syncs and renames: after a crash the file is either the old or the new one.
Status write_file_atomically(const std::filesystem::path& file, std::string_view content);

}  // namespace civitas
