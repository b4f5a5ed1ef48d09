// Whether the access rules of the declarations apply to what the program does with a record, and why not.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace civitas::entities {

/// Why no rule applies: said to whoever reads the code, and in the audit trail where something is written. An empty
/// literal does not compile, an empty text made at run time throws std::invalid_argument. A view: used up in the
/// statement that makes it.
class Reason {
 public:
  template <std::size_t n>
  requires(n > 1) Reason(const char (&text)[n]) : text_(text, n - 1) {}
  Reason(const std::string& text) : text_(text) {
    if (text.empty()) throw std::invalid_argument("rules of access are skipped without a reason");
  }
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

class Rules {
 public:
  static Rules keep() { return {}; }
  /// The reason goes into the audit trail.
  static Rules skip(Reason because) {
    Rules out;
    out.because_ = because.text();
    return out;
  }
  bool kept() const { return because_.empty(); }
  /// Empty when they are kept.
  const std::string& because() const { return because_; }

 private:
  std::string because_;
};

}  // namespace civitas::entities
