// What the configuration says of the citizens' portal.
#pragma once

#include "base/problem.hpp"
#include "entities/portal_declaration.hpp"

namespace civitas::api {

struct PortalOptions {
  /// What the portal is called: `city: {title: {zh, en}}` of the configuration.
  Text title{"政务服务", "City services"};
  /// Whether codes can be sent to telephones; without, who would sign in by telephone needs an account.
  bool phone_codes = false;

  entities::SignIn sign_in(entities::SignIn declared) const {
    return declared == entities::SignIn::phone && !phone_codes ? entities::SignIn::account : declared;
  }
};

}  // namespace civitas::api
