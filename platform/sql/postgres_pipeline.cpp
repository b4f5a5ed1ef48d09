// What waits on a connection, and how it goes to the server.
#include <algorithm>
#include <charconv>

#include "sql/postgres_connection.hpp"

namespace civitas::sql {

namespace {

constexpr std::size_t many_waiting = 64, many_appended = 32, most_appended = 2000;

}  // namespace

std::string PostgresConnection::Bound::key() const {
  std::string out = text;
  out += '\0';
  for (const Oid t : types) out += t == oid_int8 ? 'i' : t == oid_text ? 't' : t == oid_float8 ? 'd' : '0';
  return out;
}

PostgresConnection::Bound PostgresConnection::bound(std::string_view statement, Params params) {
  Bound out{std::string(statement), std::vector<Oid>(params.size(), 0), std::vector<std::string>(params.size()), {}};
  for (std::size_t i = 0; i < params.size(); ++i) {
    const auto& v = params[i].get();
    if (const auto* integer = std::get_if<std::int64_t>(&v)) {
      out.types[i] = oid_int8;
      out.values[i] = std::to_string(*integer);
    } else if (const auto* real = std::get_if<double>(&v)) {
      out.types[i] = oid_float8;
      char buffer[32];
      const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, *real);
      out.values[i].assign(buffer, end);
    } else if (const auto* text = std::get_if<std::string_view>(&v)) {
      out.types[i] = oid_text;
      out.values[i].assign(*text);
    }
  }
  return out;
}

void PostgresConnection::add(std::string_view statement, Params params, const Explain& explain) {
  waiting_.push_back(bound(statement, params));
  waiting_.back().explain = explain;
  if (!statement.starts_with("SELECT")) ++changes_;
}

Result<PostgresConnection::ResultPtr> PostgresConnection::run(std::string_view statement, Params params) {
  CIVITAS_CHECK(end_appending());
  add(statement, params, {});
  return send();
}

// Sends what waits in one go and returns the result of the last.
Result<PostgresConnection::ResultPtr> PostgresConnection::send() {
  std::vector<Bound> batch;
  batch.swap(waiting_);
  if (!PQenterPipelineMode(handle_)) return fail(unavailable_problem(PQerrorMessage(handle_)));
  struct Expected {
    const Bound* statement;
    bool is_preparation;
  };
  std::vector<Expected> expected;
  std::vector<std::string> made;
  bool sent = true;
  for (const Bound& b : batch) {
    std::string key = b.key();
    auto known = prepared_.find(key);
    if (known == prepared_.end()) {
      const std::string name = "s" + std::to_string(++serial_);
      sent = sent && PQsendPrepare(handle_, name.c_str(), number_placeholders(b.text).c_str(),
                                   static_cast<int>(b.types.size()), b.types.data());
      expected.push_back({&b, true});
      made.push_back(key);
      known = prepared_.emplace(std::move(key), name).first;
    }
    pointers_.assign(b.types.size(), nullptr);
    lengths_.assign(b.types.size(), 0);
    for (std::size_t i = 0; i < b.types.size(); ++i) {
      if (b.types[i] == 0) continue;
      pointers_[i] = b.values[i].c_str();
      lengths_[i] = static_cast<int>(b.values[i].size());
    }
    sent = sent && PQsendQueryPrepared(handle_, known->second.c_str(), static_cast<int>(b.types.size()),
                                       pointers_.data(), lengths_.data(), nullptr, 0);
    expected.push_back({&b, false});
  }
  sent = sent && PQpipelineSync(handle_);
  Status status;
  ResultPtr last;
  if (!sent) {
    status = fail(unavailable_problem(PQerrorMessage(handle_)));
  } else {
    for (const Expected& e : expected) {
      last.reset(PQgetResult(handle_));
      if (status) {
        status = check(last.get(), e.statement->text);
        if (!status && e.statement->explain) status = fail(e.statement->explain(std::move(status.error())));
      }
      if (!last) break;
      while (const ResultPtr more{PQgetResult(handle_)}) {
      }
    }
    if (!broken()) const ResultPtr synchronised(PQgetResult(handle_));
  }
  if (!PQexitPipelineMode(handle_) && status) status = fail(unavailable_problem(PQerrorMessage(handle_)));
  if (!status) {
    for (const auto& key : made) prepared_.erase(key);
    return fail(std::move(status.error()));
  }
  return last;
}

