// Geometry literals: WKT and BBOX in text, GeoJSON geometries and {"bbox":[…]} in JSON. Inside they are GeoJSON.
#pragma once

#include "query/lexer.hpp"

namespace civitas::query {

bool is_geometry_word(std::string_view word);
/// Reads a WKT geometry or a BBOX; the lexer stands on its first word and afterwards behind it.
Result<Json> parse_geometry(Lexer& lexer);
/// The sentence that is wrong with a GeoJSON geometry or bbox, or nothing. `where` is a JSON pointer.
Status check_geometry_json(const Json& shape, const std::string& where, int depth = 0);
void write_wkt(const Json& shape, std::string& out);

}  // namespace civitas::query
