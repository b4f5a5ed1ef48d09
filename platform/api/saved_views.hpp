// Views that people keep: filters, order and columns of a list under a name, for oneself, one's department or everybody
// who may read such records. What a view shows is decided each time by the rights of whoever opens it.
#pragma once

#include "api/service.hpp"

namespace civitas::api {

Status create_saved_view_tables(sql::Transaction& t);

/// `GET`, `POST /api/v1/views`, `DELETE /api/v1/views/{id}`, and `GET /api/v1/views/badges`: how many records the views
/// have whose number stands in the menu.
void add_view_routes(http::Router& router, Service& service);

}  // namespace civitas::api
