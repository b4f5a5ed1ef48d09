#include "outbound/client.hpp"

#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/strings.hpp"
#include "outbound/resolve.hpp"

namespace civitas::outbound {

namespace {

using Clock_ = std::chrono::steady_clock;

struct Freed {
  void operator()(CURL* c) const { curl_easy_cleanup(c); }
  void operator()(curl_slist* l) const { curl_slist_free_all(l); }
  void operator()(CURLU* u) const { curl_url_cleanup(u); }
};
using Handle = std::unique_ptr<CURL, Freed>;
using List = std::unique_ptr<curl_slist, Freed>;
using Url = std::unique_ptr<CURLU, Freed>;

void append(List& list, const std::string& line) { list.reset(curl_slist_append(list.release(), line.c_str())); }

struct Parts {
  std::string scheme, host;  // the host without brackets, in lower case
  int port = 0;
  std::string whole;  // normalised
  std::string origin() const { return scheme + "://" + host + ":" + std::to_string(port); }
};

Problem bad_address(const std::string& url) {
  return invalid("outbound.address",
                 "“" + url.substr(0, 200) + "”不是可以访问的网址，应为 http:// 或 https:// 开头、不含账号的完整网址。",
                 "“" + url.substr(0, 200) +
                     "” cannot be called: it must be a whole http:// or https:// address without an account.");
}

std::optional<std::string> part(CURLU* url, CURLUPart what, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, what, &text, flags) != CURLUE_OK) return std::nullopt;
  std::string out(text);
  curl_free(text);
  return out;
}

// `base`: what a relative `url` (of a redirect) is relative to.
Result<Parts> take_apart(const std::string& url, const std::string& base = "") {
  const Url parsed(curl_url());
  if (std::any_of(url.begin(), url.end(), [](unsigned char c) { return c <= ' ' || c == 0x7f; }) ||
      (!base.empty() && curl_url_set(parsed.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK) ||
      curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK)
    return fail(bad_address(url));
  Parts out;
  out.scheme = part(parsed.get(), CURLUPART_SCHEME).value_or("");
  out.host = to_lower_ascii(part(parsed.get(), CURLUPART_HOST).value_or(""));
  out.port =
      static_cast<int>(parse_integer(part(parsed.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT).value_or("0")).value_or(0));
  if ((out.scheme != "http" && out.scheme != "https") || out.host.empty() || part(parsed.get(), CURLUPART_USER) ||
      part(parsed.get(), CURLUPART_PASSWORD))
    return fail(bad_address(url));
  curl_url_set(parsed.get(), CURLUPART_FRAGMENT, nullptr, 0);
  out.whole = part(parsed.get(), CURLUPART_URL).value_or(url);
  if (out.host.starts_with('[')) out.host = out.host.substr(1, out.host.size() - 2);
  return out;
}

struct Receiving {
  Answer* answer;
  std::size_t most_bytes;
  bool too_large = false;
};

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* to) {
  auto& r = *static_cast<Receiving*>(to);
  if (r.answer->body.size() + size * count > r.most_bytes) {
    r.too_large = true;
    return 0;
  }
  r.answer->body.append(data, size * count);
  return size * count;
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* to) {
  auto& r = *static_cast<Receiving*>(to);
  const std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) r.answer->headers.clear();  // of an interim answer
  if (r.answer->headers.size() < 200)
    if (const auto colon = line.find(':'); colon != std::string_view::npos)
      r.answer->headers.emplace_back(to_lower_ascii(line.substr(0, colon)), std::string(trim(line.substr(colon + 1))));
  return size * count;
}

struct Sending {
  std::string_view rest;
};

std::size_t on_upload(char* to, std::size_t size, std::size_t count, void* from) {
  auto& s = *static_cast<Sending*>(from);
  const std::size_t n = std::min(s.rest.size(), size * count);
  std::memcpy(to, s.rest.data(), n);
  s.rest.remove_prefix(n);
  return n;
}

// The second wall behind the pinned names: whatever happens above, a socket is made for checked addresses only.
curl_socket_t open_checked(void* checked, curlsocktype, curl_sockaddr* to) {
  const auto& addresses = *static_cast<const std::vector<Address>*>(checked);
  Address address;
  if (to->family == AF_INET)
    address = Address::from_v4(&reinterpret_cast<const sockaddr_in&>(to->addr).sin_addr);
  else if (to->family == AF_INET6)
    std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in6&>(to->addr).sin6_addr, 16);
  else
    return CURL_SOCKET_BAD;
  if (std::find(addresses.begin(), addresses.end(), address) == addresses.end()) return CURL_SOCKET_BAD;
  return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

Problem from_curl(CURLcode code, const std::string& host, const char* words) {
  const std::string detail = host + ": " + (*words ? words : curl_easy_strerror(code));
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return problem(Kind::timeout, "outbound.timeout", "对方系统（" + host + "）没有及时回答。",
                     "The other system (" + host + ") did not answer in time.")
          .with_detail(detail);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return problem(Kind::unavailable, "outbound.certificate", "对方系统（" + host + "）的证书无法验证。",
                     "The certificate of the other system (" + host + ") cannot be verified.")
          .with_detail(detail);
    default:
      return problem(Kind::unavailable, "outbound.connect", "连不上对方系统（" + host + "）。",
                     "The other system (" + host + ") cannot be reached.")
          .with_detail(detail);
  }
}

