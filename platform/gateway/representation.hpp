// Inside this room: a resource of the OGC interface as JSON or as a plain page for people, and where this server is.
#pragma once

#include "base/json.hpp"
#include "http/message.hpp"

namespace civitas::gateway {

enum class Form { json, html };
/// `f` before Accept; 400 `gateway.ogc.parameter` for another `f`.
Result<Form> wanted_form(const http::Request& request);

/// "https://city.example" as the client knows it. A proxy on this machine is believed about scheme and host.
std::string base_url(const http::Request& request);

/// A title in the language asked for; Chinese where there is no other.
const std::string& in(http::Language language, const Text& title);

Json link(std::string href, std::string_view rel, std::string_view type, std::string_view title = "");

/// `json` in the wanted form; `links` are shown above it on the page.
http::Response represent(Form form, std::string json, const Json& links, std::string_view title,
                         std::string_view media_type = "application/json");

}  // namespace civitas::gateway
