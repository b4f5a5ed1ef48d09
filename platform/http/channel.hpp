// Private to the room: what a connection speaks after the head of an answer that stays open, an event stream or a
// WebSocket. The connection reads, writes, counts and watches; a Channel gives the bytes their meaning.
#pragma once

#include <atomic>
#include <chrono>
#include <expected>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "http/outlet.hpp"

namespace civitas::http {

/// `opened`, `deliver` and `closed` are called on workers, one at a time; the rest on the connection's socket thread,
/// and `received` never while one of them runs unless `listens_always`.
class Channel {
 public:
  enum class Kind { events, websocket };
  struct Input {
    enum class Next { more, deliver, pause, lost };
    Next next = Next::more;
    std::size_t consumed = 0;
    std::chrono::milliseconds pause{0};
  };

  explicit Channel(Kind kind) : kind_(kind), outlet_(std::make_shared<Outlet>()) {}
  virtual ~Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  Kind kind() const { return kind_; }
  const std::shared_ptr<Outlet>& outlet() const { return outlet_; }

  virtual void opened() = 0;
  /// What `received` asked to be delivered.
  virtual void deliver() {}
  /// A callback threw.
  virtual void failed() { outlet_->shut(); }
  /// The last call, once for each `opened`.
  virtual void closed() = 0;

  virtual bool listens_always() const = 0;
  /// Takes some of the bytes that the client sent.
  virtual Input received(std::string_view bytes) = 0;
  /// Called at each interval; false when the client is found to be gone.
  virtual bool beat() = 0;
  /// The server stops.
  virtual void going_away() = 0;
  /// Waits for the client's last word; the connection does not wait long.
  virtual bool leaving() const { return false; }
  /// The client may still send after our last byte: it is read so that TCP does not throw away our answer.
  virtual bool client_may_send() const { return false; }

 private:
  const Kind kind_;
  const std::shared_ptr<Outlet> outlet_;
};

/// How many connections stay open, in all and for each client address. Thread-safe.
class OpenChannels {
 public:
  /// Counted until it is destroyed.
  class Place {
   public:
    Place(OpenChannels& all, Channel::Kind kind, std::string address)
        : all_(&all), kind_(kind), address_(std::move(address)) {}
    Place(Place&& other) noexcept
        : all_(std::exchange(other.all_, nullptr)), kind_(other.kind_), address_(std::move(other.address_)) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (all_) all_->leave(kind_, address_);
    }

   private:
    OpenChannels* all_;
    Channel::Kind kind_;
    std::string address_;
  };
  enum class Full { all, address };
  std::expected<Place, Full> enter(Channel::Kind kind, const std::string& address, std::size_t most,
                                   std::size_t most_of_address);
  std::size_t open(Channel::Kind kind) const { return counts_[static_cast<std::size_t>(kind)].load(); }

 private:
  void leave(Channel::Kind kind, const std::string& address);

  std::mutex mutex_;
  std::unordered_map<std::string, std::size_t> by_address_;
  std::atomic<std::size_t> counts_[2]{};
};

}  // namespace civitas::http
