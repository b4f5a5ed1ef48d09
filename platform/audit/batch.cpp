#include "audit/batch.hpp"

#include "audit/mark.hpp"
#include "crypto/digest.hpp"

namespace civitas::audit {

namespace {

constexpr std::string_view columns = "id,at,who,who_name,address,action,object,detail,request,mark";
constexpr std::string_view seal_columns =
    "sequence,lower_position,upper_position,count,hash,key_id,signature,form FROM audit_seal";

void add_field(crypto::Digest& digest, std::string_view text) {
  digest.update(std::to_string(text.size()));
  digest.update(":");
  digest.update(text);
}

Seal read_seal(const sql::Row& row) {
  return {row.integer(0),           row.integer(1),           row.integer(2),
          row.integer(3),           std::string(row.text(4)), std::string(row.text(5)),
          std::string(row.text(6)), row.integer(7) == 2 ? Form::marked : Form::all};
}

}  // namespace

std::string position_column(sql::Dialect d) { return d == sql::Dialect::sqlite ? "id" : "position"; }

Result<BatchDigest> digest_rows(sql::Connection& c, std::int64_t from, std::int64_t to, const std::string& previous,
                                const Signer& signer, Form form) {
  const std::string position = position_column(c.dialect());
  crypto::Digest digest(crypto::DigestAlgorithm::sm3);
  add_field(digest, previous);
  BatchDigest out;
  CIVITAS_CHECK(c.query("SELECT " + std::string(columns) + " FROM audit_entry WHERE " + position + ">=? AND " +
                            position + "<? ORDER BY " + position + ",id",
                        {from, to}, [&](const sql::Row& row) {
                          constexpr int mark = 9;
                          std::vector<std::string> fields;
                          for (int i = 0; i < mark; ++i)
                            fields.emplace_back(row.is_null(i) ? std::string_view() : row.text(i));
                          if (form == Form::marked &&
                              !is_marked(row.is_null(mark) ? std::string_view() : row.text(mark),
                                         MarkedFields(fields.begin() + 1, fields.end()), signer)) {
                            if (out.foreign++ == 0) out.first_foreign = row.integer(0);
                            return sql::Continue::yes;
                          }
                          for (const auto& field : fields) add_field(digest, field);
                          ++out.count;
                          return sql::Continue::yes;
                        }));
  out.hash = digest.finish_hex();
  return out;
}

std::string seal_message(const Seal& s) {
  std::string out = s.form == Form::marked ? "civitas audit marked" : "civitas audit";
  for (const std::int64_t number : {s.sequence, s.from, s.to, s.count}) out += " " + std::to_string(number);
  return out + " " + s.hash;
}

Result<Seal> last_seal(sql::Connection& c) {
  Seal last;
  CIVITAS_CHECK(c.query("SELECT " + std::string(seal_columns) + " ORDER BY sequence DESC LIMIT 1", {},
                        [&](const sql::Row& row) {
                          last = read_seal(row);
                          return sql::Continue::no;
                        }));
  return last;
}

Result<std::vector<Seal>> all_seals(sql::Connection& c) {
  std::vector<Seal> out;
  CIVITAS_CHECK(c.query("SELECT " + std::string(seal_columns) + " ORDER BY sequence", {}, [&](const sql::Row& row) {
    out.push_back(read_seal(row));
    return sql::Continue::yes;
  }));
  return out;
}

}  // namespace civitas::audit
