// Calls to other systems over HTTP and mail over SMTP, on libcurl. Every call has a deadline; a host that keeps failing
// is left alone (breaker.hpp); addresses inside are refused unless the configuration allows them: the name is resolved
// here, every address checked, and the connection pinned to what was checked, so that a second answer of the name
// server cannot lead elsewhere. A redirect is another call: checked alike, without credentials to another host.
//
// A failure that passes (`is_passing`) is worth another try: `outbound.connect`, `outbound.timeout`, `outbound.resting`
// (the breaker), `outbound.resolve`. Others are not: `outbound.inside`, `outbound.address`, `outbound.redirect`,
// `outbound.too_large`, `outbound.mail.refused`.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "outbound/address.hpp"
#include "outbound/breaker.hpp"

namespace civitas::outbound {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Call {
  std::string method = "GET";
  std::string url;  // http or https, without user information
  Headers headers;
  std::string body;
  std::chrono::milliseconds deadline{15'000};
  std::size_t most_bytes = std::size_t{1} << 20;  // of the answer
  int most_redirects = 3;
  /// The administrator wrote this very address into the configuration: it may lie inside.
  bool trusted = false;
};

struct Answer {
  int status = 0;
  Headers headers;  // names in lower case
  std::string body;
  std::string_view header(std::string_view name) const;
  bool good() const { return status >= 200 && status < 300; }
};

/// A mail server; "smtp://host:25" or "smtps://host:465".
struct MailServer {
  std::string url;
  bool need_tls = true;  // with smtp://: STARTTLS or nothing
  std::string user, password;
  std::string certificate_authority;  // PEM file; empty: the system's
  std::chrono::milliseconds deadline{30'000};
};

struct Options {
  AllowedHosts allowed;
  BreakerOptions breaker;
  std::string certificate_authority;  // PEM file; empty: the system's
  std::string agent = "Civitas";
  /// For tests; empty: the system's resolver.
  std::function<Result<std::vector<Address>>(const std::string& host)> resolve;
};

class Client {
 public:
  Client(const Clock& clock, Options options);

  /// An answer of any status is an answer; the caller judges it. Statuses 500 to 599 count as failures of the host.
  Result<Answer> call(const Call& call);
  /// Hands one mail (RFC 5322, lines end in CRLF) to the server. The server is of the configuration, so it may lie
  /// inside.
  Status mail(const MailServer& server, const std::string& from, const std::vector<std::string>& to,
              const std::string& message);

 private:
  Result<Answer> call_once(const Call& call, const std::string& url, const Headers& headers,
                           std::chrono::steady_clock::time_point deadline);
  Options options_;
  Breaker breaker_;
};

/// Whether trying again later may help.
bool is_passing(const Problem& problem);
/// Scheme, host and port are well formed and the scheme is http or https; 400 `outbound.address`.
Status check_url(const std::string& url);

}  // namespace civitas::outbound
