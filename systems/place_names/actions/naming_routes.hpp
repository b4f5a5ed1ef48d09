// What of the place-name system is no record: check, match, locate, verification, printable papers.
#pragma once

#include "api/service.hpp"
#include "entities/profile_declaration.hpp"
#include "gateway/open_service.hpp"
#include "place_names/actions/naming_service.hpp"

namespace civitas::place_names {

struct RouteParts {
  api::Service& service;
  NamingService& naming;
  const entities::Profile& profile;
  std::string public_address;  // printed on papers: where their verification page is
};

/// GET parameters text, limit.
Result<Json> match_one(const NamingService& naming, const http::Request& request);
/// {"texts":[…],"limit"}: up to 1,000.
Result<Json> match_many(const NamingService& naming, const http::Request& request);
/// GET parameters name, division (code or name), category, legal_kind.
Result<Json> check_name(sql::Connection& connection, RouteParts& parts, const http::Request& request);

void add_routes(http::Router& router, RouteParts parts);
/// Match and check for applications with a key: /open/v1/place_names/….
void add_open_services(http::Router& router, gateway::OpenService& open, RouteParts parts);

}  // namespace civitas::place_names
