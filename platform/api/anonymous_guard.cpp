#include "api/anonymous_guard.hpp"

#include "base/log.hpp"
#include "http/proxies.hpp"
#include "text/phone.hpp"

namespace civitas::api {

using entities::FieldType;
using identity::Counted;

namespace {

std::string in_words_zh(std::int64_t seconds) {
  return seconds < 120    ? std::to_string(seconds) + " 秒"
         : seconds < 7200 ? std::to_string((seconds + 59) / 60) + " 分钟"
                          : std::to_string((seconds + 3599) / 3600) + " 小时";
}

std::string in_words_en(std::int64_t seconds) {
  return seconds < 120    ? std::to_string(seconds) + " seconds"
         : seconds < 7200 ? std::to_string((seconds + 59) / 60) + " minutes"
                          : std::to_string((seconds + 3599) / 3600) + " hours";
}

AnonymousGuard::Refusal too_many(const Counted& who, std::int64_t wait) {
  const bool phone = who.name.find(".phone:") != std::string::npos;
  Problem p =
      phone ? problem(Kind::exhausted, "portal.limit.phone",
                      "这个电话号码提交得过于频繁，请 " + in_words_zh(wait) + "后再试。",
                      "This telephone number has sent too much; try again in " + in_words_en(wait) + ".")
            : problem(Kind::exhausted, "portal.limit.address",
                      "从您的网络提交得过于频繁，请 " + in_words_zh(wait) + "后再试，或登录后办理。",
                      "Too much was sent from your network; try again in " + in_words_en(wait) + ", or sign in first.");
  return {std::move(p), wait};
}

}  // namespace

AnonymousGuard::AnonymousGuard(sql::Database& database, const Clock& clock, identity::Identity& identity,
                               const AnonymousLimits& limits)
    : database_(database), clock_(clock), identity_(identity), limits_(limits), puzzles_(clock, limits.puzzle_bits) {}

Status AnonymousGuard::create_tables(sql::Transaction& t) {
  CIVITAS_CHECK(identity::create_attempt_tables(t));
  return Puzzles::create_tables(t);
}

Counted AnonymousGuard::by_address(std::string_view what, const http::Request& r, int times) const {
  Counted out{std::string(what) + ".address:" + identity_.pseudonym("address", http::address_group(r.remote)),
              limits_.by_address};
  for (auto& a : out.allowed) a.most *= times;
  return out;
}

std::expected<AnonymousGuard::Admission, AnonymousGuard::Refusal> AnonymousGuard::within_limits(
    Admission admission) const {
  std::optional<Refusal> refused;
  const Status read = database_.read([&](sql::Connection& c) -> Status {
    for (const auto& who : admission.counted) {
      CIVITAS_TRY(const auto wait, identity::must_wait(c, who, clock_.now()));
      if (wait && (!refused || refused->retry_after < *wait)) refused = too_many(who, *wait);
    }
    return {};
  });
  if (!read) return std::unexpected(Refusal{read.error(), 0});
  if (refused) return std::unexpected(std::move(*refused));
  return admission;
}

std::expected<AnonymousGuard::Admission, AnonymousGuard::Refusal> AnonymousGuard::admit_creation(
    const http::Request& r, const entities::Entity& e, const Json& body) {
  auto solved = puzzles_.check(r.headers.get("X-Civitas-Puzzle"));
  if (!solved) return std::unexpected(Refusal{std::move(solved.error()), 0});
  Admission out{std::move(*solved), {by_address("create", r)}};
  for (const auto& f : e.fields)
    if (f.type == FieldType::phone && body[f.name].is_string())
      if (const auto number = text::phone_number(body[f.name].as_string()))  // however it is written
        out.counted.push_back({"create.phone:" + identity_.pseudonym("phone", *number), limits_.by_phone});
  return within_limits(std::move(out));
}

std::expected<AnonymousGuard::Admission, AnonymousGuard::Refusal> AnonymousGuard::admit_upload(const http::Request& r) {
  constexpr int files_of_a_form = 9;
  return within_limits({std::nullopt, {by_address("upload", r, files_of_a_form)}});
}

std::expected<AnonymousGuard::Admission, AnonymousGuard::Refusal> AnonymousGuard::admit_code(const http::Request& r,
                                                                                             const std::string& phone) {
  // Each code is a message that somebody pays for and that rings somewhere.
  static const std::vector<identity::Allowance> by_phone{{60, 1}, {3'600, 5}, {86'400, 10}};
  return within_limits(
      {std::nullopt, {by_address("code", r), {"code.phone:" + identity_.pseudonym("phone", phone), by_phone}}});
}

std::expected<AnonymousGuard::Admission, AnonymousGuard::Refusal> AnonymousGuard::admit_confirmation(
    const http::Request& r) {
  return within_limits({std::nullopt, {by_address("wrong_code", r)}});
}

std::expected<AnonymousGuard::Admission, AnonymousGuard::Refusal> AnonymousGuard::admit_registration(
    const http::Request& r) {
  return within_limits({std::nullopt, {by_address("register", r)}});
}

Status AnonymousGuard::count(sql::Transaction& t, const Admission& admission) const {
  const Instant now = clock_.now();
  if (admission.puzzle) CIVITAS_CHECK(Puzzles::use(t, *admission.puzzle, now));
  for (const auto& who : admission.counted) {
    CIVITAS_TRY(const auto wait, identity::count_attempt(t, who, now));
    if (wait) return fail(too_many(who, *wait).problem);
  }
  return {};
}

Status AnonymousGuard::count_failure(sql::Transaction& t, const Admission& admission) const {
  for (const auto& who : admission.counted) CIVITAS_CHECK(identity::count_attempt(t, who, clock_.now()));
  return {};
}

http::Response refusal_response(const AnonymousGuard::Refusal& refusal, const http::Request& r) {
  if (refusal.problem.kind == Kind::internal || refusal.problem.kind == Kind::unavailable)
    log_problem("api.failed", refusal.problem, r.id);
  http::Response out = http::problem_response(refusal.problem, r);
  if (refusal.retry_after > 0) out.set("Retry-After", std::to_string(refusal.retry_after));
  return out;
}

}  // namespace civitas::api
