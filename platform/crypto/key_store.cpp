#include "crypto/key_store.hpp"

#include <botan/mem_ops.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <optional>

#include "base/json.hpp"
#include "base/strings.hpp"
#include "crypto/random.hpp"
#include "crypto/signature.hpp"

namespace civitas::crypto {

namespace {

constexpr int file_version = 1;
constexpr std::size_t max_file_size = 16 * 1024 * 1024;

struct PurposeRow {
  KeyPurpose purpose;
  std::string_view name;
  KeyAlgorithm first;   // the algorithm of the first key
  KeyAlgorithm second;  // the other one that serves
};
constexpr std::array purposes = {
    PurposeRow{KeyPurpose::field, "field", KeyAlgorithm::sm4_gcm, KeyAlgorithm::aes_256_gcm},
    PurposeRow{KeyPurpose::audit, "audit", KeyAlgorithm::sm2, KeyAlgorithm::ed25519},
    PurposeRow{KeyPurpose::session, "session", KeyAlgorithm::hmac_sm3, KeyAlgorithm::hmac_sha256},
    PurposeRow{KeyPurpose::blind_index, "blind-index", KeyAlgorithm::hmac_sm3, KeyAlgorithm::hmac_sha256},
};

struct AlgorithmRow {
  KeyAlgorithm algorithm;
  std::string_view name;
  std::size_t secret_size;
};
constexpr std::array algorithms = {
    AlgorithmRow{KeyAlgorithm::sm4_gcm, "sm4-gcm", 16},   AlgorithmRow{KeyAlgorithm::aes_256_gcm, "aes-256-gcm", 32},
    AlgorithmRow{KeyAlgorithm::sm2, "sm2", 32},           AlgorithmRow{KeyAlgorithm::ed25519, "ed25519", 32},
    AlgorithmRow{KeyAlgorithm::hmac_sm3, "hmac-sm3", 32}, AlgorithmRow{KeyAlgorithm::hmac_sha256, "hmac-sha256", 32},
};

const PurposeRow& row_of(KeyPurpose purpose) { return purposes[static_cast<std::size_t>(purpose)]; }
const AlgorithmRow& row_of(KeyAlgorithm algorithm) { return algorithms[static_cast<std::size_t>(algorithm)]; }

bool serves(KeyAlgorithm algorithm, KeyPurpose purpose) {
  return algorithm == row_of(purpose).first || algorithm == row_of(purpose).second;
}

KeyPtr make_key(KeyPurpose purpose, KeyAlgorithm algorithm, Instant now) {
  auto key = std::make_shared<Key>();
  key->id = std::string(purpose_name(purpose)) + "-" + to_hex(random_bytes(6));
  key->purpose = purpose;
  key->algorithm = algorithm;
  if (algorithm == KeyAlgorithm::sm2)
    key->secret = make_signing_key(SignatureAlgorithm::sm2).private_key;
  else
    key->secret = random_bytes(row_of(algorithm).secret_size);
  key->created = now;
  return key;
}

std::vector<KeyPtr> first_keys(Instant now) {
  std::vector<KeyPtr> keys;
  for (const auto& row : purposes) keys.push_back(make_key(row.purpose, row.first, now));
  return keys;
}

Problem damaged(std::string detail) {
  return problem(Kind::internal, "crypto.key_store.damaged",
                 "密钥文件 keys.json 已损坏，请从备份恢复；不要删除它，否则已加密的数据将无法读取。",
                 "The key file keys.json is damaged; restore it from the backup. Do not delete it: the encrypted data "
                 "could never be read again.")
      .with_detail(std::move(detail));
}

/// Holds the lock file as long as it lives.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& file) : fd_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    while (fd_ >= 0 && ::flock(fd_, LOCK_EX) != 0)
      if (errno != EINTR) {
        ::close(fd_);
        fd_ = -1;
      }
  }
  ~FileLock() {
    if (fd_ >= 0) ::close(fd_);
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  bool held() const { return fd_ >= 0; }

 private:
  int fd_;
};

Problem unlockable(const std::filesystem::path& file) {
  return problem(Kind::internal, "crypto.key_store.unwritable",
                 "无法在数据目录中写入密钥文件，请检查目录权限和磁盘空间。",
                 "The key file cannot be written in the data directory; check its permissions and the free space.")
      .with_detail(file.string());
}

/// Nothing when there is no file.
Result<std::optional<std::vector<KeyPtr>>> read_keys(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOENT) return std::optional<std::vector<KeyPtr>>{};
    return fail(damaged("cannot open " + file.string()));
  }
  struct stat info{};
  std::string text;
  bool good = ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
  const bool exposed = good && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0;
  if (good && !exposed) {
    good = static_cast<std::size_t>(info.st_size) <= max_file_size;
    text.resize(good ? static_cast<std::size_t>(info.st_size) : 0);
    for (std::size_t done = 0; good && done < text.size();) {
      const auto n = ::read(fd, text.data() + done, text.size() - done);
      good = n > 0;
      if (good) done += static_cast<std::size_t>(n);
    }
  }
  ::close(fd);
  if (exposed)
    return fail(problem(Kind::internal, "crypto.key_store.exposed",
                        "密钥文件 keys.json 可被其他用户访问，系统拒绝启动。请执行 chmod 600 keys.json，"
                        "并考虑密钥可能已经泄露，尽快轮换。",
                        "Other users can access the key file keys.json, so the system refuses to start. Run "
                        "chmod 600 keys.json, and consider that the keys may have leaked: rotate them soon.")
                    .with_detail(file.string()));
  if (!good) return fail(damaged("cannot read " + file.string()));
  auto keys = parse_key_file(text);
  Botan::secure_scrub_memory(text.data(), text.size());
  if (!keys) return fail(std::move(keys).error());
  return std::optional(*std::move(keys));
}

}  // namespace

