// Inside this room: what a city changes of a system, `overlays/SYSTEM/ENTITY.yaml` (and terms/LIST.yaml, system.yaml) in
// its folder, merged into the system's YAML before that is read:
//   overlay: lamp
//   change: {title: …, fields: {kind: {required: true}}, list: {columns: […]}}   what is there, by name
//   add: {fields: [{…}], access: [{…}], form: [{…}]}                           behind what is there
//   hide: [remark]                                                            fields: stored, neither shown nor asked for
#pragma once

#include <string>
#include <vector>

#include "base/yaml.hpp"
#include "entities/reader.hpp"

namespace civitas::entities {

struct OverlayFile {
  std::string file;  // as mistakes name it: "harbin/overlays/town/lamp.yaml"
  std::string text;
};

/// Merges the overlay into `base`, the text of a file whose first key is `kind` (entity, terms, system). Whatever cannot
/// be is a mistake at its line of the overlay. Returns the names of hidden fields.
std::vector<std::string> merge_overlay(YamlNode& base, std::string_view kind, const OverlayFile& overlay,
                                       Mistakes& mistakes);

/// The keys of an overlay, for the published schema.
void describe_overlay(const YamlNode& nothing, Mistakes& mistakes);

}  // namespace civitas::entities
