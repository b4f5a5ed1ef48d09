// What went wrong, in a form that every layer can pass on: a canonical kind (mapped once to HTTP), a stable dotted
// reason that tests and translations use, the field it is about, and a public sentence in both languages.
// `detail` is for the log and never leaves the server.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace civitas {

/// A sentence or title in the two languages of the product.
struct Text {
  std::string zh;
  std::string en;
  bool empty() const { return zh.empty() && en.empty(); }
  bool operator==(const Text&) const = default;
};

/// The closed list of failure kinds. `http_status` maps each to RFC 9110 once.
enum class Kind {
  invalid,          // the caller's data is wrong                       400
  unauthenticated,  // anonymous, or the key is unknown                 401
  forbidden,        // known, but without the right                     403
  not_found,        // no such thing, or not visible to the caller      404
  not_allowed,      // the thing exists, this method does not           405
  conflict,         // somebody else was first; unique value taken      409
  precondition,     // If-Match or a guard does not hold                412
  too_large,        // beyond a declared size limit                     413
  unsupported,      // media type or feature that we do not speak       415
  unprocessable,    // well formed, but the state does not allow it     422
  exhausted,        // quota or rate limit reached                      429
  cancelled,        // the caller went away                             499
  internal,         // our mistake                                      500
  unavailable,      // a part is not reachable now                      503
  timeout,          // deadline passed                                  504
};

int http_status(Kind kind);
std::string_view kind_name(Kind kind);

struct Problem {
  Kind kind = Kind::internal;
  std::string reason;                // "town.lamp.taken"
  Text message;                      // what happened and what to do
  std::string field;                 // dotted path of the offending field, "" when none
  std::string detail;                // for the log only
  std::vector<Problem> errors = {};  // each wrong field, when several are known at once

  Problem with_field(std::string name) && {
    field = std::move(name);
    return std::move(*this);
  }
  Problem with_detail(std::string text) && {
    detail = std::move(text);
    return std::move(*this);
  }
};

inline Problem problem(Kind kind, std::string reason, std::string zh, std::string en) {
  return Problem{kind, std::move(reason), Text{std::move(zh), std::move(en)}, {}, {}, {}};
}

inline Problem invalid(std::string reason, std::string zh, std::string en) {
  return problem(Kind::invalid, std::move(reason), std::move(zh), std::move(en));
}

/// Our own mistake: the public sentence is always the same, `detail` goes to the log.
Problem internal_problem(std::string detail);

}  // namespace civitas
