// What the configuration says of the citizens' portal.
#pragma once

#include "base/problem.hpp"
#include "entities/portal_declaration.hpp"
#include "identity/attempt_limits.hpp"

namespace civitas::identity {
class CodeSender;
}

namespace civitas::api {

/// How much may come from who is not signed in (`anonymous:` of the configuration).
struct AnonymousLimits {
  int puzzle_bits =
      18;  // of the puzzle before a creation; a quarter of a second on a desk, some seconds on an old phone
  // Many people share an address (a hall, an office, a mobile network), fewer a telephone.
  std::vector<identity::Allowance> by_address{{60, 10}, {3'600, 60}, {86'400, 300}};
  std::vector<identity::Allowance> by_phone{{60, 2}, {3'600, 6}, {86'400, 20}};
};

struct PortalOptions {
  /// What the portal is called: the title of the city's folder.
  Text title{"政务服务", "City services"};
  /// Whether codes can be sent to telephones; without, who would sign in by telephone needs an account.
  bool phone_codes = false;
  identity::CodeSender* code_sender = nullptr;  // outlives the service
  bool show_codes = false;                      // a demonstration answers with the code itself; never in production
  AnonymousLimits anonymous = {};

  entities::SignIn sign_in(entities::SignIn declared) const {
    return declared == entities::SignIn::phone && !phone_codes ? entities::SignIn::account : declared;
  }
};

}  // namespace civitas::api
