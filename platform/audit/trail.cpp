#include "audit/trail.hpp"

namespace civitas::audit {

Status read_trail(sql::Connection& c, const TrailQuery& q, const std::function<void(const TrailEntry&)>& use) {
  return c.query(
      "SELECT id,at,who,who_name,address,action,object,detail,request FROM audit_entry WHERE id<? AND (?='' OR "
      "object=?) AND (?='' OR action LIKE ?) AND (?='' OR who_name=?) AND at>=? AND at<? ORDER BY id DESC LIMIT ?",
      {q.before, q.object, q.object, q.action, "%" + q.action + "%", q.who, q.who, q.from.micros, q.until.micros, q.limit},
      [&](const sql::Row& row) {
        use({row.integer(0),
             {row.integer(1)},
             {row.integer(2), std::string(row.text(3)), std::string(row.text(4)), std::string(row.text(5)),
              std::string(row.text(6)), std::string(row.text(7)), std::string(row.text(8))}});
        return sql::Continue::yes;
      });
}

}  // namespace civitas::audit
