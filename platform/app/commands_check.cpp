// What looks at declarations and at the audit trail.
#include <fstream>
#include <iostream>

#include "app/check.hpp"
#include "app/commands.hpp"
#include "entities/reference.hpp"

namespace civitas::app {

namespace fs = std::filesystem;

Status check(const Options& o) {
  CIVITAS_TRY(const auto c, configure(o));
  CIVITAS_TRY(const auto remarks, check_declarations(c));
  for (const auto& remark : remarks) std::cout << "* " << remark.zh << " / " << remark.en << "\n";
  std::cout << "声明无误 / the declarations are good\n";
  return {};
}

Status write_reference(const Options& o) {
  CIVITAS_TRY(const auto c, configure(o));
  CIVITAS_TRY(const auto catalog, entities::Catalog::load(system_folders(c), city_folder(c)));
  std::error_code ec;
  fs::create_directories(o.argument, ec);
  for (const auto& system : catalog->systems()) {
    const fs::path file = fs::path(o.argument) / (system.name + ".md");
    std::ofstream out(file);
    out << entities::reference_page(system);
    if (!out.flush())
      return fail(problem(Kind::unavailable, "app.reference.file", "无法写入 " + file.string(),
                          "Cannot write " + file.string()));
    std::cout << file.string() << "\n";
  }
  return {};
}

Status verify_audit(const Options& o) {
  CIVITAS_TRY(const auto application, open_city(o));
  audit::Verdict verdict;
  CIVITAS_CHECK(application->database().read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(verdict, audit::verify(c, application->signer(), application->audit_head()));
    return {};
  }));
  std::cout << verdict.entries << " entries in " << verdict.batches << " batches, " << verdict.unsealed
            << " not yet sealed\n";
  for (const auto& r : verdict.remarks) std::cout << "* " << r.zh << " / " << r.en << "\n";
  for (const auto& f : verdict.findings) std::cout << "! " << f.zh << " / " << f.en << "\n";
  if (!verdict.findings.empty())
    return fail(problem(Kind::conflict, "audit.broken", "审计记录不完整。", "The audit trail is not whole."));
  std::cout << "审计记录完整 / the audit trail is whole\n";
  return {};
}

Status audit_restored(const Options& o) {
  CIVITAS_TRY(const auto application, open_city(o));
  CIVITAS_CHECK(audit::restored(application->database(), application->clock().now(), application->signer(),
                                application->audit_head(), o.because));
  std::cout << application->audit_head().path().string() << "\n";
  return {};
}

}  // namespace civitas::app
