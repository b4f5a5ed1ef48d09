// The declarations as people read them: a page of Markdown for each system, with its record types, who may do what, the
// course of its cases and its code lists. Made from what was loaded, so it cannot say anything else than the program
// does.
#pragma once

#include <string>

#include "entities/declaration.hpp"

namespace civitas::entities {

std::string reference_page(const System& system);

}  // namespace civitas::entities
