#include "entities/subscriptions.hpp"

#include <algorithm>

namespace civitas::entities {

void subscribe_declared(Store& store, const Clock& clock, jobs::Outbox& outbox) {
  for (const auto& system : store.catalog().systems())
    for (const auto& s : system.subscriptions) {
      const Entity& e = *store.catalog().entity_by_path(s.to);
      store.announce(e);
      outbox.subscribe(system.name + "." + s.action + " " + s.to, {s.to},
                       [&store, &clock, &e, &s](sql::Transaction& t, const jobs::Event& event) -> Status {
                         if (!s.acts.empty() && std::find(s.acts.begin(), s.acts.end(), event.act) == s.acts.end())
                           return {};
                         const Context context{
                             identity::system_principal("event " + e.system + "." + e.name + "." + event.act),
                             clock.now(), ""};
                         auto record = store.get_unrestricted(t, e, event.record, "a subscriber is told what happened");
                         if (!record && record.error().kind != Kind::not_found) return fail(record.error());
                         Json whole = record ? std::move(*record) : Json::object();
                         HookCall call = HookCall::of(store, t, context, e, event.record, whole).transition(event.act);
                         return store.run_hook(s.action, call);
                       });
    }
}

}  // namespace civitas::entities
