// A bound SMPP 3.4 session that mends itself: it binds as transceiver, keeps the link alive, submits one message at a
// time and hands on receipts. The gateway is of the configuration, so it may lie inside.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "notify/sender.hpp"
#include "notify/smpp_pdu.hpp"

namespace civitas::notify {

struct SmppOptions {
  std::string host;
  int port = 2775;
  std::string system_id, password, system_type;
  std::string source;              // the number or name that messages come from
  int answer_seconds = 10;         // for an answer to anything asked
  int keep_alive_seconds = 30;     // of silence before the link is tried
  int longest_pause_seconds = 60;  // between attempts to connect: 1, 2, 4, …
};

class SmppClient {
 public:
  explicit SmppClient(SmppOptions options) : options_(std::move(options)) {}
  ~SmppClient() { stop(); }
  SmppClient(const SmppClient&) = delete;
  SmppClient& operator=(const SmppClient&) = delete;

  void start(OnReceipt on_receipt);
  void stop();
  /// The gateway's id of the (last part of the) message. 503 `notify.smpp.down` (not bound), `notify.smpp.busy`
  /// (throttled, queue full), 504 `notify.smpp.silent`, 422 `notify.smpp.refused` with the status in the detail.
  Result<std::string> submit(const std::string& phone, const std::string& text);

 private:
  void run();
  bool open_link();
  void serve_link();
  void close_link();
  void handle(const smpp::Pdu& pdu);
  bool send(const smpp::Pdu& pdu);
  std::uint32_t next_sequence();
  Result<smpp::Pdu> ask(std::uint32_t command, std::string body);

  SmppOptions options_;
  OnReceipt on_receipt_;
  std::thread thread_;
  std::mutex mutex_;    // of what follows
  std::mutex writing_;  // one unit at a time on the wire
  std::condition_variable changed_;
  int socket_ = -1;
  bool bound_ = false, stopping_ = false;
  std::uint32_t sequence_ = 0;
  std::uint8_t text_reference_ = 0;
  std::map<std::uint32_t, std::optional<smpp::Pdu>> asked_;
};

}  // namespace civitas::notify
