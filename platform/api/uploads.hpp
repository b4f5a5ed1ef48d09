// Inside this room: the one file of a request, sent as its body or as a form, and files sent back.
#pragma once

#include <filesystem>

#include "entities/declaration.hpp"
#include "http/multipart.hpp"
#include "http/router.hpp"
#include "sql/connection.hpp"

namespace civitas::api {

struct Upload {
  std::string name;
  std::string_view content;             // when it lies in memory
  std::filesystem::path file;           // otherwise
  std::optional<http::Multipart> form;  // keeps `content` alive
  std::uint64_t size = 0;
};

/// The part `file` of a form, or the whole body. Fails with `api.upload.missing`.
Result<Upload> upload_of(const http::Request& request);

/// What a record says of its files is what was uploaded: ids, alone or in objects, become {"id","name","size","type"}
/// of the stored file. An id is sixteen random bytes, so to know it is to have uploaded the file or seen its record.
/// 400 `files.file.not_found` with the field.
Status name_files(sql::Connection& db, const entities::Entity& e, Json& body);

/// Content-Disposition with the name in ASCII and in UTF-8 (RFC 6266, RFC 8187).
std::string disposition(std::string_view kind, std::string_view name);

/// Sends a file that has no other use: its name is gone at once, its bytes when they are sent.
Result<http::Response> send_once(const std::filesystem::path& file, std::string_view type, std::string_view name);

}  // namespace civitas::api
