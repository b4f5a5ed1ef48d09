#include <magic.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "files/files.hpp"

namespace civitas::files {

namespace {

struct Close {
  void operator()(magic_set* m) const { magic_close(m); }
};

}  // namespace

Result<std::string> sniff_type(const std::filesystem::path& file) {
  // One set for all threads: loading it takes milliseconds and megabytes, a look at a file far less.
  static std::mutex mutex;
  static std::unique_ptr<magic_set, Close> known;
  const std::lock_guard lock(mutex);
  if (!known) {
    known.reset(magic_open(MAGIC_MIME_TYPE | MAGIC_ERROR));
    if (!known || magic_load(known.get(), nullptr) != 0) {
      known.reset();
      return fail(internal_problem("libmagic has no data"));
    }
  }
  const char* type = magic_file(known.get(), file.c_str());
  if (!type) return fail(internal_problem(std::string("libmagic: ") + magic_error(known.get())));
  // For damaged programs words follow the type: "application/x-sharedlib, no program header".
  const std::string_view whole(type);
  return std::string(whole.substr(0, whole.find_first_of(",; ")));
}

bool is_executable_type(std::string_view type) {
  static constexpr std::string_view refused[] = {
      "application/x-executable",
      "application/x-pie-executable",
      "application/x-sharedlib",
      "application/x-object",
      "application/x-dosexec",
      "application/x-mach-binary",
      "application/x-msdownload",
      "application/vnd.microsoft.portable-executable",
      "application/x-msi",
      "application/x-java-applet",
      "application/java-archive",
      "application/vnd.android.package-archive",
      "application/x-ms-shortcut",
      "application/x-mswinurl",
      "text/x-shellscript",
      "text/x-msdos-batch",
      "application/x-debian-package",
      "application/vnd.debian.binary-package",
      "application/x-rpm",
      "application/x-elc",
      "application/x-bytecode.python",
      "application/x-ms-installer",
      "application/x-coredump",
      "application/x-wine-extension-ini",
  };
  return std::find(std::begin(refused), std::end(refused), type) != std::end(refused);
}

}  // namespace civitas::files
