// The parts of the configuration that reach out of the house: `outbound:`, `notify:`, `push:`.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "entities/reader.hpp"
#include "notify/notify.hpp"
#include "notify/senders.hpp"
#include "outbound/client.hpp"

namespace civitas::app {

struct MessagesConfiguration {
  outbound::Options outbound;
  notify::DeliveryOptions delivery;
  std::optional<notify::EmailOptions> email;
  notify::SmsOptions sms;
  std::optional<notify::SmsHttpOptions> sms_http;
  std::optional<notify::SmppOptions> smpp;
  std::map<std::string, notify::WebhookOptions> webhooks;
  std::map<std::string, notify::WebhookOptions> push;  // targets of declared pushes

  /// Gives the channels that are configured their senders.
  void add_senders(notify::Notify& notify, outbound::Client& client, const Clock& clock) const;
};

/// Reads the keys out of the whole configuration.
MessagesConfiguration read_messages(entities::MapReader& in, const std::string& file, entities::Mistakes& mistakes);

}  // namespace civitas::app
