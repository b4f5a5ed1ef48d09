// multipart/form-data (RFC 7578): forms with files. Parts are views into the body, also when it lies in a file (it is
// mapped into memory): nothing is copied.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace civitas::http {

struct MultipartLimits {
  std::size_t parts = 200;
  std::size_t part_head = 8 * 1024;                  // bytes of one part's fields
  std::uint64_t part_size = std::uint64_t{4} << 30;  // bytes of one part
};

struct Part {
  std::string name;
  std::optional<std::string> file_name;  // sanitised; set exactly when the part is a file
  std::string content_type;              // as the client says: not to be believed
  std::string_view content;
};

/// Valid as long as the request it was made from.
class Multipart {
 public:
  const std::vector<Part>& parts() const { return parts_; }
  /// The first part of this name, or nullptr.
  const Part* find(std::string_view name) const;
  /// The text of a field that is not a file, or nothing.
  std::optional<std::string_view> text(std::string_view name) const;

 private:
  friend Result<Multipart> parse_multipart(const Request& request, const MultipartLimits& limits);
  std::vector<Part> parts_;
  std::shared_ptr<const void> mapping_;
};

/// Fails with `http.multipart.type` (another media type, no boundary), `http.multipart.malformed`,
/// `http.multipart.too_many` or `http.multipart.too_large`.
Result<Multipart> parse_multipart(const Request& request, const MultipartLimits& limits = {});
/// The same on bytes in memory.
Result<std::vector<Part>> parse_multipart_body(std::string_view body, std::string_view boundary,
                                               const MultipartLimits& limits = {});
/// The boundary parameter of a Content-Type value, or nothing.
std::optional<std::string> multipart_boundary(std::string_view content_type);

/// A name that is safe to store and show: the last part of a path, valid UTF-8, without control, reordering or reserved
/// characters, without dots and blanks at its ends, at most 200 bytes with its extension kept; "file" when nothing is
/// left.
std::string sanitize_file_name(std::string_view name);

}  // namespace civitas::http
