// Everything of this room that reads bytes from outside: sealed values, key files, typed secrets, signatures.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "crypto/field_cipher.hpp"
#include "crypto/password.hpp"
#include "crypto/signature.hpp"
#include "crypto/totp.hpp"

using namespace civitas;
using namespace civitas::crypto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const ManualClock clock{Instant{}};
  static const auto keys = KeyStore::in_memory(clock);
  static const FieldCipher cipher(*keys);
  static const FieldPlace place{"person", "phone", "1"};
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0] % 6) {
    case 0: {
      // A known header leads past the key look-up; nothing but a value sealed by these keys may open.
      const std::string sealed = "cf1:" + keys->current(KeyPurpose::field)->id + ":" + std::string(text);
      if (cipher.open(sealed, place) || cipher.open(text, place)) std::abort();
      break;
    }
    case 1: (void)parse_key_file(text); break;
    case 2:
      if (const auto bytes = from_base32(text); bytes && from_base32(to_base32(*bytes)) != bytes) std::abort();
      break;
    case 3: (void)verify(SignatureAlgorithm::sm2, text.substr(0, 65), "m", text.substr(text.size() / 2)); break;
    case 4: (void)verify(SignatureAlgorithm::ed25519, text.substr(0, 32), "m", text.substr(text.size() / 2)); break;
    case 5: (void)check_password_policy(text, text.substr(0, text.size() / 3)); break;
  }
  return 0;
}
