// The C++ of the place-name system as one piece: name check, matcher, papers, open services.
#pragma once

#include "plug/system.hpp"

namespace civitas::plug {

std::unique_ptr<System> make_place_names(Parts parts);

}  // namespace civitas::plug
