// GeoJSON from hostile bytes: what the scanner accepts, the parser of whole documents accepts too.
#include <cstdint>

#include "documents/byte_source.hpp"
#include "documents/geojson.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace civitas;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto reader = documents::FeatureReader::open(std::make_unique<documents::MemorySource>(bytes));
  if (!reader) return 0;
  Json feature;
  for (;;) {
    const auto any = (*reader)->next(feature);
    if (!any) return 0;
    if (!*any) break;
  }
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  const auto whole = Json::parse(bytes, 100);
  if (!whole || (*whole)["features"].size() != (*reader)->number()) __builtin_trap();
  return 0;
}
