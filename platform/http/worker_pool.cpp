#include "http/worker_pool.hpp"

namespace civitas::http {

WorkerPool::WorkerPool(unsigned threads, std::size_t queue) : limit_(queue) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

void WorkerPool::wake_one(std::unique_lock<std::mutex>& lock) {
  const bool needed = idle_ > 0 && !waking_ && !queue_.empty();
  if (needed) waking_ = true;
  lock.unlock();
  if (needed) wake_.notify_one();
}

bool WorkerPool::submit(std::shared_ptr<Runnable>& task, Admission admission) {
  std::unique_lock lock(mutex_);
  if (stopped_) return false;
  if (admission == Admission::bounded && queue_.size() >= limit_ + idle_) return false;
  queue_.push_back(std::move(task));
  wake_one(lock);
  return true;
}

void WorkerPool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    while (queue_.empty()) {
      if (stopped_) return;
      ++idle_;
      wake_.wait(lock);
      --idle_;
      waking_ = false;  // also when somebody else took the task
    }
    auto task = std::move(queue_.front());
    queue_.pop_front();
    wake_one(lock);
    task->run();
    task.reset();
    lock.lock();
  }
}

void WorkerPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

std::size_t WorkerPool::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

}  // namespace civitas::http
