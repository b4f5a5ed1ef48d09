// Reads a process definition back from the text stored with its cases (ProcessDeclaration::text).
#pragma once

#include "base/result.hpp"
#include "entities/declaration.hpp"

namespace civitas::entities {

Result<ProcessDeclaration> read_process_text(const std::string& text, const std::string& name);

}  // namespace civitas::entities
