#include "http/wire.hpp"

#include <sys/random.h>

#include <array>
#include <charconv>
#include <ctime>
#include <stdexcept>

#include "base/json.hpp"

namespace civitas::http {

void append_request_id(std::string& out) {
  thread_local std::array<unsigned char, 4096> pool;
  thread_local std::size_t used = pool.size();
  if (used == pool.size()) {
    for (std::size_t have = 0; have < pool.size();) {
      const auto n = ::getrandom(pool.data() + have, pool.size() - have, 0);
      if (n < 0) throw std::runtime_error("the operating system gives no random bytes");
      have += static_cast<std::size_t>(n);
    }
    used = 0;
  }
  constexpr char digits[] = "0123456789abcdef";
  for (int i = 0; i < 16; ++i) {
    const auto byte = pool[used++];
    out.push_back(digits[byte >> 4]);
    out.push_back(digits[byte & 15]);
  }
}

void append_status_line(std::string& out, int status) {
  out += "HTTP/1.1 ";
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, status).ptr;
  out.append(digits, end);
  out += ' ';
  out += reason_phrase(status);
  out += "\r\n";
}

void append_date(std::string& out) {
  thread_local std::time_t second = 0;
  thread_local char line[64];
  thread_local std::size_t size = 0;
  const auto now = std::time(nullptr);
  if (now != second) {
    constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    size = static_cast<std::size_t>(std::snprintf(line, sizeof line, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n",
                                                  days[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                                                  months[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
                                                  parts.tm_hour, parts.tm_min, parts.tm_sec));
    second = now;
  }
  out.append(line, size);
}

bool append_field(std::string& out, std::string_view name, std::string_view value) {
  if (name.empty()) return false;
  for (const char c : name) {
    const bool letter =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!letter) return false;
  }
  for (const char c : value)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) return false;
  out.append(name).append(": ").append(value).append("\r\n");
  return true;
}

void append_length(std::string& out, std::uint64_t length) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, length).ptr;
  out.append("Content-Length: ").append(digits, end).append("\r\n");
}

void append_chunk_size(std::string& out, std::size_t size) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, size, 16).ptr;
  out.append(digits, end).append("\r\n");
}

bool is_server_field(std::string_view name) {
  switch (name.size()) {
    case 4: return equal_ignoring_case(name, "date");
    case 10: return equal_ignoring_case(name, "connection");
    case 12: return equal_ignoring_case(name, "x-request-id");
    case 14: return equal_ignoring_case(name, "content-length");
    case 17: return equal_ignoring_case(name, "transfer-encoding");
    default: return false;
  }
}

void replace_status(Response& response, int status) {
  response.status = status;
  if (auto document = Json::parse(response.body); document && document->is_object()) {
    document->set("status", status);
    response.body = document->dump();
  }
}

}  // namespace civitas::http
