#include "audit/mark.hpp"

#include <atomic>
#include <memory>

#include "base/id.hpp"
#include "base/strings.hpp"
#include "crypto/digest.hpp"

namespace civitas::audit {

namespace {

struct Marking {
  std::string key_id, key;
  std::string run = random_hex(8);  // no two processes share it
  std::atomic<std::uint64_t> counter{0};
};

// Entries are written in every room; all of a process are marked alike, so the key is the process's.
std::atomic<std::shared_ptr<Marking>>& marking() {
  static std::atomic<std::shared_ptr<Marking>> of_process;
  return of_process;
}

std::string digest_of(const std::string& key, std::string_view number, const MarkedFields& fields) {
  std::string message = "civitas audit entry";
  const auto add = [&message](std::string_view text) {
    message += " " + std::to_string(text.size()) + ":";
    message += text;
  };
  add(number);
  for (const auto field : fields) add(field);
  return to_hex(std::string_view(crypto::hmac(crypto::DigestAlgorithm::sm3, key, message)).substr(0, 16));
}

}  // namespace

void mark_entries(const Signer& signer) {
  auto made = std::make_shared<Marking>();
  made->key_id = signer.key_id;
  made->key = signer.mark_key(signer.key_id);
  marking().store(made->key.empty() ? nullptr : std::move(made));
}

std::string mark_of(const MarkedFields& fields) {
  const auto by = marking().load();
  if (!by) return "";
  const std::string number = by->run + "-" + std::to_string(++by->counter);
  return by->key_id + ":" + number + ":" + digest_of(by->key, number, fields);
}

bool is_marked(std::string_view mark, const MarkedFields& fields, const Signer& signer) {
  const auto parts = split(mark, ':');
  if (parts.size() != 3) return false;
  const std::string key = signer.mark_key(parts[0]);
  return !key.empty() && crypto::equal_in_constant_time(parts[2], digest_of(key, parts[1], fields));
}

}  // namespace civitas::audit
