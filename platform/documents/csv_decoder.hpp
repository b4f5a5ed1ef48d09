// Turns bytes of a known encoding into UTF-8 piece by piece, stopping in front of the first byte that is
// wrong.
#pragma once

#include <memory>
#include <string>

#include "documents/byte_source.hpp"
#include "documents/table_reader.hpp"

namespace civitas::documents {

class Decoder {
 public:
  Decoder(std::unique_ptr<ByteSource> source, TextEncoding encoding);
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  /// Appends the next piece to `out`; false when nothing is left. What was valid before a wrong byte is
  /// delivered first, then malformed() turns true and nothing follows.
  Result<bool> more(std::string& out);
  bool malformed() const { return malformed_; }
  std::uint64_t bytes_read() const { return bytes_read_; }

 private:
  struct Converter;
  void pass_utf8(std::string& out);
  void convert(std::string& out, bool last);

  std::unique_ptr<ByteSource> source_;
  std::unique_ptr<Converter> converter_;
  std::string pending_;  // UTF-8: bytes of a sequence that is not complete yet
  std::string buffer_;
  std::uint64_t bytes_read_ = 0;
  bool ended_ = false;
  bool malformed_ = false;
};

/// Longest prefix of `text` that is valid UTF-8. `cut_off` tells that the rest could be the beginning of one
/// sequence.
std::size_t valid_utf8_prefix(std::string_view text, bool& cut_off);

/// Whether all of `bytes` is GB18030; a sequence cut off at the end does not count against it.
bool could_be_gb18030(std::string_view bytes);

/// Nothing when a character has no place in GB18030. `ok` tells.
std::string to_gb18030(std::string_view utf8, bool& ok);

}  // namespace civitas::documents
