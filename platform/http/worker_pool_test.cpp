#include "http/worker_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

namespace civitas::http {
namespace {

using namespace std::chrono_literals;

TEST(WorkerPool, RunsAllAndNoTaskWaitsBehindASlowOne) {
  struct Sleeper : Runnable {
    std::atomic<int>* done;
    std::chrono::milliseconds time{0};
    void run() noexcept override {
      std::this_thread::sleep_for(time);
      ++*done;
    }
  };
  std::atomic<int> done{0};
  const auto make = [&](std::chrono::milliseconds time) {
    auto task = std::make_shared<Sleeper>();
    task->done = &done;
    task->time = time;
    return std::static_pointer_cast<Runnable>(task);
  };
  WorkerPool pool(2, 1000);
  for (int i = 0; i < 500; ++i) {  // teaches it that tasks are short
    auto task = make(0ms);
    ASSERT_TRUE(pool.submit(task, WorkerPool::Admission::bounded));
  }
  while (done < 500) std::this_thread::sleep_for(1ms);
  auto slow = make(2000ms), quick = make(0ms);
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(pool.submit(slow, WorkerPool::Admission::bounded));
  ASSERT_TRUE(pool.submit(quick, WorkerPool::Admission::bounded));
  while (done < 501) std::this_thread::sleep_for(1ms);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
  pool.stop();
  EXPECT_EQ(done, 502);
  auto late = make(0ms);
  EXPECT_FALSE(pool.submit(late, WorkerPool::Admission::always));
  EXPECT_TRUE(late);
}

}  // namespace
}  // namespace civitas::http
