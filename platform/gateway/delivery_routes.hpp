// What an administrator sees of work and messages that nobody waits for: pushes to other systems and work by the clock;
// and where an SMS gateway reports what became of a message.
#pragma once

#include "api/service.hpp"
#include "gateway/open_service.hpp"
#include "gateway/push.hpp"
#include "jobs/jobs.hpp"
#include "notify/notify.hpp"
#include "process/declared_jobs.hpp"

namespace civitas::gateway {

void add_delivery_routes(http::Router& router, api::Service& service, Pushes& pushes, process::DeclaredJobs& scheduled,
                         jobs::Jobs& jobs);
/// POST /open/v1/notify/receipts {"id", "delivered", "detail"?}, for keys granted "notify.receipts".
void add_receipt_route(http::Router& router, OpenService& open, notify::Notify& notify);

}  // namespace civitas::gateway