void start_curl() {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)once;
}

std::chrono::milliseconds left_until(Clock_::time_point deadline) {
  return std::max(std::chrono::milliseconds(1),
                  std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock_::now()));
}

bool carries_credentials(const std::string& name) {
  const std::string lower = to_lower_ascii(name);
  return lower == "authorization" || lower == "cookie" || lower.starts_with("webhook-") || lower.starts_with("x-");
}

}  // namespace

std::string_view Answer::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

bool is_passing(const Problem& p) {
  return p.reason == "outbound.connect" || p.reason == "outbound.timeout" || p.reason == "outbound.resting" ||
         p.reason == "outbound.resolve" || p.reason == "outbound.certificate" || p.kind == Kind::unavailable ||
         p.kind == Kind::timeout || p.kind == Kind::exhausted;
}

Status check_url(const std::string& url) {
  CIVITAS_CHECK(take_apart(url));
  return {};
}

Client::Client(const Clock& clock, Options options) : options_(std::move(options)), breaker_(clock, options_.breaker) {
  start_curl();
}

Result<Answer> Client::call(const Call& call) {
  const auto deadline = Clock_::now() + call.deadline;
  std::string url = call.url, base;
  Headers headers = call.headers;
  Call now = call;
  CIVITAS_TRY(Parts at, take_apart(url));
  for (int redirects = 0;; ++redirects) {
    const std::string host = at.origin();
    if (!breaker_.admit(host))
      return fail(problem(Kind::unavailable, "outbound.resting", "对方系统（" + at.host + "）多次没有回答，稍后再试。",
                          "The other system (" + at.host + ") failed several times; it is tried again later."));
    auto answer = call_once(now, at.whole, headers, deadline);
    if (answer ? answer->status >= 500 : is_passing(answer.error()))
      breaker_.failed(host);
    else if (answer)
      breaker_.succeeded(host);
    if (!answer) return answer;
    const std::string_view location = answer->header("location");
    const int status = answer->status;
    if (location.empty() || status < 301 || status > 308 || status == 304 || status == 305 || status == 306)
      return answer;
    const bool as_get = status == 303 || (status <= 302 && now.method == "GET");
    const auto refused = [&](std::string zh, std::string en) {
      return fail(problem(Kind::unprocessable, "outbound.redirect", std::move(zh), std::move(en))
                      .with_detail(at.host + " -> " + std::string(location.substr(0, 200))));
    };
    if (redirects == call.most_redirects)
      return refused("对方系统转来转去，没有结果。", "The other system redirects without end.");
    if (status <= 302 && !as_get)
      return refused("对方系统要求改用别的网址，请改正配置中的网址。",
                     "The other system wants another address; correct it in the configuration.");
    CIVITAS_TRY(const Parts next, take_apart(std::string(location), at.whole));
    if (at.scheme == "https" && next.scheme == "http")
      return refused("对方系统把加密的访问转到了不加密的网址。",
                     "The other system redirects to an address without encryption.");
    if (as_get) {
      now.method = "GET";
      now.body.clear();
    }
    if (next.origin() != at.origin()) {
      std::erase_if(headers, [](const auto& h) { return carries_credentials(h.first); });
      now.trusted = false;
    }
    at = next;
  }
}

