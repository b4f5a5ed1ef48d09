#include "identity/actions/system.hpp"

#include "identity/actions/identity_actions.hpp"

namespace civitas::identity_system {

namespace {

class People final : public plug::System {
 public:
  explicit People(plug::Parts parts) : parts_(std::move(parts)) {}

  void add_hooks(entities::Hooks& hooks) override { register_hooks(hooks, parts_.identity); }

 private:
  plug::Parts parts_;
};

}  // namespace

}  // namespace civitas::identity_system

namespace civitas::plug {

std::unique_ptr<System> make_identity(Parts parts) {
  return std::make_unique<identity_system::People>(std::move(parts));
}

}  // namespace civitas::plug
