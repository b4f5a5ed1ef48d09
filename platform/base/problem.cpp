#include "base/problem.hpp"

namespace civitas {

namespace {
struct KindRow {
  Kind kind;
  int status;
  std::string_view name;
};
constexpr KindRow kinds[] = {
    {Kind::invalid, 400, "invalid"},           {Kind::unauthenticated, 401, "unauthenticated"},
    {Kind::forbidden, 403, "forbidden"},       {Kind::not_found, 404, "not_found"},
    {Kind::not_allowed, 405, "not_allowed"},   {Kind::conflict, 409, "conflict"},
    {Kind::precondition, 412, "precondition"}, {Kind::too_large, 413, "too_large"},
    {Kind::unsupported, 415, "unsupported"},   {Kind::unprocessable, 422, "unprocessable"},
    {Kind::exhausted, 429, "exhausted"},       {Kind::cancelled, 499, "cancelled"},
    {Kind::internal, 500, "internal"},         {Kind::unavailable, 503, "unavailable"},
    {Kind::timeout, 504, "timeout"},
};
const KindRow& row_of(Kind kind) {
  for (const auto& row : kinds)
    if (row.kind == kind) return row;
  return kinds[12];
}
}  // namespace

int http_status(Kind kind) { return row_of(kind).status; }
std::string_view kind_name(Kind kind) { return row_of(kind).name; }

Problem internal_problem(std::string detail) {
  return Problem{Kind::internal,
                 "base.internal",
                 {"系统内部出错，操作没有生效，请稍后再试或联系管理员。",
                  "Something went wrong on our side; nothing was changed. Try again later or call the administrator."},
                 {},
                 std::move(detail),
                 {}};
}

}  // namespace civitas
