// Sign-in codes as short messages: at once, also at night, never kept longer than they are good.
#pragma once

#include "identity/code_sender.hpp"
#include "notify/notify.hpp"

namespace civitas::app {

class CodeMessages final : public identity::CodeSender {
 public:
  CodeMessages(notify::Notify& notify, const Clock& clock) : notify_(notify), clock_(clock) {}
  Status send(sql::Transaction& t, const identity::CodeMessage& code) override {
    notify::Message m;
    m.title = {"验证码", "Code"};
    m.text = code.sentence;
    m.kind = "sign_in.code";
    m.urgent = m.secret = true;
    m.expires_at = clock_.now().plus_seconds(std::int64_t{code.minutes} * 60);
    notify::Recipient to;
    to.phone = code.phone;
    return notify_.tell(t, m, to, {notify::Channel::sms});
  }

 private:
  notify::Notify& notify_;
  const Clock& clock_;
};

}  // namespace civitas::app
