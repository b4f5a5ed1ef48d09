// JSON pointers (RFC 6901): "/orders/0/id".
#pragma once

#include <string_view>

#include "base/json.hpp"

namespace civitas {

bool is_json_pointer(std::string_view text);
/// The value that the pointer names, or nullptr; "" names the whole.
const Json* at_pointer(const Json& whole, std::string_view pointer);
/// Sets it, making the objects on the way; a number in the pointer is a member's name here, too.
void set_at_pointer(Json& whole, std::string_view pointer, Json value);

}  // namespace civitas
