#include "place_names/actions/system.hpp"

#include "place_names/actions/load_divisions.hpp"
#include "place_names/actions/name_actions.hpp"
#include "place_names/actions/naming_routes.hpp"
#include "place_names/actions/papers.hpp"

namespace civitas::place_names {

namespace {

class PlaceNames final : public plug::System {
 public:
  explicit PlaceNames(plug::Parts parts)
      : parts_(std::move(parts)), naming_(parts_.database, parts_.store, parts_.clock, parts_.folder, parts_.data,
                parts_.profile) {}

  void add_hooks(entities::Hooks& hooks) override {
    register_hooks(hooks, {parts_.engine.calendar(), naming_, parts_.profile, parts_.city});
  }

  void add_routes(http::Router& router) override {
    const RouteParts routes{parts_.service, naming_, parts_.profile, parts_.public_address};
    place_names::add_routes(router, routes);
    add_papers(routes);
    add_open_services(router, parts_.gateway.open(), routes);
  }

  Status start() override { return naming_.start(); }

  Result<std::string> run(std::string_view command, const std::vector<std::string>& arguments) override {
    if (command != "load_divisions" || arguments.empty() || arguments.size() > 2)
      return System::run(command, arguments);
    CIVITAS_TRY(const auto count, load_divisions(parts_.database, parts_.store, parts_.clock, arguments[0],
                                                 arguments.size() > 1 ? arguments[1] : ""));
    if (count > 0) CIVITAS_CHECK(naming_.rebuild());  // so that the server finds it done
    return std::to_string(count) + " divisions\n";
  }

 private:
  plug::Parts parts_;
  NamingService naming_;
};

}  // namespace

}  // namespace civitas::place_names

namespace civitas::plug {

std::unique_ptr<System> make_place_names(Parts parts) {
  return std::make_unique<place_names::PlaceNames>(std::move(parts));
}

}  // namespace civitas::plug
