#include "plug/system.hpp"

namespace civitas::plug {

Result<std::string> System::run(std::string_view command, const std::vector<std::string>&) {
  const std::string name(command);
  return fail(problem(Kind::not_found, "plug.command.unknown", "这个系统没有命令 " + name + "。",
                      "This system has no command " + name + "."));
}

}  // namespace civitas::plug
