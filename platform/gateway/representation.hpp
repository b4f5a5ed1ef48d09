// Inside this room: a resource of the OGC interface as JSON or as a plain page for people.
#pragma once

#include "base/json.hpp"
#include "http/message.hpp"

namespace civitas::gateway {

enum class Form { json, html };
/// `f` before Accept; 400 `gateway.ogc.parameter` for another `f`.
Result<Form> wanted_form(const http::Request& request);

/// A title in the language asked for; Chinese where there is no other.
const std::string& in(http::Language language, const Text& title);

Json link(std::string href, std::string_view rel, std::string_view type, std::string_view title = "");

/// A weak entity tag of what it is made from.
std::string entity_tag(std::string_view content);
/// Gives an answer with a body its entity tag, and makes 304 of it where the client has it (http/conditional.hpp).
/// `significant`: what the tag is of, where that is not the whole body.
void tag_answer(const http::Request& request, http::Response& response, std::string_view significant = "");

/// `json` in the wanted form; `links` are shown above it on the page.
http::Response represent(Form form, std::string json, const Json& links, std::string_view title,
                         std::string_view media_type = "application/json");

}  // namespace civitas::gateway
