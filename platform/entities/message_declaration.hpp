// What a system tells people and other systems, and takes from machines: `tell:` and `templates:`, `inbound:`, `push:`,
// `jobs:`. Plain data, read by loader_messages.cpp and checked with the whole catalogue.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/problem.hpp"

namespace civitas::entities {

/// Somebody is told when a step is taken, a state entered, a limit passed, or a record written.
struct Tell {
  /// owner, holder, role:NAME, department:FIELD, person:FIELD, phone:FIELD, email:FIELD, webhook:NAME (of the
  /// configuration). A word without a colon that is none of these is a role.
  std::vector<std::string> to;
  std::vector<std::string> by;  // app, email, sms, webhook; empty: app (a webhook: webhook)
  std::string use;              // `template:`; empty: the title of the record and its state
  std::string when;             // CQL2 over the record
  bool urgent = false;          // also at night, and whatever the person prefers
  std::vector<std::string> on;       // of a record type: create, update (unless told), step
  std::vector<std::string> changed;  // of a record type: only when one of these fields is other than before
  int line = 0;
};

/// `templates:` of a system: what is said, with placeholders such as {number}, {state}, {due}.
struct MessageTemplate {
  std::string name;
  Text title, text;
  int line = 0;
};

/// Where a field's value comes from in a machine's message.
struct InboundValue {
  std::string field;
  std::string pointer;   // JSON pointer (RFC 6901); empty: `value`
  std::string value;     // the same in every record
  std::string lon, lat;  // pointers to the two numbers of a point, degrees in WGS 84 (CGCS2000)
  std::string by;        // ref: the field of the record type referred to that the value names; empty: its id
  std::vector<std::pair<std::string, std::string>> words;  // what the machine says → what is kept
};

/// `inbound:`: machines make and change records over POST /open/v1/{system}/{entity}.
struct Inbound {
  bool create = true;
  bool update = true;     // a message with a known key changes the record; else it changes nothing
  bool is_signed = true;  // Standard Webhooks signature, with the application's key as the secret
  std::string key;        // the field by which a record is known again; unique
  std::string step;       // a transition that a new record takes at once
  std::vector<InboundValue> map;
  int line = 0;
};

/// One value of what is pushed: where it stands in the message, and which field it is.
struct PushValue {
  std::string pointer;
  std::string field;
};

/// `push:`: each record for which `when` holds is delivered to another system, in its newest form, until it is taken.
struct Push {
  std::string name;
  Text title;
  std::string to;    // a name under `push:` of the configuration
  std::string when;  // CQL2; empty: every record
  std::vector<PushValue> map;
  int line = 0;
};

/// `jobs:`: work of a system that time begins.
struct DeclaredJob {
  std::string name;
  Text title;
  std::string at;  // "02:00" in China; or
  std::int64_t every_seconds = 0;
  std::string entity;  // the record type whose records it is about; empty: the job is called once
  std::string when;    // CQL2: which of its records
  std::string action;  // `do:` an action in C++
  std::string step;    // a transition that each record takes
  int line = 0;
};

/// A placeholder of a template: "{number}" gives "number"; in the order they stand.
std::vector<std::string> placeholders_of(const Text& text);
/// The text with its placeholders replaced; `value` gives what stands for each name.
template <class Value>
std::string fill_template(const std::string& text, const Value& value) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto open = text.find('{', at);
    const auto close = open == std::string::npos ? open : text.find('}', open);
    if (close == std::string::npos) return out + text.substr(at);
    out += text.substr(at, open - at) + value(text.substr(open + 1, close - open - 1));
    at = close + 1;
  }
  return out;
}

}  // namespace civitas::entities
