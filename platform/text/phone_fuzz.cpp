// A telephone number as anybody types it: what is kept is read again as the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "text/phone.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto kept = civitas::text::phone_number({reinterpret_cast<const char*>(data), size});
  if (kept && civitas::text::phone_number(*kept) != kept) std::abort();
  return 0;
}
