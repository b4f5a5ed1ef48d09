// Parts of an XLSX package (ECMA-376 part 2, SpreadsheetML): the archive with its limits, the XML stream,
// strings, styles.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "documents/byte_source.hpp"
#include "documents/table_reader.hpp"

struct XML_ParserStruct;
struct zip;

namespace civitas::documents {

/// Attributes of an element by local name: pairs of C strings as expat gives them.
class Attributes {
 public:
  explicit Attributes(const char** pairs) : pairs_(pairs) {}
  /// "" when absent. Prefixes are ignored.
  std::string_view operator[](std::string_view local_name) const;
  /// An attribute that has a prefix, such as r:id.
  std::string_view prefixed(std::string_view local_name) const;

 private:
  const char** pairs_;
};

class XmlHandler {
 public:
  virtual ~XmlHandler() = default;
  virtual void start(std::string_view name, const Attributes& attributes) = 0;
  virtual void end(std::string_view name) = 0;
  virtual void text(std::string_view piece) = 0;
};

/// Feeds a part to a handler. Document types are refused; a token that grows without end is refused.
class XmlStream {
 public:
  XmlStream(ByteSource& source, XmlHandler& handler, std::string part);
  ~XmlStream();
  XmlStream(const XmlStream&) = delete;
  XmlStream& operator=(const XmlStream&) = delete;

  /// Runs until the handler calls pause() (true) or the part ends (false).
  Result<bool> run();
  /// For handlers: return from run() after this event.
  void pause();
  void stop(Problem problem);

 private:
  struct Bridge;
  Problem syntax_problem() const;

  ByteSource& source_;
  XmlHandler& handler_;
  std::string part_;
  XML_ParserStruct* parser_;
  std::unique_ptr<Problem> problem_;
  std::uint64_t fed_ = 0;
  bool paused_ = false;
  bool last_fed_ = false;
};

/// The archive. Declared and actual sizes are both held to the limits.
class XlsxPackage {
 public:
  static Result<std::unique_ptr<XlsxPackage>> open(const std::filesystem::path& file, const TableLimits& limits);
  static Result<std::unique_ptr<XlsxPackage>> open_bytes(std::string_view bytes, const TableLimits& limits);
  ~XlsxPackage();
  XlsxPackage(const XlsxPackage&) = delete;
  XlsxPackage& operator=(const XlsxPackage&) = delete;

  bool has(const std::string& part) const;
  Result<std::unique_ptr<ByteSource>> part(const std::string& name);
  std::uint64_t part_bytes(const std::string& name) const;
  /// Bytes unpacked so far; a part that is read twice counts once when the count goes on from where it began.
  std::uint64_t unpacked() const { return unpacked_; }
  void count_again_from(std::uint64_t unpacked) { unpacked_ = unpacked; }

 private:
  class Entry;
  XlsxPackage(zip* archive, const TableLimits& limits) : archive_(archive), limits_(limits) {}
  Status check();
  std::optional<std::uint64_t> find(const std::string& name) const;

  zip* archive_;
  TableLimits limits_;
  std::uint64_t unpacked_ = 0;
};

/// All strings of a workbook in one block of memory.
class SharedStrings {
 public:
  Status load(ByteSource& source, const TableLimits& limits);
  std::size_t size() const { return ends_.size(); }
  std::string_view operator[](std::size_t index) const {
    const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(text_).substr(begin, ends_[index] - begin);
  }

 private:
  std::string text_;
  std::vector<std::uint32_t> ends_;
};

enum class NumberStyle : std::uint8_t { number, date, time };

struct CellReference {
  std::uint32_t column = 0;  // 0: none given
  std::uint64_t row = 0;
};
/// "C12".
CellReference parse_reference(std::string_view text);

/// What the number format of each cell style means.
class XlsxStyles {
 public:
  Status load(ByteSource& source);
  NumberStyle of(std::size_t style) const {
    return style < cells_.size() ? cells_[style].kind : NumberStyle::number;
  }
  /// The code of a number format that is not General; "" otherwise.
  const std::string& format_of(std::size_t style) const {
    static const std::string none;
    return style < cells_.size() ? cells_[style].format : none;
  }
  struct Style {
    NumberStyle kind = NumberStyle::number;
    std::string format;
  };

 private:
  std::vector<Style> cells_;
};

/// ECMA-376 18.8.30: whether a format code shows a date, a time of day or a number.
NumberStyle style_of_format(std::string_view code);
/// Built-in identifiers, with the date formats of Chinese office programs (27–36, 50–58).
NumberStyle style_of_builtin(int id);

struct SheetInfo {
  std::string name;
  std::string part;
  bool visible = true;
};
struct WorkbookInfo {
  std::vector<SheetInfo> sheets;
  std::string strings_part;
  std::string styles_part;
  bool epoch_1904 = false;
};
Result<WorkbookInfo> read_workbook(XlsxPackage& package);

/// "_x000D_" stands for a control character (ECMA-376 22.9.2.19). Pieces that are no XML or Unicode character
/// stay.
std::string decode_escapes(std::string text);
std::string encode_escapes(std::string text);

/// A number as a person sees it: at most 15 significant digits, no exponent where digits will do.
std::string displayed_number(std::string_view stored);
/// ISO text of a serial date; nothing when it is no day of the calendar.
std::optional<std::string> iso_from_serial(double serial, bool epoch_1904, NumberStyle style);

}  // namespace civitas::documents
