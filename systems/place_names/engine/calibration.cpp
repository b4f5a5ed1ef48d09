#include "place_names/engine/calibration.hpp"

#include "base/yaml.hpp"

namespace civitas::place_names {

using index_format::Calibration;

namespace {

struct Weight {
  const char* name;
  float Calibration::* member;
};

#define CIVITAS_WEIGHT(name) {#name, &Calibration::name}
constexpr Weight weights[] = {
    CIVITAS_WEIGHT(same_sound),     CIVITAS_WEIGHT(loose_sound),     CIVITAS_WEIGHT(similar_shape),
    CIVITAS_WEIGHT(substitution),   CIVITAS_WEIGHT(missing_char),    CIVITAS_WEIGHT(extra_char),
    CIVITAS_WEIGHT(swapped),        CIVITAS_WEIGHT(pinyin),          CIVITAS_WEIGHT(initial),
    CIVITAS_WEIGHT(suffix_differs), CIVITAS_WEIGHT(suffix_bonus),    CIVITAS_WEIGHT(old_name),
    CIVITAS_WEIGHT(absent_city),    CIVITAS_WEIGHT(absent_county),   CIVITAS_WEIGHT(absent_township),
    CIVITAS_WEIGHT(out_of_order),   CIVITAS_WEIGHT(unread_char),     CIVITAS_WEIGHT(unread_claim),
    CIVITAS_WEIGHT(glued),          CIVITAS_WEIGHT(review_evidence), CIVITAS_WEIGHT(match_evidence),
    CIVITAS_WEIGHT(match_margin),   CIVITAS_WEIGHT(home_bonus),      CIVITAS_WEIGHT(score_scale),
};
#undef CIVITAS_WEIGHT
static_assert(std::size(weights) * sizeof(float) == sizeof(Calibration));

constexpr const char* built_in =
#include "matching.inc"
    ;

}  // namespace

Result<Calibration> read_calibration(const std::filesystem::path& file) {
  YamlNode root;
  if (file.empty()) {
    CIVITAS_TRY(root, parse_yaml(built_in, "matching.yaml"));
  } else {
    CIVITAS_TRY(root, read_yaml(file));
  }
  Calibration calibration{};
  for (const auto& weight : weights) {
    const auto* node = root.find(weight.name);
    const Json value = node ? node->to_json() : Json();
    if (!value.is_number())
      return fail(invalid("place_names.index.calibration", std::string("缺少数值参数 ") + weight.name + "。",
                          std::string("The number ") + weight.name + " is missing.")
                      .with_field(weight.name));
    calibration.*weight.member = static_cast<float>(value.as_number());
  }
  return calibration;
}

}  // namespace civitas::place_names
