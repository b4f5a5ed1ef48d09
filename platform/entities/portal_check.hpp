// What is worth knowing about the declared portal and is no mistake.
#pragma once

#include <vector>

#include "entities/declaration.hpp"

namespace civitas::entities {

/// States of a process that the course in a citizen's words (`portal.follow`) leaves out, a sentence each. How a case
/// was refused is told by the state itself and need not be there.
std::vector<Text> portal_remarks(const std::vector<System>& systems);

}  // namespace civitas::entities