Status PostgresConnection::defer(std::string_view statement, Params params) {
  CIVITAS_CHECK(end_appending());
  add(statement, params, {});
  return waiting_.size() < many_waiting ? Status() : flush();
}

Status PostgresConnection::append(const Target& target, Params row, const Explain& explain) {
  ++changes_;
  if (copying_ == &target) return copy(bound(target.insert, row));
  auto found = std::find_if(appended_.begin(), appended_.end(), [&](const Appended& a) { return a.target == &target; });
  if (found == appended_.end()) found = appended_.insert(appended_.end(), {&target, {}, {}});
  found->rows.push_back(bound(target.insert, row));
  found->explain = explain;
  // The first target to have many rows is copied at once, row by row; the others' wait until it ends.
  if (copying_ || found->rows.size() < many_appended) return found->rows.size() < most_appended ? Status() : flush();
  Appended many = std::move(*found);
  appended_.erase(found);
  CIVITAS_CHECK(begin_copy(many));
  for (const Bound& b : many.rows) CIVITAS_CHECK(copy(b));
  return {};
}

Status PostgresConnection::flush() {
  CIVITAS_CHECK(end_appending());
  if (!waiting_.empty()) CIVITAS_CHECK(send());
  return {};
}

// Of a transaction that is given up.
void PostgresConnection::forget() {
  waiting_.clear();
  appended_.clear();
  if (copying_) (void)end_copy("given up");
}

// Few appended rows go as statements with what waits, many as a COPY.
Status PostgresConnection::end_appending() {
  if (copying_) CIVITAS_CHECK(end_copy(nullptr));
  std::vector<Appended> all;
  all.swap(appended_);
  for (Appended& a : all) {
    if (a.rows.size() < many_appended) {
      for (Bound& row : a.rows) {
        row.explain = a.explain;
        waiting_.push_back(std::move(row));
      }
      continue;
    }
    CIVITAS_CHECK(begin_copy(a));
    for (const Bound& row : a.rows) CIVITAS_CHECK(copy(row));
    CIVITAS_CHECK(end_copy(nullptr));
  }
  return {};
}

Status PostgresConnection::begin_copy(const Appended& a) {
  if (!waiting_.empty()) CIVITAS_CHECK(send());
  const std::string statement = "COPY " + a.target->table + "(" + a.target->columns + ") FROM STDIN";
  const ResultPtr result(PQexec(handle_, statement.c_str()));
  if (PQresultStatus(result.get()) != PGRES_COPY_IN) return check(result.get(), statement);
  copying_ = a.target;
  copy_explain_ = a.explain;
  return {};
}

Status PostgresConnection::copy(const Bound& row) {
  copied_.clear();
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    if (i > 0) copied_ += '\t';
    if (row.types[i] == 0) {
      copied_ += "\\N";
      continue;
    }
    for (const char c : row.values[i]) {
      const char* escaped = c == '\\' ? "\\\\" : c == '\t' ? "\\t" : c == '\n' ? "\\n" : c == '\r' ? "\\r" : nullptr;
      if (escaped)
        copied_ += escaped;
      else
        copied_ += c;
    }
  }
  copied_ += '\n';
  if (PQputCopyData(handle_, copied_.data(), static_cast<int>(copied_.size())) == 1) return {};
  const auto ended = end_copy(nullptr);
  return ended ? fail(unavailable_problem(PQerrorMessage(handle_))) : ended;
}

Status PostgresConnection::end_copy(const char* because) {
  const std::string table = copying_->table;
  copying_ = nullptr;
  if (PQputCopyEnd(handle_, because) != 1) return fail(unavailable_problem(PQerrorMessage(handle_)));
  Status status;
  while (const ResultPtr result{PQgetResult(handle_)})
    if (status) status = check(result.get(), "COPY " + table);
  if (!status && copy_explain_) return fail(copy_explain_(std::move(status.error())));
  return status;
}

}  // namespace civitas::sql