std::string_view purpose_name(KeyPurpose purpose) { return row_of(purpose).name; }
std::string_view algorithm_name(KeyAlgorithm algorithm) { return row_of(algorithm).name; }

Key::~Key() { Botan::secure_scrub_memory(secret.data(), secret.size()); }

Result<std::vector<KeyPtr>> parse_key_file(std::string_view text) {
  CIVITAS_TRY(const Json file, Json::parse(text, 8));
  if (!file["version"].is_integer() || file["version"].as_integer() != file_version || !file["keys"].is_array())
    return fail(damaged("unknown version or no list of keys"));
  std::vector<KeyPtr> keys;
  for (const Json& row : file["keys"].as_array()) {
    auto key = std::make_shared<Key>();
    key->id = row["id"].as_string();
    const auto purpose = std::find_if(purposes.begin(), purposes.end(),
                                      [&](const auto& p) { return p.name == row["purpose"].as_string(); });
    const auto algorithm = std::find_if(algorithms.begin(), algorithms.end(),
                                        [&](const auto& a) { return a.name == row["algorithm"].as_string(); });
    auto secret = from_base64url(row["secret"].as_string());
    const auto created = parse_instant(row["created"].as_string());
    if (key->id.empty() || key->id.size() > 64 || purpose == purposes.end() || algorithm == algorithms.end() ||
        !secret || !created)
      return fail(damaged("key " + key->id));
    if (std::any_of(key->id.begin(), key->id.end(), [](unsigned char c) { return !std::isalnum(c) && c != '-'; }))
      return fail(damaged("a key id has other characters than letters, digits and '-'"));
    key->purpose = purpose->purpose;
    key->algorithm = algorithm->algorithm;
    key->secret = *std::move(secret);
    key->created = *created;
    if (key->secret.size() != algorithm->secret_size || !serves(key->algorithm, key->purpose))
      return fail(damaged("key " + key->id + " does not fit its algorithm"));
    for (const auto& other : keys)
      if (other->id == key->id) return fail(damaged("key " + key->id + " twice"));
    keys.push_back(std::move(key));
  }
  for (const auto& row : purposes)
    if (std::none_of(keys.begin(), keys.end(), [&](const auto& key) { return key->purpose == row.purpose; }))
      return fail(damaged("no key for " + std::string(row.name)));
  return keys;
}

Result<std::unique_ptr<KeyStore>> KeyStore::open(const std::filesystem::path& data_directory, const Clock& clock,
                                                 MissingKeys when_missing) {
  const auto file = data_directory / "keys.json";
  std::unique_ptr<KeyStore> store(new KeyStore(file, clock));
  const FileLock lock(data_directory / "keys.lock");
  if (!lock.held()) return fail(unlockable(file));
  CIVITAS_TRY(auto found, read_keys(file));
  if (found) {
    store->keys_ = *std::move(found);
    return store;
  }
  if (when_missing == MissingKeys::refuse)
    return fail(problem(Kind::internal, "crypto.key_store.missing",
                        "数据目录中已有数据，但缺少密钥文件 keys.json。请从备份恢复密钥文件后再启动。",
                        "The data directory holds data but the key file keys.json is missing. Restore it from the "
                        "backup, then start again.")
                    .with_detail(file.string()));
  auto keys = first_keys(clock.now());
  CIVITAS_CHECK(store->save(keys));
  store->keys_ = std::move(keys);
  return store;
}

