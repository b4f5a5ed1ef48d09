#include "sql/drivers.hpp"

namespace civitas::sql {

Problem unique_problem(std::string detail) {
  return problem(Kind::conflict, "sql.unique", "该值已被使用，请换一个。",
                 "This value is taken already; choose another.")
      .with_detail(std::move(detail));
}
Problem reference_problem(std::string detail) {
  return problem(Kind::conflict, "sql.reference", "所引用的记录不存在，或仍被其他记录引用。",
                 "The record referred to does not exist, or others still refer to this one.")
      .with_detail(std::move(detail));
}
Problem storage_full_problem(std::string detail) {
  return problem(Kind::unavailable, "sql.storage_full", "存储空间不足，操作没有生效，请联系管理员。",
                 "The storage is full; nothing was changed. Call the administrator.")
      .with_detail(std::move(detail));
}
Problem unavailable_problem(std::string detail) {
  return problem(Kind::unavailable, "sql.unavailable", "数据库暂时不可用，操作没有生效，请稍后再试。",
                 "The database is not available now; nothing was changed. Try again later.")
      .with_detail(std::move(detail));
}
Problem timeout_problem(std::string detail) {
  return problem(Kind::timeout, "sql.timeout", "查询时间过长，已停止。请缩小条件范围。",
                 "The query took too long and was stopped. Narrow it down.")
      .with_detail(std::move(detail));
}

}  // namespace civitas::sql
