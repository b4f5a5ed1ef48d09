// What systems do for one another, as declared.
#include "entities/loader_offers.hpp"

#include "entities/contract.hpp"
#include "entities/loader_parts.hpp"

namespace civitas::entities {

namespace {

std::vector<SetValue> read_values(MapReader& in, std::string_view key) {
  std::vector<SetValue> out;
  for (auto& [field, value] : in.entries(key)) out.push_back({std::move(field), std::move(value)});
  return out;
}

// A field of a contract is a value that passes, not one that is kept, made or asked for.
void check_passing(const Field& f, const std::string& file, Mistakes& mistakes) {
  switch (f.type) {
    case FieldType::rows:
    case FieldType::code:
    case FieldType::secret:
    case FieldType::computed:
      mistakes.add(file, f.line, "offers 的字段不能是 " + std::string(type_name(f.type)),
                   "a field of an offer cannot be of the type " + std::string(type_name(f.type)));
      return;
    default: break;
  }
  const bool sealed = f.sealed && f.type != FieldType::citizen_id;
  for (const auto& [written, key] :
       std::initializer_list<std::pair<bool, const char*>>{{f.unique, "unique"},
                                                           {f.search, "search"},
                                                           {sealed, "sealed"},
                                                           {f.read_only, "read_only"},
                                                           {!f.scope.empty(), "scope"},
                                                           {!f.write.empty(), "write"},
                                                           {!f.was.empty(), "was"},
                                                           {!f.rule.empty() || !f.computed.empty(), "rule"},
                                                           {!f.default_rule.empty(), "default: {value: …}"},
                                                           {!f.options.empty(), "options"},
                                                           {!f.visible.empty(), "visible"},
                                                           {!f.required_if.empty(), "required_if"},
                                                           {!f.to_any.empty(), "to with several types"}})
    if (written)
      mistakes.add(file, f.line, std::string("offers 的字段不能写 ") + key, std::string("a field of an offer has no ") + key);
}

std::vector<Field> read_fields(MapReader& in, std::string_view key, const std::string& system, const std::string& file,
                               Mistakes& mistakes) {
  std::vector<Field> out;
  for (const YamlNode* item : in.items(key)) {
    out.push_back(read_field(*item, system, file, mistakes));
    check_passing(out.back(), file, mistakes);
  }
  check_once(out, file, in.line(), mistakes);
  return out;
}

}  // namespace

std::vector<Offer> read_offers(MapReader& system, const std::string& name, const std::string& file, Mistakes& mistakes) {
  std::vector<Offer> out;
  for (const YamlNode* item : system.items("offers")) {
    MapReader o(*item, file, mistakes);
    Offer offer;
    offer.line = item->line;
    offer.name = read_name(o, "name");
    offer.title = o.title("title");
    offer.takes = read_fields(o, "takes", name, file, mistakes);
    offer.gives = read_fields(o, "gives", name, file, mistakes);
    if (const YamlNode* create = o.get("create")) {
      MapReader c(*create, file, mistakes);
      offer.create.entity = c.required_text("entity");
      offer.create.set = read_values(c, "set");
      offer.step = c.text("step");
      offer.given = read_values(c, "gives");
      c.finish();
    }
    offer.action = o.text("do");
    if (offer.create.entity.empty() == offer.action.empty())
      o.wrong(0, "应写 create 或 do 之一", "either create or do says what it does");
    o.finish();
    out.push_back(std::move(offer));
  }
  return out;
}

std::vector<Need> read_needs(MapReader& system, const std::string& file, Mistakes& mistakes) {
  std::vector<Need> out;
  for (const YamlNode* item : system.items("calls")) {
    MapReader c(*item, file, mistakes);
    out.push_back({read_name(c, "name"), c.flag("optional"), c.words("takes"), c.words("gives"), item->line});
    c.finish();
  }
  check_once(out, file, system.line(), mistakes);
  return out;
}

std::optional<OfferCall> read_call(MapReader& step, const std::string& file, Mistakes& mistakes) {
  const YamlNode* call = step.get("call");
  if (!call) return std::nullopt;
  MapReader c(*call, file, mistakes);
  OfferCall out;
  out.offer = c.required_text("offer");
  out.with = read_values(c, "with");
  out.set = read_values(c, "set");
  c.finish();
  return out;
}

Contract contract_of(const System& system, const Offer& offer) {
  Contract out;
  out.system = &system;
  out.offer = &offer;
  for (Entity* e : {&out.takes, &out.gives}) {
    e->system = system.name;
    e->name = offer.name;
    e->title = offer.title;
    e->file = system.name + "/system.yaml";
    e->line = offer.line;
    e->table = "offer " + offer.name + (e == &out.takes ? " takes" : " gives");  // no name of a table has a space
  }
  out.takes.fields = offer.takes;
  out.gives.fields = offer.gives;
  return out;
}

}  // namespace civitas::entities