std::unique_ptr<KeyStore> KeyStore::in_memory(const Clock& clock) {
  std::unique_ptr<KeyStore> store(new KeyStore({}, clock));
  store->keys_ = first_keys(clock.now());
  return store;
}

Status KeyStore::save(const std::vector<KeyPtr>& keys) const {
  if (file_.empty()) return {};
  std::string text;
  JsonWriter out(text);
  out.begin_object().key("version").value(file_version).key("keys").begin_array();
  for (const auto& key : keys) {
    out.begin_object().key("id").value(key->id).key("purpose").value(purpose_name(key->purpose));
    out.key("algorithm").value(algorithm_name(key->algorithm)).key("created").value(format_instant(key->created));
    out.key("secret").value(to_base64url(key->secret)).end_object();
  }
  out.end_array().end_object();
  text += '\n';
  // A left-over temporary file could have wider permissions than a new one gets.
  std::error_code ignored;
  std::filesystem::remove(file_.string() + ".part", ignored);
  auto status = write_file_atomically(file_, text);
  Botan::secure_scrub_memory(text.data(), text.size());
  CIVITAS_CHECK(std::move(status));
  const int directory = ::open(file_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = directory >= 0 && ::fsync(directory) == 0;
  if (directory >= 0) ::close(directory);
  if (!synced) return fail(unlockable(file_));
  return {};
}

KeyPtr KeyStore::current(KeyPurpose purpose) const {
  const std::scoped_lock guard(mutex_);
  const auto at = std::find_if(keys_.rbegin(), keys_.rend(), [&](const auto& key) { return key->purpose == purpose; });
  return *at;  // open, parse and rotate keep at least one key of each purpose
}

KeyPtr KeyStore::find(KeyPurpose purpose, std::string_view id) const {
  const std::scoped_lock guard(mutex_);
  for (const auto& key : keys_)
    if (key->purpose == purpose && key->id == id) return key;
  return nullptr;
}

std::vector<KeyPtr> KeyStore::all(KeyPurpose purpose) const {
  const std::scoped_lock guard(mutex_);
  std::vector<KeyPtr> out;
  for (auto at = keys_.rbegin(); at != keys_.rend(); ++at)
    if ((*at)->purpose == purpose) out.push_back(*at);
  return out;
}

Result<KeyPtr> KeyStore::rotate(KeyPurpose purpose, KeyAlgorithm algorithm) {
  if (!serves(algorithm, purpose))
    return fail(invalid("crypto.key_store.wrong_algorithm",
                        std::string(algorithm_name(algorithm)) + "不能用于" + std::string(purpose_name(purpose)) +
                            "，请改用" + std::string(algorithm_name(row_of(purpose).first)) + "或" +
                            std::string(algorithm_name(row_of(purpose).second)) + "。",
                        std::string(algorithm_name(algorithm)) + " cannot serve for " +
                            std::string(purpose_name(purpose)) + "; use " +
                            std::string(algorithm_name(row_of(purpose).first)) + " or " +
                            std::string(algorithm_name(row_of(purpose).second)) + "."));
  std::optional<FileLock> lock;
  if (!file_.empty()) {
    lock.emplace(file_.parent_path() / "keys.lock");
    if (!lock->held()) return fail(unlockable(file_));
    CIVITAS_CHECK(reload());
  }
  auto key = make_key(purpose, algorithm, clock_.now());
  const std::scoped_lock guard(mutex_);
  auto keys = keys_;
  keys.push_back(key);
  CIVITAS_CHECK(save(keys));
  keys_ = std::move(keys);
  return key;
}

Result<KeyPtr> KeyStore::rotate(KeyPurpose purpose) { return rotate(purpose, current(purpose)->algorithm); }

Status KeyStore::reload() {
  if (file_.empty()) return {};
  CIVITAS_TRY(auto found, read_keys(file_));
  if (!found) return fail(damaged("gone: " + file_.string()));
  const std::scoped_lock guard(mutex_);
  keys_ = *std::move(found);
  return {};
}

}  // namespace civitas::crypto