Result<Answer> Client::call_once(const Call& call, const std::string& url, const Headers& headers,
                                 Clock_::time_point deadline) {
  CIVITAS_TRY(const Parts to, take_apart(url));
  std::vector<Address> addresses;
  if (options_.resolve) {
    CIVITAS_TRY(addresses, options_.resolve(to.host));
  } else {
    CIVITAS_TRY(addresses, resolve(to.host, left_until(deadline)));
  }
  if (addresses.empty())
    return fail(problem(Kind::unavailable, "outbound.resolve", "找不到主机 " + to.host + "。",
                        "There is no host " + to.host + "."));
  for (const auto& address : addresses)
    if (!call.trusted && address.is_inside() && !options_.allowed.allows(to.host, to.port, address))
      return fail(
          problem(Kind::forbidden, "outbound.inside",
                  "不能访问内部地址 " + to.host + "（" + address.text() +
                      "）。确需访问时，由管理员在配置 outbound.allow 中写明。",
                  "The address " + to.host + " (" + address.text() +
                      ") lies inside and is refused. If it is needed, the administrator names it in outbound.allow of "
                      "the configuration."));

  const Handle handle(curl_easy_init());
  if (!handle) return fail(internal_problem("curl_easy_init"));
  CURL* c = handle.get();
  std::string pinned = to.host.find(':') == std::string::npos ? to.host : "[" + to.host + "]";
  pinned += ":" + std::to_string(to.port) + ":";
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const std::string text = addresses[i].text();
    pinned += (i ? "," : "") + (addresses[i].is_v4() ? text : "[" + text + "]");
  }
  List names, lines;
  append(names, pinned);
  bool typed = false;
  for (const auto& [name, value] : headers) {
    if ((name + value).find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
      return fail(
          invalid("outbound.header", "请求头含有换行。", "A request header contains a line break.").with_field(name));
    typed = typed || to_lower_ascii(name) == "content-type";
    append(lines, value.empty() ? name + ";" : name + ": " + value);
  }
  if (!typed && !call.body.empty()) append(lines, "Content-Type: application/octet-stream");
  append(lines, "Expect:");
  Answer answer;
  Receiving receiving{&answer, call.most_bytes};
  char words[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(c, CURLOPT_URL, to.whole.c_str());
  curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(c, CURLOPT_RESOLVE, names.get());
  curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_checked);
  curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, &addresses);
  curl_easy_setopt(c, CURLOPT_PROXY, "");  // whatever the environment says
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, static_cast<long>(left_until(deadline).count()));
  curl_easy_setopt(c, CURLOPT_USERAGENT, options_.agent.c_str());
  if (!options_.certificate_authority.empty())
    curl_easy_setopt(c, CURLOPT_CAINFO, options_.certificate_authority.c_str());
  curl_easy_setopt(c, CURLOPT_HTTPHEADER, lines.get());
  curl_easy_setopt(c, CURLOPT_ERRORBUFFER, words);
  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(c, CURLOPT_WRITEDATA, &receiving);
  curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(c, CURLOPT_HEADERDATA, &receiving);
  if (call.method == "HEAD") {
    curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
  } else if (call.method != "GET" || !call.body.empty()) {
    curl_easy_setopt(c, CURLOPT_POST, 1L);
    curl_easy_setopt(c, CURLOPT_POSTFIELDS, call.body.data());
    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
  }
  if (call.method != "HEAD" && (call.method != "GET" || !call.body.empty()))
    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, call.method.c_str());
  const CURLcode code = curl_easy_perform(c);
  if (receiving.too_large)
    return fail(problem(Kind::unprocessable, "outbound.too_large", "对方系统（" + to.host + "）的回答过大。",
                        "The answer of the other system (" + to.host + ") is too large."));
  if (code != CURLE_OK) return fail(from_curl(code, to.host, words));
  long status = 0;
  curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  return answer;
}

Status Client::mail(const MailServer& server, const std::string& from, const std::vector<std::string>& to,
                    const std::string& message) {
  if (!breaker_.admit(server.url))
    return fail(problem(Kind::unavailable, "outbound.resting", "邮件服务器多次没有回答，稍后再试。",
                        "The mail server failed several times; it is tried again later."));
  const Handle handle(curl_easy_init());
  if (!handle) return fail(internal_problem("curl_easy_init"));
  CURL* c = handle.get();
  List recipients;
  for (const auto& one : to) append(recipients, "<" + one + ">");
  Sending sending{message};
  Answer ignored;
  Receiving receiving{&ignored, 64 << 10};
  char words[CURL_ERROR_SIZE] = "";
  const std::string sender = "<" + from + ">";
  curl_easy_setopt(c, CURLOPT_URL, server.url.c_str());
  curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(c, CURLOPT_PROXY, "");
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, static_cast<long>(server.deadline.count()));
  curl_easy_setopt(c, CURLOPT_USE_SSL, static_cast<long>(server.need_tls ? CURLUSESSL_ALL : CURLUSESSL_TRY));
  if (!server.certificate_authority.empty()) curl_easy_setopt(c, CURLOPT_CAINFO, server.certificate_authority.c_str());
  if (!server.user.empty()) {
    curl_easy_setopt(c, CURLOPT_USERNAME, server.user.c_str());
    curl_easy_setopt(c, CURLOPT_PASSWORD, server.password.c_str());
  }
  curl_easy_setopt(c, CURLOPT_MAIL_FROM, sender.c_str());
  curl_easy_setopt(c, CURLOPT_MAIL_RCPT, recipients.get());
  curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(c, CURLOPT_READFUNCTION, on_upload);
  curl_easy_setopt(c, CURLOPT_READDATA, &sending);
  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(c, CURLOPT_WRITEDATA, &receiving);
  curl_easy_setopt(c, CURLOPT_ERRORBUFFER, words);
  const CURLcode code = curl_easy_perform(c);
  long status = 0;
  curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
  if (code == CURLE_OK) {
    breaker_.succeeded(server.url);
    return {};
  }
  const std::string detail = std::string(words) + " (" + std::to_string(status) + ")";
  // RFC 5321, 4.2.1: 5yz is for good, 4yz passes. A refused account is the administrator's to mend and passes, too.
  if (status >= 500 && code != CURLE_LOGIN_DENIED) {
    breaker_.succeeded(server.url);
    return fail(problem(Kind::unprocessable, "outbound.mail.refused", "邮件服务器不收这封邮件。",
                        "The mail server refuses this mail.")
                    .with_detail(detail));
  }
  breaker_.failed(server.url);
  Problem p = from_curl(code, server.url, words);
  p.detail = detail;
  return fail(std::move(p));
}

}  // namespace civitas::outbound
