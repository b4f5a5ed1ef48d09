// The bytes that wait for a client whose connection stays open: filled by whoever has something to say, emptied by the
// connection. Bounded, because a client that does not read must not cost more than its share of memory.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace civitas::http {

/// Thread-safe. Without a connection (in tests) it keeps what is pushed until it is taken.
class Outlet {
 public:
  static constexpr std::size_t default_limit = 256 * 1024;
  enum class State { open, closing, shut };

  // Who speaks.

  /// Queues `first` and `second` together. False when the client is gone, or is cut now because more than the limit
  /// would wait; one push of any size is taken while nothing waits.
  bool push(std::string_view first, std::string_view second = {});
  /// Takes no more; the connection ends after what waits has left.
  void close();
  /// Ends it at once; what waits is dropped.
  void shut();
  bool open() const { return state() == State::open; }
  State state() const;
  /// Bytes that the client's side has not taken yet.
  std::size_t waiting() const;

  // The connection.

  /// `wake` is called, from any thread, when there is something to do; it must not call back. False when a connection
  /// has it already.
  bool attach(std::size_t limit, std::function<void()> wake);
  /// Appends what waits to `out`; the rest of the last piece counts as written.
  State take(std::string& out);
  /// So many bytes of the piece taken last have left.
  void wrote(std::size_t bytes);
  /// True when it was shut because the client read too slowly.
  bool overflowed() const;

 private:
  void wake_once();
  void shut_now();

  mutable std::mutex mutex_;
  std::string pending_;
  std::size_t in_flight_ = 0;
  std::size_t limit_ = default_limit;
  State state_ = State::open;
  bool overflowed_ = false;
  bool attached_ = false;
  bool woken_ = false;  // since the last `take`
  std::function<void()> wake_;
};

}  // namespace civitas::http
