#include "http/worker_pool.hpp"

namespace civitas::http {

namespace {
using std::chrono::microseconds;
constexpr microseconds bearable{300};     // expected wait that is cheaper than another thread
constexpr microseconds seems_stuck{100};  // nobody came for a task for so long
constexpr std::chrono::milliseconds watch_interval{1};
}  // namespace

WorkerPool::WorkerPool(unsigned threads, std::size_t queue) : limit_(queue), total_(threads) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  threads_.emplace_back([this] { watch(); });
}

void WorkerPool::consider_waking(std::unique_lock<std::mutex>& lock, Time now) {
  if (queue_.empty() || idle_ <= woken_) return lock.unlock();
  const auto awake = total_ - idle_ + woken_;
  const auto expected = average_ * queue_.size() / std::max<std::size_t>(awake, 1);
  const bool wanted = awake == 0 || expected > bearable || (woken_ == 0 && now - last_taken_ > seems_stuck);
  const bool unwatched = !wanted && !watching_;
  if (wanted) ++woken_;
  if (unwatched) watching_ = true;
  lock.unlock();
  if (wanted) wake_.notify_one();
  if (unwatched) watch_.notify_one();
}

bool WorkerPool::submit(std::shared_ptr<Runnable>& task, Admission admission) {
  const auto now = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  if (stopped_) return false;
  if (admission == Admission::bounded && queue_.size() >= limit_ + idle_) return false;
  queue_.push_back({std::move(task), now});
  consider_waking(lock, now);
  return true;
}

void WorkerPool::work() {
  std::unique_lock lock(mutex_);
  auto now = std::chrono::steady_clock::now();
  while (true) {
    while (queue_.empty()) {
      if (stopped_) return;
      ++idle_;
      wake_.wait(lock);
      --idle_;
      if (woken_ > 0) --woken_;  // also when somebody else took the task
      now = std::chrono::steady_clock::now();
    }
    auto task = std::move(queue_.front().task);
    queue_.pop_front();
    last_taken_ = now;
    consider_waking(lock, now);
    task->run();
    task.reset();
    const auto end = std::chrono::steady_clock::now();
    lock.lock();
    average_ += (end - now - average_) / 16;
    now = end;
  }
}

/// Asleep unless a task was left waiting without waking anybody for it.
void WorkerPool::watch() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    if (!watching_) {
      watch_.wait(lock);
      continue;
    }
    watch_.wait_for(lock, watch_interval);
    if (queue_.empty()) {
      watching_ = false;
    } else if (idle_ > woken_ && std::chrono::steady_clock::now() - queue_.front().since >= watch_interval) {
      ++woken_;
      wake_.notify_one();
    }
  }
}

void WorkerPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  watch_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

std::size_t WorkerPool::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

}  // namespace civitas::http
