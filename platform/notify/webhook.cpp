#include "base/json.hpp"
#include "crypto/message_signature.hpp"
#include "notify/senders.hpp"

namespace civitas::notify {

namespace {

class WebhookSender final : public Sender {
 public:
  WebhookSender(outbound::Client& client, const Clock& clock, std::map<std::string, WebhookOptions> hooks)
      : client_(client), clock_(clock), hooks_(std::move(hooks)) {}

  Result<Sent> send(const Outgoing& m) override {
    const auto hook = hooks_.find(m.address);
    if (hook == hooks_.end())
      return fail(problem(Kind::unprocessable, "notify.webhook.unknown",
                          "配置中没有名为 " + m.address + " 的 webhook。",
                          "The configuration names no webhook " + m.address + "."));
    Json body = Json::object();
    body.set("type", m.kind).set("timestamp", format_instant({m.made_at_seconds * 1'000'000}));
    Json data = Json::object();
    data.set("title", m.title).set("text", m.text).set("about", m.about).set("link", m.link);
    body.set("data", std::move(data));
    outbound::Call call;
    call.method = "POST";
    call.url = hook->second.url;
    call.body = body.dump();
    const std::string id = "notify-" + std::to_string(m.id) + "-" + std::to_string(m.made_at_seconds);
    const std::int64_t now = clock_.now().seconds();
    call.headers = {
        {"Content-Type", "application/json"},
        {"webhook-id", id},
        {"webhook-timestamp", std::to_string(now)},
        {"webhook-signature", crypto::sign_message(crypto::message_secret(hook->second.secret), id, now, call.body)}};
    CIVITAS_TRY(const auto answer, client_.call(call));
    if (answer.good()) return Sent{};
    const std::string said = std::to_string(answer.status) + " " + answer.body.substr(0, 200);
    // 410: the receiver wants no more. Any other refusal may be a receiver that is being mended.
    if (answer.status == 410)
      return fail(problem(Kind::unprocessable, "notify.webhook.gone", "对方不再接收。", "The receiver wants no more.")
                      .with_detail(said));
    return fail(problem(Kind::unavailable, "notify.webhook.refused", "对方没有收下。", "The receiver did not take it.")
                    .with_detail(said));
  }

 private:
  outbound::Client& client_;
  const Clock& clock_;
  std::map<std::string, WebhookOptions> hooks_;
};

}  // namespace

std::unique_ptr<Sender> webhook_sender(outbound::Client& client, const Clock& clock,
                                       std::map<std::string, WebhookOptions> hooks) {
  return std::make_unique<WebhookSender>(client, clock, std::move(hooks));
}

}  // namespace civitas::notify
