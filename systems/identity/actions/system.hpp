// The C++ of people and rights: what no declaration can say about them.
#pragma once

#include "plug/system.hpp"

namespace civitas::plug {

std::unique_ptr<System> make_identity(Parts parts);

}  // namespace civitas::plug
