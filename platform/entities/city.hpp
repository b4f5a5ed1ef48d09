// A city is a folder: city.yaml has what the portal is called, where the map lies and the values that systems want to
// know (`profile:` of their system.yaml).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/yaml.hpp"

namespace civitas::entities {

class Mistakes;
struct System;

/// What a file of the folder puts under every map, without names of its own: water, roads, an outline.
struct GroundFile {
  std::string kind;            // one of ground_kinds()
  std::filesystem::path file;  // CSV with a column `wkt`, or GeoJSON; longitude and latitude, WGS 84
  std::string source;          // whom the map must name, such as "© OpenStreetMap contributors, ODbL"
  int line = 0;                // of city.yaml
};
const std::vector<std::string>& ground_kinds();

struct City {
  std::filesystem::path folder;  // empty: no city was named
  Text title;                    // empty: as the program says
  Json map = Json::object();     // center, zoom, extent, base: those that are given
  std::vector<GroundFile> ground;
  YamlNode values;               // by system, as written
  std::string file;              // city.yaml as mistakes name it: "harbin/city.yaml"

  std::string name() const { return file.substr(0, file.find('/')); }
};

/// An empty folder is a city of which nothing is known.
City read_city(const std::filesystem::path& folder, Mistakes& mistakes);
/// The city's values into the profile of a system. A value that the system does not declare is a mistake.
void apply_values(const City& city, System& system, Mistakes& mistakes);
/// Values for systems that are not there are mistakes.
void check_values(const City& city, const std::vector<System>& systems, Mistakes& mistakes);
/// `{profile.NAME}` in numbering rules becomes the city's words.
void expand_profile(System& system, Mistakes& mistakes);

}  // namespace civitas::entities
