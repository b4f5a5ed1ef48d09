// For tests: a small HTTP server on a port of its own that remembers what it was asked.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace civitas::outbound {

class TestReceiver {
 public:
  /// Takes a whole request (head and body) and returns the whole answer; "" closes without one.
  using Answering = std::function<std::string(const std::string& request)>;

  explicit TestReceiver(Answering answering) : answering_(std::move(answering)) {
    socket_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)bind(socket_, reinterpret_cast<sockaddr*>(&at), sizeof at);
    (void)listen(socket_, 16);
    socklen_t size = sizeof at;
    getsockname(socket_, reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~TestReceiver() {
    shutdown(socket_, SHUT_RDWR);
    close(socket_);
    thread_.join();
  }
  TestReceiver(const TestReceiver&) = delete;
  TestReceiver& operator=(const TestReceiver&) = delete;

  int port() const { return port_; }
  std::string url(const std::string& path, const std::string& host = "127.0.0.1") const {
    return "http://" + host + ":" + std::to_string(port_) + path;
  }
  std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  static std::string answer(const std::string& status, const std::string& body = "", const std::string& headers = "") {
    return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n" +
           headers + "\r\n" + body;
  }

 private:
  void run() {
    for (;;) {
      const int one = accept(socket_, nullptr, nullptr);
      if (one < 0) return;
      std::string request;
      char buffer[4096];
      for (;;) {
        const auto head = request.find("\r\n\r\n");
        if (head != std::string::npos) {
          const auto length = request.find("Content-Length: ");
          const std::size_t body = length < head ? std::stoul(request.substr(length + 16)) : 0;
          if (request.size() >= head + 4 + body) break;
        }
        const auto n = read(one, buffer, sizeof buffer);
        if (n <= 0) break;
        request.append(buffer, static_cast<std::size_t>(n));
      }
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      const std::string out = answering_(request);
      (void)!write(one, out.data(), out.size());
      close(one);
    }
  }

  Answering answering_;
  int socket_ = -1, port_ = 0;
  std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

}  // namespace civitas::outbound
