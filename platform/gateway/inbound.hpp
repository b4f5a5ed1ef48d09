// What machines send (`inbound:`): POST /open/v1/{system}/{entity} makes a record, or changes the one with the same
// key. The call needs an application key granted "inbound.{system}.{entity}" and, unless declared otherwise, a
// signature (crypto/message_signature.hpp) whose secret is that key. A message is taken once: the same webhook-id with
// the same body is answered as it was; with another body 409 `gateway.inbound.repeated`.
#pragma once

#include "api/service.hpp"
#include "gateway/open_service.hpp"

namespace civitas::gateway {

class Inbound {
 public:
  Inbound(sql::Database& database, const Clock& clock, entities::Store& store)
      : database_(database), clock_(clock), store_(store) {}

  static Status create_tables(sql::Transaction& t);
  void add_routes(http::Router& router, OpenService& open, process::Engine& engine);
  /// Message ids are remembered for a month.
  Status remove_old();

 private:
  struct Taken {
    std::int64_t id = 0;
    bool created = false, repeated = false;
  };
  Result<Taken> take(sql::Transaction& t, process::Engine& engine, const entities::Entity& e, const Application& from,
                     const std::string& message, const std::string& digest, const Json& body);
  Result<Json> record_from(sql::Connection& c, const entities::Entity& e, const Json& body) const;

  sql::Database& database_;
  const Clock& clock_;
  entities::Store& store_;
};

}  // namespace civitas::gateway
