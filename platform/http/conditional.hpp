// Conditional requests (RFC 9110 section 13) by entity tags: whoever has the present state is told so with 304 instead of
// being sent it again.
#pragma once

#include <string_view>

#include "http/message.hpp"

namespace civitas::http {

/// Whether an If-None-Match or If-Match value lists this entity tag (weak comparison), or is "*".
bool lists_tag(std::string_view field, std::string_view tag);

/// Makes 304 of the answer to GET or HEAD whose ETag the request's If-None-Match names. The server does it with every
/// answer; whoever counts answers may do it before.
void answer_condition(const Request& request, Response& response);

}  // namespace civitas::http
