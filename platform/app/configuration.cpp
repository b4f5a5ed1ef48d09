#include "app/configuration.hpp"

#include <algorithm>
#include <cstdlib>

#include "app/remembered_city.hpp"
#include "entities/reader.hpp"

namespace civitas::app {

namespace fs = std::filesystem;

namespace {

// `{minute: 10, hour: 60, day: 300}`: what is left out stays as it is.
void read_allowances(entities::MapReader& in, std::string_view key, const std::string& file,
                     entities::Mistakes& mistakes, std::vector<identity::Allowance>& out) {
  const YamlNode* node = in.get(key);
  if (!node) return;
  entities::MapReader a(*node, file, mistakes);
  for (const auto& [name, seconds] : {std::pair{"minute", 60}, {"hour", 3'600}, {"day", 86'400}}) {
    const auto most = a.number(name);
    if (!most) continue;
    if (*most < 1 || *most > 1'000'000)
      a.wrong(0, std::string(name) + " 应在 1 到 1000000 之间", std::string(name) + " must be from 1 to 1,000,000");
    for (auto& allowance : out)
      if (allowance.seconds == seconds) allowance.most = static_cast<int>(std::clamp(*most, 1.0, 1e6));
  }
  a.finish();
}

}  // namespace

Result<Configuration> read_configuration(const fs::path& file) {
  Configuration out;
  out.server.port = 8080;
  if (file.empty()) return out;
  CIVITAS_TRY(const YamlNode node, read_yaml(file));
  entities::Mistakes mistakes;
  entities::MapReader in(node, file.string(), mistakes);
  out.data = in.text("data", "data");
  if (const std::string home = in.text("home"); !home.empty()) out.home = home;
  for (const auto& folder : in.words("systems")) out.more_systems.emplace_back(folder);
  out.public_address = out.server.public_address = in.text("public_address");
  out.office_hours = in.words("office_hours");
  if (const YamlNode* listen = in.get("listen")) {
    entities::MapReader l(*listen, file.string(), mistakes);
    out.server.address = l.text("address", "127.0.0.1");
    out.server.port = static_cast<std::uint16_t>(l.number("port").value_or(8080));
    out.server.certificate = l.text("certificate");
    out.server.private_key = l.text("private_key");
    out.server.workers = static_cast<unsigned>(l.number("workers").value_or(0));
    if (l.get("trusted_proxies")) out.server.trusted_proxies = l.words("trusted_proxies");
    const auto streams = [&](const char* key, std::size_t& limit) {
      const double wanted = l.number(key).value_or(static_cast<double>(limit));
      const std::string name(key);
      if (wanted < 1 || wanted > 100'000)
        l.wrong(0, name + " 应在 1 到 100000 之间", name + " must be from 1 to 100000");
      limit = static_cast<std::size_t>(std::clamp(wanted, 1.0, 100'000.0));
    };
    streams("streams", out.server.max_streams);
    streams("streams_of_address", out.server.max_streams_of_address);
    // Each is a connection, and pages must still get theirs.
    out.server.max_connections = std::max(out.server.max_connections, 2 * out.server.max_streams);
    l.finish();
  }
  if (const YamlNode* database = in.get("database")) {
    entities::MapReader d(*database, file.string(), mistakes);
    const std::string engine = d.text("engine", "sqlite");
    if (engine == "postgres")
      out.database.dialect = sql::Dialect::postgres;
    else if (engine != "sqlite")
      d.wrong(0, "engine 应为 sqlite 或 postgres", "engine must be sqlite or postgres");
    out.database.connection_string = d.text("connection");
    out.database.writers = static_cast<int>(d.number("writers").value_or(16));
    d.finish();
  }
  if (const YamlNode* anonymous = in.get("anonymous")) {
    entities::MapReader a(*anonymous, file.string(), mistakes);
    const double bits = a.number("puzzle_bits").value_or(out.anonymous.puzzle_bits);
    if (bits < 1 || bits > 26) a.wrong(0, "puzzle_bits 应在 1 到 26 之间", "puzzle_bits must be from 1 to 26");
    out.anonymous.puzzle_bits = static_cast<int>(std::clamp(bits, 1.0, 26.0));
    read_allowances(a, "address", file.string(), mistakes, out.anonymous.by_address);
    read_allowances(a, "phone", file.string(), mistakes, out.anonymous.by_phone);
    a.finish();
  }
  if (const YamlNode* audit = in.get("audit")) {
    entities::MapReader a(*audit, file.string(), mistakes);
    out.audit_head = a.text("head");
    out.audit_keys = a.text("keys");
    a.finish();
  }
  out.live.most = static_cast<int>(out.server.max_streams);
  if (const YamlNode* live = in.get("live")) {
    entities::MapReader l(*live, file.string(), mistakes);
    const double most = l.number("of_person").value_or(out.live.most_of_person);
    if (most < 1 || most > 10'000) l.wrong(0, "of_person 应在 1 到 10000 之间", "of_person must be from 1 to 10000");
    out.live.most_of_person = static_cast<int>(std::clamp(most, 1.0, 10'000.0));
    l.finish();
  }
  out.city = in.text("city");
  if (const YamlNode* map = in.get("map"))
    for (const auto& [key, value] : map->members) out.map.set(key.scalar, value.to_json());
  out.messages = read_messages(in, file.string(), mistakes);
  in.finish();
  if (!mistakes.none()) return fail(mistakes.to_problem());
  return out;
}

fs::path audit_head_file(const Configuration& c) { return c.audit_head.empty() ? c.data / "audit.head" : c.audit_head; }

std::vector<fs::path> system_folders(const Configuration& c) {
  std::vector<fs::path> out{(c.home.empty() ? find_home() : c.home) / "systems"};
  out.insert(out.end(), c.more_systems.begin(), c.more_systems.end());
  return out;
}

namespace {

// `city: NAME` in the demo/demo.yaml of a system: whose data the demonstration has.
std::string demonstration_city(const std::vector<fs::path>& roots) {
  for (const auto& root : roots) {
    std::error_code ec;
    for (const auto& entry : fs::directory_iterator(root, ec)) {
      const auto node = read_yaml(entry.path() / "demo/demo.yaml");
      const YamlNode* city = node ? node->find("city") : nullptr;
      if (city && city->is_scalar()) return city->scalar;
    }
  }
  return "";
}

}  // namespace

fs::path city_folder(const Configuration& c) {
  const auto under_home = [&](const fs::path& name) {
    const fs::path kept = (c.home.empty() ? find_home() : c.home) / "cities" / name;
    return fs::exists(kept / "city.yaml") ? kept : name;
  };
  if (!c.city.empty()) return fs::exists(c.city / "city.yaml") ? c.city : under_home(c.city);
  if (const fs::path known = remembered_city(c.data); !known.empty())
    return fs::exists(known / "city.yaml") ? known : under_home(known.filename());
  const std::string shown = c.demo ? demonstration_city(system_folders(c)) : "";
  return shown.empty() ? fs::path() : under_home(shown);
}

fs::path find_home() {
  if (const char* set = std::getenv("CIVITAS_HOME")) return set;
  std::error_code ec;
  for (fs::path at = fs::read_symlink("/proc/self/exe", ec).parent_path(); !at.empty() && at != at.parent_path();
       at = at.parent_path())
    if (fs::exists(at / "systems/identity/system.yaml")) return at;  // a build folder has a systems/ of its own
  if (fs::exists("systems/identity/system.yaml")) return fs::current_path();
  return "/usr/share/civitas";
}

}  // namespace civitas::app
