// A fixed number of threads that run what is handed to them, in order, from a bounded queue.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace civitas::http {

class Runnable {
 public:
  virtual ~Runnable() = default;
  virtual void run() noexcept = 0;
};

class WorkerPool {
 public:
  enum class Admission { bounded, always };  // `always`: the rest of something that was admitted before

  WorkerPool(unsigned threads, std::size_t queue);
  ~WorkerPool() { stop(); }
  /// False when the queue is full or the pool has stopped; `task` is then left with the caller.
  bool submit(std::shared_ptr<Runnable>& task, Admission admission);
  /// Runs what is queued, then ends the threads.
  void stop();
  std::size_t waiting() const;

 private:
  void work();
  void wake_one(std::unique_lock<std::mutex>& lock);

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Runnable>> queue_;
  const std::size_t limit_;
  std::size_t idle_ = 0;
  // A worker has been woken and has not taken its task yet. It wakes the next when it finds more: so a burst of
  // requests costs few wake-ups, and a slow task never keeps others waiting while a worker is idle.
  bool waking_ = false;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace civitas::http
