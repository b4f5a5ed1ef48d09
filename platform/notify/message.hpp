// What people are told, to whom, by which way.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/problem.hpp"
#include "base/time.hpp"

namespace civitas::notify {

/// `app`: shown in the pages. The others leave the product.
enum class Channel { app, email, sms, webhook };

std::string_view channel_name(Channel channel);
std::optional<Channel> channel_of(std::string_view name);

struct Message {
  Text title;
  Text text;                               // may be empty: the title says it all
  std::string link;                        // a path of the pages: "/grid/event/4503599627370497"
  std::string about;                       // the record, "grid/event/4503599627370497"; "" without one
  std::string kind;                        // stable name of what is said: the template, "case.step", "sign_in.code"
  bool urgent = false;                     // also in quiet hours, and to who does not want this channel
  bool secret = false;                     // the text is erased once it has left or cannot leave any more
  std::optional<Instant> expires_at = {};  // not sent any more after this
};

struct Recipient {
  std::int64_t person = 0;  // 0: an address without an account
  std::string phone = {}, email = {};
  std::string webhook = {};  // a name of the configuration
};

}  // namespace civitas::notify
