// The bytes of a response head, appended to a string that is used again and again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace civitas::http {

/// Sixteen random bytes of the operating system in hexadecimal; drawn in blocks.
void append_request_id(std::string& out);
void append_status_line(std::string& out, int status);
/// The Date field, formatted once a second.
void append_date(std::string& out);
/// False, and nothing is appended, when the name is no token or the value could break out of its line.
bool append_field(std::string& out, std::string_view name, std::string_view value);
void append_length(std::string& out, std::uint64_t length);
void append_chunk_size(std::string& out, std::size_t size);
/// Fields that only the server may write.
bool is_server_field(std::string_view name);
/// Gives a problem response another status, in its line and in its document.
void replace_status(Response& response, int status);

}  // namespace civitas::http
