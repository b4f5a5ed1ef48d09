// For tests that need a database: SQLite, and PostgreSQL when CIVITAS_TEST_POSTGRES names one (libpq form). What is in
// the schema `public` of that one is lost.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <utility>

#include "base/test_folder.hpp"
#include "sql/database.hpp"

namespace civitas::sql {

/// Stands for the open database, as a pointer does. A SQLite file goes when this does.
class TestDatabase {
 public:
  explicit TestDatabase(Dialect dialect = Dialect::sqlite) {
    options.dialect = dialect;
    options.file = folder / "test.db";
    if (dialect == Dialect::postgres) options.connection_string = std::getenv("CIVITAS_TEST_POSTGRES");
  }

  /// Opens it: empty the first time, after that as it was left.
  Status open() {
    reset();
    CIVITAS_TRY(database_, Database::open(options));
    if (std::exchange(begun_, true) || options.dialect == Dialect::sqlite) return {};
    return database_->write_now(
        [](Transaction& t) { return t.run_script("DROP SCHEMA public CASCADE; CREATE SCHEMA public"); });
  }
  void reset() { database_.reset(); }

  Database& operator*() const { return *database_; }
  Database* operator->() const { return database_.get(); }
  explicit operator bool() const { return database_ != nullptr; }

  const TestFolder folder;
  DatabaseOptions options;  // a test may change what it wants before open()

 private:
  bool begun_ = false;
  std::unique_ptr<Database> database_;
};

/// For INSTANTIATE_TEST_SUITE_P: every test runs on each database that is there, or on PostgreSQL if it is.
inline auto each_dialect() {
  std::vector<Dialect> there{Dialect::sqlite};
  if (std::getenv("CIVITAS_TEST_POSTGRES")) there.push_back(Dialect::postgres);
  return ::testing::ValuesIn(there);
}
inline auto only_postgres() {
  std::vector<Dialect> there;
  if (std::getenv("CIVITAS_TEST_POSTGRES")) there.push_back(Dialect::postgres);
  return ::testing::ValuesIn(there);
}
inline std::string dialect_name(const ::testing::TestParamInfo<Dialect>& tested) {
  return tested.param == Dialect::sqlite ? "sqlite" : "postgres";
}

}  // namespace civitas::sql
