// Tokens for full-text search by characters, pinyin and initials, made of a-z and 0-9 only so that the tokenizers of
// SQLite FTS5 (unicode61 or ascii) and the `simple` configuration of PostgreSQL keep every one of them as it is.
//
//   黄陂区 is stored as   u9ec4 u9642 u533a u9ec4u9642 u9642u533a phuangpiqu ppiqu pqu ihpq ipq iq
//
// u = characters (each one and each pair of neighbours), p = pinyin and i = initials from every position to the end (at
// most 8 syllables), so that a prefix query finds any syllable run inside the name; words of letters and digits
// get the prefix w. A query token finds a stored one when it is equal, the ones marked as prefix when it begins so.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/pinyin.hpp"

namespace civitas::text {

/// Tokens of a stored text, each once, separated by spaces. With Overrides the approved reading is what is found.
std::string index_tokens(std::string_view text, const Overrides* overrides = nullptr);

struct QueryToken {
  std::string text;
  bool prefix = false;
  bool operator==(const QueryToken&) const = default;
};

/// A query is a list of groups: of every group at least one token must match (AND of ORs). A group has more than one
/// token only where letters may be pinyin, initials or a word of the text.
using Query = std::vector<std::vector<QueryToken>>;
/// Empty when nothing of the input can be searched for.
Query query_tokens(std::string_view user_input);

/// The query in the language of FTS5: `u9ec4u9642 AND (phuangpi* OR ihuangpi*)`; "" for an empty query.
std::string fts5_query(const Query& query);
/// The query as a tsquery of PostgreSQL: `u9ec4u9642 & (phuangpi:* | ihuangpi:*)`; "" for an empty query.
std::string tsquery(const Query& query);

}  // namespace civitas::text
