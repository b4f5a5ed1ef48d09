// What people are told: their messages, how they want to be told, and what became of what left the product.
#pragma once

#include "api/service.hpp"
#include "notify/notify.hpp"

namespace civitas::api {

void add_notice_routes(http::Router& router, Service& service, notify::Notify& notify);

}  // namespace civitas::api
