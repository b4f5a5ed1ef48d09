// What a record type says for the citizens' portal (`portal:`, `verify:`): the service and its questions, the course in
// a citizen's words, the public list, and what can be verified. Plain data, read by loader_portal.cpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/problem.hpp"

namespace civitas::entities {

/// One page of the form: one question, or a few that belong together.
struct PortalStep {
  Text title, help;
  std::vector<std::string> fields;
};

/// One step of the course in a citizen's words; it stands for several states.
struct FollowStep {
  Text title, text;
  std::vector<std::string> states;
};

/// What is needed before a form is sent.
enum class SignIn { none, phone, account };
std::string_view sign_in_name(SignIn kind);

/// A list that everyone may read. What of a record is readable is the business of `access: {role: public}`.
struct PublicList {
  Text title;
  std::vector<std::string> list;  // columns; empty: those of the record type's list
  std::string when;               // CQL2
  bool search = false;            // found by the portal's search
  bool notice = false;            // belongs on the page of public notices (公示)
  std::string notice_when;        // CQL2: of a notice, which records are open for comment now; empty: all of them
  std::string comment;            // of a notice: the record type, of the same system, that takes what people say
  std::string comment_field;      // its reference to this one; found when the catalogue is made
};

struct PortalDeclaration {
  Text group, title, text;  // without a group it is offered only beside the record that it is about
  std::string glyph;
  int order = 100;
  std::vector<PortalStep> steps;
  SignIn sign_in = SignIn::account;
  std::string page;    // a portal page of the system's own, instead of the form
  std::string about;   // a reference that is not asked for: filled in where one comes from a record of a public list
  std::string submit;  // the owner's transition that sends a new record; empty: see submit_of()
  Text after;          // what happens next, told when the form was sent
  std::vector<FollowStep> follow;
  std::vector<std::string> answer;  // fields that tell the applicant what came of it
  std::string rate;                 // the field that the applicant's appraisal is kept in
  std::string former_codes;         // the field that holds query codes given before the platform kept them
  std::optional<PublicList> open;   // `public:`
  int line = 0;

  /// Whether something can be asked for: a type may also have only a public list.
  bool is_service() const { return !steps.empty() || !page.empty(); }
};

struct ProcessDeclaration;
/// The transition by which an applicant sends a new record that otherwise stays a draft: the declared one, else the
/// only one out of the initial state that its owner may take at once. "" when a new record is sent as it is made.
std::string submit_of(const PortalDeclaration& portal, const ProcessDeclaration& process);

/// The registry of what can be verified: whoever holds a paper with its code may ask whether it is genuine.
struct VerifyDeclaration {
  std::string code;  // the field that holds the code; unique
  Text title;        // what kind of paper this is
  std::vector<std::string> show;
  std::string when;  // CQL2: when it is valid; empty: as soon as there is a code
  int line = 0;
};

/// An entry of the portal's home that belongs to no record type: a portal page of the system's own.
struct PortalPage {
  std::string page;
  Text group, title, text;
  std::string glyph;
  int order = 100;
};

}  // namespace civitas::entities
