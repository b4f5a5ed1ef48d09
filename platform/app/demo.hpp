// The demonstration folders of systems and cities (demo/demo.yaml): who works there, and tables of records.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "entities/catalog.hpp"
#include "entities/reader.hpp"

namespace civitas::app {

struct DemoRole {
  std::string name;
  std::vector<std::string> permissions;  // "grid.handler"
  int line = 0;
};

struct DemoPerson {
  std::string account, name, kind, department, phone, email;
  std::vector<std::string> roles, divisions;
  bool all_divisions = false;
  std::vector<std::pair<std::string, std::vector<std::string>>> scopes;  // dimension, records; {"all"}: everywhere
  int line = 0;
};

struct DemoTable {
  std::string entity;  // path
  std::string file;
  std::string key;  // rows whose record is there already, by this field, are passed over
  int line = 0;
};

struct Demo {
  std::filesystem::path folder;
  std::string file;  // as mistakes name it: "grid/demo/demo.yaml"
  std::string password;
  std::vector<DemoRole> roles;
  std::vector<DemoPerson> people;
  std::vector<DemoTable> tables;
};

/// Those that a first start loads: of the city where it has one, else of every system. Keys, permission sets, roles,
/// record types, fields and dimensions that are not there are mistakes with their line.
std::vector<Demo> read_demos(const entities::Catalog& catalog, entities::Mistakes& mistakes);

/// What a start would stumble over besides: missing files, columns that are no field, cells that their field does not
/// take, references to records that no table gives.
void check_demos(const entities::Catalog& catalog, const std::vector<Demo>& demos, entities::Mistakes& mistakes);


}  // namespace civitas::app
