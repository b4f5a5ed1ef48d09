// Inside this room: declarations as the pages read them (docs/api.md, meta).
#pragma once

#include <functional>
#include <optional>

#include "base/time.hpp"
#include "entities/access.hpp"
#include "entities/catalog.hpp"
#include "identity/principal.hpp"

namespace civitas::api {

/// `"key": {"zh", "en"}`
void write_title(JsonWriter& w, std::string_view key, const Text& title);
void write_text_or_null(JsonWriter& w, std::string_view key, const std::string& text);

/// A field as in `GET /api/v1/meta/{system}/{entity}`. `settled_to`: what a field that ends a period tells after this day
/// is provisional (WorkingCalendar::settled_to). `who`: read only where it has writers of its own and they are none of
/// them.
void write_field(JsonWriter& w, const entities::Catalog& catalog, const entities::Entity& e, const entities::Field& f,
                 std::optional<Date> settled_to = std::nullopt, const identity::Principal* who = nullptr);

/// `offers` and `calls` of a system: what it does for others, and what it uses of theirs.
void write_offers(JsonWriter& w, const entities::Catalog& catalog, const entities::System& system);

void write_dashboard_item(JsonWriter& w, const entities::MenuItem& item, const entities::Dashboard& dashboard);
/// An item of the menu, or one for each view; `e`: its record type, or nullptr.
void write_menu_item(JsonWriter& w, const entities::MenuItem& item, const entities::Entity* e,
                     const identity::Principal& who);
/// Whether the caller has the views that the item leads to.
bool shows_menu_item(const entities::MenuItem& item, const entities::Entity* e, const identity::Principal& who);

/// Board, calendar and tree of a list. `shown`: whether the caller may read that field.
void write_list_shapes(JsonWriter& w, const entities::ListView& list,
                       const std::function<bool(const std::string&)>& shown);
/// The views that the caller has, and the related records that they may read.
void write_views(JsonWriter& w, const entities::Catalog& catalog, const entities::Access& access,
                 const entities::Entity& e, const identity::Principal& who,
                 const std::function<bool(const std::string&)>& shown);

}  // namespace civitas::api
