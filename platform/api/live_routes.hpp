// Live pages: Server-Sent Events of lists, to-dos, notices and dashboards (docs/api.md). Who may listen is asked before
// the stream opens and again for each event (live/hub.hpp).
#pragma once

#include "api/service.hpp"
#include "live/hub.hpp"

namespace civitas::api {

/// What the hub is to know besides records: copies of cases and notices are for one person.
live::HubOptions live_options();
/// Sessions as the hub asks for them: none that ended, and none that owes a password. Listening keeps none alive.
live::WhoIs live_sessions(identity::Identity& identity);

void add_live_routes(http::Router& router, Service& service, live::Hub& hub);

}  // namespace civitas::api
