// Views between our strings and Botan's byte pointers. Included by the .cpp files of this room only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace civitas::crypto {

inline const std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

template <class Bytes>
std::string string_of(const Bytes& bytes) {
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

}  // namespace civitas::crypto
