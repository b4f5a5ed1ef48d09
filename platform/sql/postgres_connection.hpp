// Private to the room: one connection to PostgreSQL. Statements whose results nobody asked for yet wait and go to the
// server together with the next one that must be answered (libpq's pipeline); rows appended to one table in number go
// as a COPY.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "sql/drivers.hpp"

namespace civitas::sql {

inline constexpr Oid oid_int8 = 20, oid_text = 25, oid_float8 = 701;  // what values are sent as

class PostgresConnection final : public Transaction {
 public:
  static Result<std::unique_ptr<PostgresConnection>> open(const DatabaseOptions& options, bool reader);
  ~PostgresConnection() override { PQfinish(handle_); }

  bool broken() const { return PQstatus(handle_) != CONNECTION_OK; }
  Dialect dialect() const override { return Dialect::postgres; }
  std::int64_t changes() const override { return changes_; }
  using Connection::execute;
  using Connection::query;
  Result<std::int64_t> execute(std::string_view statement, Params params) override;
  Status query(std::string_view statement, Params params, const OnRow& on_row) override;
  Status run_script(std::string_view script) override;
  Status defer(std::string_view statement, Params params) override;
  Status append(const Target& target, Params row, const Explain& explain) override;
  Status settle() override { return flush(); }
  bool failed() const override { return PQtransactionStatus(handle_) == PQTRANS_INERROR; }

  /// Goes to the server together with the first statement.
  void begin(std::string_view statement);
  Status commit();
  void rollback();

 private:
  struct ClearResult {
    void operator()(PGresult* r) const { PQclear(r); }
  };
  using ResultPtr = std::unique_ptr<PGresult, ClearResult>;

  // A statement with its values in the text form of the protocol.
  struct Bound {
    std::string text;
    std::vector<Oid> types;  // 0: no value
    std::vector<std::string> values;
    Explain explain;
    std::string key() const;
  };
  static Bound bound(std::string_view statement, Params params);

  struct Appended {
    const Target* target;
    std::vector<Bound> rows;
    Explain explain;
  };

  Status check(PGresult* result, std::string_view statement);
  Status run_alone(std::string_view script);
  Result<ResultPtr> run(std::string_view statement, Params params);
  void add(std::string_view statement, Params params, const Explain& explain);
  Result<ResultPtr> send();
  Status flush();
  void forget();
  Status end_appending();
  Status begin_copy(const Appended& a);
  Status copy(const Bound& row);
  Status end_copy(const char* because);

  PGconn* handle_ = nullptr;
  std::unordered_map<std::string, std::string> prepared_;
  int serial_ = 0;
  std::int64_t changes_ = 0;
  std::vector<Bound> waiting_;
  std::vector<Appended> appended_;
  const Target* copying_ = nullptr;  // a COPY to it is under way
  Explain copy_explain_;
  std::string copied_;
  std::vector<const char*> pointers_;
  std::vector<int> lengths_;
};

}  // namespace civitas::sql
