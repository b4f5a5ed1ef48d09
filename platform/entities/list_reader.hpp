// Inside this room: one reading of a list. What the reader may see, the filter, the view, the choice, the search and the
// box become the conditions of one statement; its rows become a page. What SQL cannot decide is asked of each row, and
// more rows are read than shown.
#pragma once

#include "entities/list_order.hpp"
#include "entities/list_statement.hpp"
#include "entities/stepping_record.hpp"
#include "entities/store.hpp"

namespace civitas::entities {

class Store::ListReader {
 public:
  /// All of it must outlive the reader.
  ListReader(Store& store, sql::Connection& db, const Context& context, const Storage& storage, const ListQuery& query,
             const ReadPlan& plan);

  struct Page {
    std::string next;  // where the next one begins; empty: nothing follows
    std::optional<std::int64_t> total;
  };
  /// A row and what of it may be shown.
  using Use = std::function<Status(const sql::Row&, const Storage::Reading&)>;
  /// Hands `use` the rows of the page, in order. Rows are handed over as they are read: what fails later fails the page.
  Result<Page> read(const Use& use);

 private:
  Status ask();
  Status ask(const query::Typed& condition);
  Status ask_filter();
  Status ask_view();
  Status ask_choice();
  void ask_search();
  void add_sealed_words(text::Query& words) const;

  void select_columns();
  Result<std::optional<std::int64_t>> count() const;
  Result<std::string> read_pages(std::vector<sql::Value> after, const Use& use);
  bool fits(const sql::Row& row) const;
  Storage::Reading reading_of(const sql::Row& row) const;

  Store& store_;
  sql::Connection& db_;
  const Context& context_;
  const Storage& storage_;
  const Entity& entity_;
  const ListQuery& query_;
  const ReadPlan& plan_;
  const bool of_history_;
  const bool united_;  // the rows to be seen are the union of the plan's alternatives
  const View* view_ = nullptr;
  Sort sort_;
  query::Bindings bindings_;
  std::optional<SteppingRecord> chooser_;   // the record for which one of the list is chosen
  Clause where_;
  std::optional<query::Typed> residual_;    // what is asked of each row
  ListStatement statement_;                 // but for where the page begins
  std::vector<bool> hidden_;                // from everyone: what has a table of its own is then not read; empty: nothing
};

}  // namespace civitas::entities
