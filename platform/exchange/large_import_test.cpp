// Imports of many rows: memory, a killed process, an order to stop.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "exchange/test_exchange.hpp"

namespace civitas::exchange {
namespace {

class LargeImportTest : public ExchangeTest {};

std::string many_rows(int count) {
  std::string out = "编号,标准名称,类别,所在政区,批准日期,经度,纬度\r\n";
  for (int i = 0; i < count; ++i) {
    const std::string n = std::to_string(i);
    out += "K" + n + ",地名" + n + ",街巷,江汉区,2024-05-01,114.3,30.5\r\n";
  }
  return out;
}

std::int64_t resident_kib() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("VmHWM:"))
      return parse_integer(trim(std::string_view(line).substr(6, line.size() - 8))).value_or(0);
  return 0;
}

void reset_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

// AddressSanitizer keeps what was freed for a while: its 256 MB of quarantine are no growth of ours.
#if defined(__SANITIZE_ADDRESS__)
constexpr std::int64_t allowed_kib = 512 * 1024;
#elif defined(__has_feature)
constexpr std::int64_t allowed_kib = __has_feature(address_sanitizer) ? 512 * 1024 : 64 * 1024;
#else
constexpr std::int64_t allowed_kib = 64 * 1024;
#endif

TEST_P(LargeImportTest, HundredThousandRowsInBoundedMemory) {
  // CIVITAS_TEST_IMPORT_ROWS changes the number; the rate is printed.
  const char* wanted = std::getenv("CIVITAS_TEST_IMPORT_ROWS");
  const int count = wanted ? std::atoi(wanted) : 100'000;
  ASSERT_EQ(import_text(many_rows(2'000), Mode::good)["result"]["good"].as_integer(), 2'000);
  ASSERT_TRUE(db_->write_now([&](sql::Transaction& t) { return t.run_script(clear_places()); }));
  write(root_ / "large.csv", many_rows(count));
  reset_peak();
  const std::int64_t before = resident_kib();
  const auto began = std::chrono::steady_clock::now();
  const Json done = import(root_ / "large.csv", Mode::good);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  ASSERT_EQ(done["result"]["good"].as_integer(), count) << done.dump();
  EXPECT_EQ(places(), count);
  const std::int64_t grew = resident_kib() - before;
  std::cout << count << " rows imported in " << seconds << " s: " << static_cast<int>(count / seconds)
            << " rows/s; memory grew by " << grew << " KiB\n";
  EXPECT_LT(grew, allowed_kib);

  for (const auto& [format, name] : {std::pair{Format::xlsx, "large.xlsx"}, std::pair{Format::csv, "large_out.csv"},
                                     std::pair{Format::geojson, "large.geojson"}}) {
    reset_peak();
    const std::int64_t base = resident_kib();
    const auto start = std::chrono::steady_clock::now();
    const auto written = export_to(root_ / name, format);
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    ASSERT_TRUE(written) << written.error().detail;
    EXPECT_EQ(*written, count);
    std::cout << name << ": " << static_cast<int>(count / took) << " rows/s; memory grew by " << resident_kib() - base
              << " KiB\n";
    EXPECT_LT(resident_kib() - base, allowed_kib);
  }
}

TEST_P(LargeImportTest, GoesOnAfterKillWithEveryRowOnce) {
  const int count = 6'000;
  write(root_ / "many.csv", many_rows(count) + "坏行,,,,,,\r\n");
  const auto id = enqueue(root_ / "many.csv", Mode::good);
  close();
  const pid_t child = fork();
  if (child == 0) {
    open();
    (void)jobs_->start();
    std::this_thread::sleep_for(std::chrono::seconds(120));
    _exit(3);
  }
  // Killed when some batches are committed and others are not.
  {
    auto watcher = sql::Database::open(db_.options);
    ASSERT_TRUE(watcher);
    for (std::int64_t seen = 0; seen < 1'500;) {
      ASSERT_TRUE((*watcher)->read([&](sql::Connection& c) -> Status {
        CIVITAS_TRY(const auto n, c.query_integer("SELECT count(*) FROM town_place"));
        seen = n.value_or(0);
        return {};
      }));
      std::this_thread::sleep_for(std::chrono::milliseconds(3));
    }
    kill(child, SIGKILL);
    int how = 0;
    waitpid(child, &how, 0);
    ASSERT_TRUE(WIFSIGNALED(how));
  }
  open();
  const std::int64_t left = places();
  EXPECT_GE(left, 1'500);
  EXPECT_LT(left, count) << "killed too late to show anything";
  EXPECT_EQ(left % 500, 0) << "whole batches";
  ASSERT_TRUE(jobs_->start());
  const Json done = finished(id);
  EXPECT_EQ(done["state"].as_string(), "done") << done.dump();
  EXPECT_EQ(done["result"]["good"].as_integer(), count);
  EXPECT_EQ(done["result"]["bad"].as_integer(), 1);
  EXPECT_EQ(done["result"]["errors"].size(), 2u) << done.dump();
  EXPECT_EQ(places(), count);
  EXPECT_EQ(number("SELECT count(DISTINCT key) FROM town_place"), count);
}

TEST_P(LargeImportTest, CancelledImportStopsBetweenBatches) {
  write(root_ / "many.csv", many_rows(20'000));
  ASSERT_TRUE(jobs_->start());
  const auto id = enqueue(root_ / "many.csv", Mode::good);
  while (places() < 500) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  ASSERT_TRUE(jobs_->cancel(id));
  EXPECT_EQ(finished(id)["state"].as_string(), "cancelled");
  const std::int64_t left = places();
  EXPECT_LT(left, 20'000);
  EXPECT_EQ(left % 500, 0);
}

INSTANTIATE_TEST_SUITE_P(Engines, LargeImportTest, sql::each_dialect(), sql::dialect_name);

}  // namespace
}  // namespace civitas::exchange
