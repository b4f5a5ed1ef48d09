// Inside this room: what the portal's pages read of a declaration and of a case (docs/api.md, portal).
#pragma once

#include "entities/catalog.hpp"
#include "process/engine.hpp"

namespace civitas::api {

/// "10 working days" in words of both languages; nothing for an empty period or one that comes from data.
std::optional<Text> period_in_words(const std::string& period);

/// The name of the service: `portal.title`, else that of the record type.
const Text& service_title(const entities::Entity& e);

/// The course of a case in a citizen's words: the declared steps, or, where none are declared, the states it came
/// through. `{"title","text"?,"at":…|null,"is":"past|now|ahead|cut"}` each.
struct Course {
  Json steps;
  std::int64_t at = 0;  // the step where it stands, from 1; 0: none
  Text now;             // its title
};
Course course_of(const entities::Entity& e, const std::vector<process::Engine::Passage>& passages,
                 const std::string& state, const Text& state_title);

/// "ok", "warn" (it waits for the applicant, or its time is short), "bad" (refused), "stop", or "" when it is done.
std::string tone_of(const entities::Entity& e, const Json& the_case, bool waits_for_owner);

/// A value as a citizen reads it: titles of codes and references, dates; `{"zh","en"}`, or text where it is the same in
/// both. Null for what has no words (places, files).
Json value_in_words(const entities::Catalog& catalog, const entities::Entity& e, const entities::Field& f,
                    const Json& value);

}  // namespace civitas::api
