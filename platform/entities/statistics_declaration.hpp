// What is counted over a record type, and pages of such numbers. Plain data; loader_statistics.cpp reads it,
// statistics_check.cpp checks it against the fields there are.
#pragma once

#include <string>
#include <vector>

#include "base/problem.hpp"

namespace civitas::entities {

enum class Measure { count, sum, average, min, max, ratio, percentile };

/// A field of the record, or one step on: `ticket.window`.
struct FieldPath {
  std::string field, step;
  std::string text() const { return step.empty() ? field : field + "." + step; }
};

/// What a time or a day is grouped by, in China's days. `hour` is of the day (0 to 23), `weekday` 1 Monday to 7.
enum class Every { none, day, month, hour, weekday };

struct StatisticsGroup {
  FieldPath path;
  Every every = Every::none;
};

struct StatisticsDeclaration {
  std::string name;
  Text title;
  std::vector<StatisticsGroup> group;  // none: one number; two: the second makes series
  Measure measure = Measure::count;
  FieldPath of;           // what is measured; none of count and ratio
  std::string condition;  // of ratio, CQL2: which share of the records
  double percent = 50;    // of percentile
  std::string filter;     // CQL2: which records at all
  std::string chart = "bar";
  int top = 0;  // how many of the first group; 0: all
  bool least_first = false;  // ranked from the least on, and `top` keeps the least
  int line = 0;
};

/// One picture of a dashboard: a statistic of a record type, or without one how many records there are (`number`), the
/// newest of them (`table`), where they are (`map`).
struct Panel {
  std::string entity, statistics;
  Text title;
  std::string chart;   // empty: as the statistic says
  int span = 1;        // columns; of four, of a screen wider than 5:2 of six
  std::string filter;  // CQL2, besides that of the statistic
  int line = 0;
};

struct Dashboard {
  std::string name;
  Text title;
  std::vector<std::string> roles;  // none: all staff
  int width = 16, height = 9;      // of the screen
  std::vector<Panel> panels;
  int line = 0;
};

}  // namespace civitas::entities
