#include "app/remembered_city.hpp"

#include "base/json_text.hpp"
#include "base/strings.hpp"

namespace civitas::app {

namespace fs = std::filesystem;

namespace {

fs::path file_of(const fs::path& data) { return data / "city"; }

// "harbin", also of "cities/harbin/".
std::string name_of(const fs::path& folder) {
  const fs::path plain = fs::absolute(folder).lexically_normal();
  return (plain.has_filename() ? plain : plain.parent_path()).filename().string();
}

}  // namespace

fs::path remembered_city(const fs::path& data) {
  const auto text = read_file(file_of(data));
  return text ? fs::path(trim(*text)) : fs::path();
}

Status check_city(const Configuration& c) {
  const fs::path known = remembered_city(c.data);
  if (known.empty() || c.city.empty() || name_of(known) == name_of(c.city)) return {};
  const std::string data = c.data.string(), one = name_of(known), other = name_of(c.city);
  return fail(problem(Kind::conflict, "app.city.other",
                      "数据目录 " + data + " 是 " + one + " 的数据，不能用 " + other + " 打开。请去掉 --city（或配置中的 city:），它记得自己的城市；或用 "
                      "--data 指定 " + other + " 的数据目录。城市目录若改了名，请先把新目录写入 " + file_of(c.data).string() + "。",
                      "The data folder " + data + " holds " + one + " and cannot be opened as " + other +
                          ". Leave out --city (or city: of the configuration), since it knows its city; or give the data "
                          "folder of " + other + " with --data. If the city's folder was renamed, first write the new one into " +
                          file_of(c.data).string() + "."));
}

Status remember_city(const Configuration& c) {
  const fs::path folder = city_folder(c);
  if (folder.empty()) return {};
  const std::string text = fs::absolute(folder).lexically_normal().string();
  if (remembered_city(c.data) == text) return {};
  return write_file_atomically(file_of(c.data), text + "\n");
}

}  // namespace civitas::app
