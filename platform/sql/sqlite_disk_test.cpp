// What is told as kept is on the disk, and a disk that refuses is never passed over. This program's own fdatasync
// stands in for the system's.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <latch>
#include <thread>

#include "sql/test_database.hpp"

namespace {
std::atomic<bool> disk_waits{false}, disk_refuses{false};
}  // namespace

extern "C" int fdatasync(int descriptor) {
  disk_waits.wait(true);
  if (disk_refuses) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(syscall(SYS_fdatasync, descriptor));
}

namespace civitas::sql {
namespace {

class SqliteDisk : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(db.open());
    ASSERT_TRUE(db->write_now([](Transaction& t) { return t.run_script("CREATE TABLE x(id INTEGER PRIMARY KEY)"); }));
  }
  static Work put(std::int64_t id) {
    return [id](Transaction& t) -> Status {
      CIVITAS_CHECK(t.execute("INSERT INTO x(id) VALUES(?)", {id}));
      return {};
    };
  }
  void wait_for_commits(std::uint64_t commits) {
    for (int i = 0; i < 10'000 && db->counters().commits < commits; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ASSERT_GE(db->counters().commits, commits);
  }
  TestDatabase db;
};

TEST_F(SqliteDisk, AnAnswerWaitsForItWhileTheWriterGoesOn) {
  const auto before = db->counters().commits;
  std::atomic<int> answered = 0;
  std::latch all(3);
  const auto done = [&](Status outcome) {
    EXPECT_TRUE(outcome);
    ++answered;
    all.count_down();
  };
  disk_waits = true;
  for (int i = 1; i <= 3; ++i) {
    db->write(put(i), done);
    wait_for_commits(before + static_cast<std::uint64_t>(i));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(answered, 0);
  disk_waits = false;
  disk_waits.notify_all();
  all.wait();
}

TEST_F(SqliteDisk, ThatRefusesEndsTheProgramBeforeAnybodyIsTold) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        std::filesystem::remove_all(db.folder.path());  // nobody clears up after this process
        disk_refuses = true;
        (void)db->write_now(put(1));
        std::_Exit(0);
      },
      testing::ExitedWithCode(74), "sql.disk_refused");
}

}  // namespace
}  // namespace civitas::sql
