#include "crypto/password.hpp"

#include <botan/base64.h>
#include <botan/exceptn.h>
#include <botan/pwdhash.h>

#include <optional>

#include "base/strings.hpp"
#include "crypto/bytes.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"

namespace civitas::crypto {

namespace {

constexpr std::size_t salt_size = 16;
constexpr std::size_t hash_size = 32;
constexpr std::size_t max_memory_kib = 1024 * 1024;
constexpr std::size_t max_passes = 64;
constexpr std::size_t max_lanes = 16;

struct StoredHash {
  PasswordCost cost;
  std::string salt;
  std::string hash;
};

std::string derive(std::string_view password, std::string_view salt, const PasswordCost& cost, std::size_t size) {
  const auto argon2 =
      Botan::PasswordHashFamily::create_or_throw("Argon2id")->from_params(cost.memory_kib, cost.passes, cost.lanes);
  std::string out(size, '\0');
  argon2->derive_key(reinterpret_cast<std::uint8_t*>(out.data()), out.size(), password.data(), password.size(),
                     bytes_of(salt), salt.size());
  return out;
}

std::string phc_base64(std::string_view bytes) {
  std::string out = Botan::base64_encode(bytes_of(bytes), bytes.size());
  while (out.ends_with('=')) out.pop_back();
  return out;
}

std::optional<std::string> from_phc_base64(std::string_view text) {
  std::string padded(text);
  while (padded.size() % 4) padded += '=';
  try {
    return string_of(Botan::base64_decode(padded, false));
  } catch (const Botan::Exception&) {
    return std::nullopt;
  }
}

std::optional<std::size_t> parameter(std::string_view part, std::string_view name, std::size_t max) {
  if (!part.starts_with(name)) return std::nullopt;
  const auto number = parse_integer(part.substr(name.size()));
  if (!number || *number < 1 || static_cast<std::size_t>(*number) > max) return std::nullopt;
  return static_cast<std::size_t>(*number);
}

std::optional<StoredHash> parse_stored(std::string_view text) {
  const auto parts = split(text, '$');
  if (parts.size() != 6 || !parts[0].empty() || parts[1] != "argon2id" || parts[2] != "v=19") return std::nullopt;
  const auto costs = split(parts[3], ',');
  if (costs.size() != 3) return std::nullopt;
  const auto memory = parameter(costs[0], "m=", max_memory_kib);
  const auto passes = parameter(costs[1], "t=", max_passes);
  const auto lanes = parameter(costs[2], "p=", max_lanes);
  auto salt = from_phc_base64(parts[4]);
  auto hash = from_phc_base64(parts[5]);
  if (!memory || !passes || !lanes || !salt || !hash) return std::nullopt;
  if (*memory < 8 * *lanes || salt->size() < 8 || salt->size() > 64 || hash->size() < 16 || hash->size() > 64)
    return std::nullopt;
  return StoredHash{{*memory, *passes, *lanes}, *std::move(salt), *std::move(hash)};
}

}  // namespace

std::string hash_password(std::string_view password, const PasswordCost& cost) {
  const std::string salt = random_bytes(salt_size);
  return "$argon2id$v=19$m=" + std::to_string(cost.memory_kib) + ",t=" + std::to_string(cost.passes) +
         ",p=" + std::to_string(cost.lanes) + "$" + phc_base64(salt) + "$" +
         phc_base64(derive(password, salt, cost, hash_size));
}

PasswordCheck verify_password(std::string_view password, std::string_view stored, const PasswordCost& cost) {
  const auto parsed = parse_stored(stored);
  if (!parsed) {
    verify_dummy(password, cost);
    return {};
  }
  const std::string computed = derive(password, parsed->salt, parsed->cost, parsed->hash.size());
  if (!equal_in_constant_time(computed, parsed->hash)) return {};
  return {true, parsed->cost != cost || parsed->salt.size() != salt_size || parsed->hash.size() != hash_size};
}

void verify_dummy(std::string_view password, const PasswordCost& cost) {
  static const std::string salt = random_bytes(salt_size);
  static const std::string never = random_bytes(hash_size);
  const volatile bool matches = equal_in_constant_time(derive(password, salt, cost, hash_size), never);
  (void)matches;
}

}  // namespace civitas::crypto
