// Inside this room: a record type that moved (`was:`) is still asked for at its former address; 308 says where it is.
#pragma once

#include "entities/catalog.hpp"
#include "http/router.hpp"

namespace civitas::api {

void redirect_former_paths(http::Router& router, const entities::Catalog& catalog);

}  // namespace civitas::api
