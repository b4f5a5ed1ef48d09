#include "peer.hpp"

#include <sqlite3.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <unordered_map>

#include "base/utf8.hpp"

namespace civitas::bench {

namespace {

double since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// "湖北省" OR "北省武" …: quotes inside doubled.
std::string trigram_query(const std::string& text) {
  const auto chars = to_utf32(text);
  std::string query;
  for (std::size_t i = 0; i + 3 <= chars.size(); ++i) {
    std::string gram;
    for (char32_t c : chars.substr(i, 3)) {
      if (c == U'"') gram += '"';
      append_utf8(gram, c);
    }
    query += (query.empty() ? "\"" : " OR \"") + gram + '"';
  }
  return query;
}

}  // namespace

void measure_peer(const std::vector<place_names::Entry>& entries, const std::vector<TestText>& tests,
                  std::size_t sample) {
  sqlite3* db = nullptr;
  if (sqlite3_open(":memory:", &db) != SQLITE_OK) return;
  sqlite3_exec(db, "CREATE VIRTUAL TABLE f USING fts5(code UNINDEXED, name, tokenize='trigram'); BEGIN", nullptr,
               nullptr, nullptr);
  std::unordered_map<std::string, const place_names::Entry*> by_code;
  for (const auto& e : entries) by_code[e.code] = &e;
  sqlite3_stmt* insert = nullptr;
  sqlite3_prepare_v2(db, "INSERT INTO f VALUES(?,?)", -1, &insert, nullptr);
  auto start = std::chrono::steady_clock::now();
  for (const auto& e : entries) {
    std::string full;
    for (const auto* at = &e; at;) {
      full = at->name + full;
      auto up = by_code.find(at->parent);
      at = up == by_code.end() ? nullptr : up->second;
    }
    sqlite3_bind_text(insert, 1, e.code.c_str(), -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(insert, 2, full.c_str(), -1, SQLITE_TRANSIENT);
    sqlite3_step(insert);
    sqlite3_reset(insert);
  }
  sqlite3_finalize(insert);
  sqlite3_exec(db, "COMMIT", nullptr, nullptr, nullptr);
  const double loading = since(start);
  sqlite3_stmt* find = nullptr;
  sqlite3_prepare_v2(db, "SELECT code FROM f WHERE f MATCH ? ORDER BY bm25(f) LIMIT 1", -1, &find, nullptr);
  std::size_t count = 0, first = 0, invented = 0, refused = 0;
  start = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < sample; ++i) {
    const auto& t = tests[i * tests.size() / sample];
    const auto query = trigram_query(t.text);
    std::string code;
    if (!query.empty()) {
      sqlite3_bind_text(find, 1, query.c_str(), -1, SQLITE_TRANSIENT);
      if (sqlite3_step(find) == SQLITE_ROW) code = reinterpret_cast<const char*>(sqlite3_column_text(find, 0));
      sqlite3_reset(find);
    }
    if (t.code.empty())
      ++invented, refused += code.empty();
    else
      ++count, first += code == t.code;
  }
  const double searching = since(start);
  sqlite3_finalize(find);
  sqlite3_close(db);
  std::printf(
      "peer, SQLite %s FTS5 trigram: loaded in %.1f s; %zu damaged: first right %.1f%%; %zu invented: "
      "refused %.1f%%; %.1f texts/s\n",
      sqlite3_libversion(), loading, count,
      count ? 100.0 * static_cast<double>(first) / static_cast<double>(count) : 0.0, invented,
      invented ? 100.0 * static_cast<double>(refused) / static_cast<double>(invented) : 0.0,
      static_cast<double>(sample) / searching);
}

}  // namespace civitas::bench
