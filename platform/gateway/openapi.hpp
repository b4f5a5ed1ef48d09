// OpenAPI descriptions made from the declarations: the REST interface of every record type, and the open interfaces.
#pragma once

#include "entities/catalog.hpp"
#include "gateway/open_service.hpp"

namespace civitas::gateway {

/// The largest `limit` of any list.
inline constexpr int largest_page = 1000;

enum class Direction { read, write };
/// JSON Schema of a field's value on the wire.
Json field_schema(const entities::Catalog* catalog, const entities::Entity& e, const entities::Field& f,
                  Direction direction);
/// Fields that the role public may read; empty rules mean all.
bool is_public(const entities::Entity& e, const entities::Field& f);
Json public_record_schema(const entities::Entity& e);

Interface list_interface(const entities::Entity& e, const std::string& service, const std::string& path);
Interface record_interface(const entities::Entity& e, const std::string& service, const std::string& path);

/// OpenAPI 3.1.
Json open_document(const std::vector<Interface>& interfaces, const std::string& version);
Json rest_document(const entities::Catalog& catalog, const std::vector<const http::Route*>& routes,
                   const std::string& version);

Json problem_schema();
Json parameter_json(const Parameter& p);
/// "description": what an answer is, with the media type and schema.
Json answer_json(std::string description, std::string_view media_type = "", Json schema = {});

}  // namespace civitas::gateway
