// For the tests of this room: a client that says exactly the bytes it is told to, and a server on a free port.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/strings.hpp"
#include "http/server.hpp"

namespace civitas::http {

struct Answer {
  int status = 0;
  std::string head;  // with the status line
  std::string body;  // chunks joined
  std::string field(std::string_view name) const {
    for (auto line : split(head, '\n')) {
      line = trim(line);
      const auto colon = line.find(':');
      if (colon != std::string_view::npos && equal_ignoring_case(line.substr(0, colon), name))
        return std::string(trim(line.substr(colon + 1)));
    }
    return {};
  }
};

class Client {
 public:
  explicit Client(std::uint16_t port) {
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    const timeval patience{20, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool connected() const { return connected_; }
  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  void half_close() const { ::shutdown(socket_, SHUT_WR); }
  int descriptor() const { return socket_; }

  bool more() {
    char bytes[65536];
    const auto n = ::recv(socket_, bytes, sizeof bytes, 0);
    if (n <= 0) return false;
    in_.append(bytes, static_cast<std::size_t>(n));
    return true;
  }
  /// True when the server has closed and nothing is left unread.
  bool at_end() {
    if (!in_.empty()) return false;
    char byte;
    return ::recv(socket_, &byte, 1, 0) <= 0;
  }
  /// The bytes up to `text` and with it; what came when it does not come.
  std::string until(std::string_view text) {
    std::size_t at;
    while ((at = in_.find(text)) == std::string::npos)
      if (!more()) return std::exchange(in_, {});
    auto got = in_.substr(0, at + text.size());
    in_.erase(0, at + text.size());
    return got;
  }
  /// The bytes until the server closes.
  std::string rest() {
    while (more()) {
    }
    return std::exchange(in_, {});
  }

  enum class Expect { body, head_only };
  Answer receive(Expect expect = Expect::body) {
    Answer answer;
    std::size_t end;
    while ((end = in_.find("\r\n\r\n")) == std::string::npos)
      if (!more()) return answer;
    answer.head = in_.substr(0, end + 2);
    in_.erase(0, end + 4);
    answer.status = static_cast<int>(parse_integer(std::string_view(answer.head).substr(9, 3)).value_or(0));
    if (expect == Expect::head_only || answer.status == 100 || answer.status == 204 || answer.status == 304)
      return answer;
    if (answer.field("Transfer-Encoding") == "chunked") {
      while (true) {
        std::size_t line;
        while ((line = in_.find("\r\n")) == std::string::npos)
          if (!more()) return cut(answer);
        const auto size = std::stoul(in_.substr(0, line), nullptr, 16);
        while (in_.size() < line + 2 + size + 2)
          if (!more()) return cut(answer);
        answer.body += in_.substr(line + 2, size);
        in_.erase(0, line + 2 + size + 2);
        if (size == 0) return answer;
      }
    }
    if (const auto length = parse_integer(answer.field("Content-Length"))) {
      while (in_.size() < static_cast<std::size_t>(*length))
        if (!more()) return cut(answer);
      answer.body = in_.substr(0, static_cast<std::size_t>(*length));
      in_.erase(0, static_cast<std::size_t>(*length));
    } else {
      answer.body = rest();
    }
    return answer;
  }
  Answer ask(std::string_view bytes) {
    send(bytes);
    return receive();
  }
  Answer get(std::string_view target, std::string_view fields = {}) {
    return ask("GET " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n" + std::string(fields) + "\r\n");
  }

 private:
  static Answer cut(Answer answer) {
    answer.status = -answer.status;  // not whole
    return answer;
  }
  int socket_;
  bool connected_ = false;
  std::string in_;
};

/// Starts at once; stops with its scope.
class TestServer {
 public:
  explicit TestServer(Router router, ServerOptions options = {}) {
    server_ = std::make_unique<Server>(std::move(options), std::move(router));
    const auto started = server_->start();
    EXPECT_TRUE(started.has_value()) << (started ? "" : started.error().message.en + started.error().detail);
  }
  std::uint16_t port() const { return server_->port(); }
  Server& operator*() { return *server_; }
  Server* operator->() { return server_.get(); }

 private:
  std::unique_ptr<Server> server_;
};

}  // namespace civitas::http
