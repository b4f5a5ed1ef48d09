// Inside this room: declarations as the pages read them (docs/api.md, meta).
#pragma once

#include <optional>

#include "base/time.hpp"
#include "entities/catalog.hpp"
#include "identity/principal.hpp"

namespace civitas::api {

/// `"key": {"zh", "en"}`
void write_title(JsonWriter& w, std::string_view key, const Text& title);

/// A field as in `GET /api/v1/meta/{system}/{entity}`. `settled_to`: what a field that ends a period tells after this day
/// is provisional (WorkingCalendar::settled_to). `who`: read only where it has writers of its own and they are none of
/// them.
void write_field(JsonWriter& w, const entities::Catalog& catalog, const entities::Entity& e, const entities::Field& f,
                 std::optional<Date> settled_to = std::nullopt, const identity::Principal* who = nullptr);

}  // namespace civitas::api
