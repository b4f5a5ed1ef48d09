#include "exchange/reference_system.hpp"

#include "base/strings.hpp"
#include "base/utf8.hpp"

namespace civitas::exchange {

namespace {

struct Known {
  const char *end, *zh, *en;
};

// Systems that Chinese data is in, by how their names end.
constexpr Known others[] = {
    {"4214", "北京 54 坐标系", "Beijing 1954"},          {"4555", "新北京 54 坐标系", "New Beijing"},
    {"4610", "西安 80 坐标系", "Xian 1980"},             {"3857", "网络墨卡托投影", "Web Mercator"},
    {"900913", "网络墨卡托投影", "Web Mercator"},        {"gcj02", "火星坐标系（GCJ-02）", "GCJ-02"},
    {"gcj-02", "火星坐标系（GCJ-02）", "GCJ-02"},        {"bd09", "百度坐标系（BD-09）", "BD-09"},
    {"bd-09", "百度坐标系（BD-09）", "BD-09"},           {"bd09ll", "百度坐标系（BD-09）", "BD-09"}};

}  // namespace

Status check_reference_system(const Json& crs) {
  if (crs.is_null()) return {};
  const Json& properties = crs["properties"];
  std::string name = properties["name"].as_string();
  if (name.empty() && properties["code"].is_integer()) name = "EPSG:" + std::to_string(properties["code"].as_integer());
  if (name.empty()) name = properties["href"].is_string() ? properties["href"].as_string() : crs.dump();
  const std::string low = to_lower_ascii(name);
  const auto ends = [&](std::string_view word) {
    if (!low.ends_with(word)) return false;
    const char before = low.size() == word.size() ? ':' : low[low.size() - word.size() - 1];
    return before == ':' || before == '/' || before == ' ';
  };
  for (const char* own : {"crs84", "crs84h", "4326", "4490", "4979", "4480"})
    if (ends(own)) return {};
  std::string zh = "“" + std::string(utf8_prefix(name, 80)) + "”", en = zh;
  for (const Known& other : others)
    if (ends(other.end)) {
      zh = std::string(other.zh) + "（" + std::string(utf8_prefix(name, 80)) + "）";
      en = std::string(other.en) + " (" + std::string(utf8_prefix(name, 80)) + ")";
      break;
    }
  return fail(invalid("exchange.import.crs",
                      "文件说明其坐标属于" + zh + "，直接导入会使位置偏移几十米以上。请先用 GIS 软件转换为 CGCS2000 经纬度（EPSG:4490）再导入。",
                      "The file says that its coordinates are in " + en +
                          "; taken as they are, every place would be tens of metres or more away. Convert them to "
                          "CGCS2000 degrees (EPSG:4490) in a GIS program first.")
                  .with_field("crs"));
}

}  // namespace civitas::exchange
