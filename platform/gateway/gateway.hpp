// The open interfaces of the city: attribute services and OGC API – Features collections of every record type whose
// declaration opens them, the keys that open them, what was called, and the descriptions (OpenAPI, catalogue).
#pragma once

#include <memory>

#include "api/service.hpp"
#include "base/metrics.hpp"
#include "gateway/features.hpp"
#include "gateway/inbound.hpp"
#include "gateway/open_service.hpp"

namespace civitas::gateway {

class Gateway {
 public:
  Gateway(sql::Database& database, const Clock& clock, entities::Store& store, std::string version);

  static Status create_tables(sql::Transaction& t);
  /// A record type has another path: keys that were granted its interface keep it.
  static Status entity_moved(sql::Transaction& t, std::string_view from, std::string_view to);
  /// gateway.keys_changed
  void register_hooks(entities::Hooks& hooks);
  /// Every `open.filter` uses only fields that the public may read; fails with `gateway.open.filter`.
  Status check() const;
  /// After everything else that publishes with `open()`, so that the descriptions are whole.
  void add_routes(http::Router& router, api::Service& service);
  /// For the systems' own open interfaces.
  OpenService& open() { return open_; }
  void add_metrics(Metrics& metrics);

  /// Begins to write what was called; `stop` writes what is left. Called around serving.
  void start() { log_.start(); }
  void stop() { log_.stop(); }
  /// What need not be remembered any longer.
  Status remove_old() { return inbound_.remove_old(); }

 private:
  void add_attribute_services(http::Router& router);
  void add_key_route(http::Router& router, api::Service& service);
  void add_usage_route(http::Router& router, api::Service& service);
  void add_description_routes(http::Router& router);

  sql::Database& database_;
  const Clock& clock_;
  entities::Store& store_;
  std::string version_;
  Keys keys_;
  CallLog log_;
  OpenService open_;
  Features features_;
  Inbound inbound_;
};

}  // namespace civitas::gateway
