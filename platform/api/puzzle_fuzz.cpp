// The header X-Civitas-Puzzle, which anybody may send.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "api/puzzle.hpp"
#include "identity/phone_codes.hpp"

using namespace civitas;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ManualClock clock{Instant{1'700'000'000'000'000}};
  static const api::Puzzles puzzles(clock, 8);
  static const std::string challenge = puzzles.make().text;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // Nobody guesses a signature; behind a true challenge only the nonce is judged.
  if (puzzles.check(text) && !text.starts_with(challenge)) std::abort();
  (void)puzzles.check(challenge + ":" + std::string(text));
  if (const auto phone = identity::PhoneCodes::normal(text)) {
    if (phone->size() != 11 || identity::PhoneCodes::normal(*phone) != phone) std::abort();
  }
  return 0;
}
