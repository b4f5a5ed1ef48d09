#include "audit/head.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/json.hpp"
#include "base/strings.hpp"

namespace civitas::audit {

namespace fs = std::filesystem;

namespace {

Problem unreachable(const fs::path& file) {
  const std::string why = std::strerror(errno);
  return problem(Kind::unavailable, "audit.head.file", "审计封存头 " + file.string() + " 无法读写：" + why + "。",
                 "The head of the audit trail " + file.string() + " cannot be read or written: " + why + ".");
}

Problem damaged(const fs::path& file, std::string_view line) {
  return problem(Kind::conflict, "audit.head.damaged",
                 "审计封存头 " + file.string() + " 中有一行不是本系统写的，或顺序不对：" + std::string(line.substr(0, 60)),
                 "A line of the head of the audit trail " + file.string() +
                     " was not written by this installation, or is not in its place: " + std::string(line.substr(0, 60)));
}

std::string message_of(const HeadLine& l) {
  std::string out = "civitas audit head";
  for (const std::int64_t number : {l.number, std::int64_t{l.restored}, l.sequence, l.from, l.to, l.count, l.at.micros})
    out += " " + std::to_string(number);
  return out + " " + l.hash + " " + l.because;
}

std::string print(const HeadLine& l, const std::string& key, const std::string& signature) {
  Json out = Json::object();
  out.set("n", Json(l.number)).set(l.restored ? "restored" : "seal", Json(l.sequence));
  out.set("from", Json(l.from)).set("to", Json(l.to)).set("count", Json(l.count)).set("hash", Json(l.hash));
  out.set("at", Json(l.at.micros));
  if (l.restored) out.set("because", Json(l.because));
  out.set("key", Json(key)).set("signature", Json(to_hex(signature)));
  return out.dump();
}

// Nothing for what a crash cut off; a line that can be read and is not signed is no accident.
Result<std::optional<HeadLine>> read_line(std::string_view text, const Signer& signer, const fs::path& file) {
  const auto parsed = Json::parse(text);
  if (!parsed || !parsed->is_object()) return std::nullopt;
  const Json& j = *parsed;
  HeadLine l;
  l.number = j["n"].as_integer();
  l.restored = !j["restored"].is_null();
  l.sequence = j[l.restored ? "restored" : "seal"].as_integer();
  l.from = j["from"].as_integer();
  l.to = j["to"].as_integer();
  l.count = j["count"].as_integer();
  l.hash = j["hash"].as_string();
  l.at = Instant{j["at"].as_integer()};
  l.because = j["because"].as_string();
  const auto signature = from_hex(j["signature"].as_string());
  if (!signature || !signer.verify(j["key"].as_string(), message_of(l), *signature)) return fail(damaged(file, text));
  return l;
}

struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

}  // namespace

HeadFile::Lock::~Lock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<HeadFile::Lock> HeadFile::lock() const {
  const int descriptor = ::open(file_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return fail(unreachable(file_));
  Lock held(descriptor);
  while (::flock(descriptor, LOCK_EX) != 0)
    if (errno != EINTR) return fail(unreachable(file_));
  return held;
}

Result<std::vector<HeadLine>> HeadFile::lines(const Signer& signer) const {
  std::vector<HeadLine> out;
  std::error_code ec;
  if (!fs::exists(file_, ec)) return out;
  std::ifstream in(file_, std::ios::binary);
  if (!in) return fail(unreachable(file_));
  for (std::string text; std::getline(in, text) && !in.eof();) {
    CIVITAS_TRY(const auto line, read_line(text, signer, file_));
    if (!line) continue;
    if (line->number != (out.empty() ? 1 : out.back().number + 1)) return fail(damaged(file_, text));
    out.push_back(*line);
  }
  return out;
}

Result<std::optional<HeadLine>> HeadFile::last(const Signer& signer) const {
  constexpr std::int64_t far_enough = 64 * 1024;  // many lines, with the longest reason for a restore
  std::error_code ec;
  const auto size = fs::file_size(file_, ec);
  if (ec || size == 0) return std::nullopt;
  std::ifstream in(file_, std::ios::binary);
  in.seekg(std::max<std::int64_t>(0, static_cast<std::int64_t>(size) - far_enough));
  std::string tail((std::istreambuf_iterator<char>(in)), {});
  if (in.bad()) return fail(unreachable(file_));
  for (auto end = tail.rfind('\n'); end != tail.npos;) {
    const auto begin = end == 0 ? tail.npos : tail.rfind('\n', end - 1);
    const auto first = begin == tail.npos ? 0 : begin + 1;
    CIVITAS_TRY(const auto line, read_line(std::string_view(tail).substr(first, end - first), signer, file_));
    if (line) return line;
    end = begin;
  }
  if (static_cast<std::int64_t>(size) > far_enough) return fail(damaged(file_, tail));
  return std::nullopt;
}

Status HeadFile::append(const HeadLine& line, const Signer& signer) const {
  CIVITAS_TRY(const std::string signature, signer.sign(message_of(line)));
  const bool first = !fs::exists(file_);
  const Descriptor file{::open(file_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600)};
  if (file.number < 0) return fail(unreachable(file_));
  // What a crash cut off is closed by an end of line, never written over.
  std::string text = print(line, signer.key_id, signature) + "\n";
  const off_t size = ::lseek(file.number, 0, SEEK_END);
  char before = '\n';
  if (size > 0 && ::pread(file.number, &before, 1, size - 1) == 1 && before != '\n') text.insert(0, "\n");
  for (std::string_view rest = text; !rest.empty();) {
    const ssize_t written = ::write(file.number, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(unreachable(file_));
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.number) != 0) return fail(unreachable(file_));
  if (first || size == 0) {
    const Descriptor folder{::open(file_.parent_path().empty() ? "." : file_.parent_path().c_str(),
                                   O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (folder.number < 0 || ::fsync(folder.number) != 0) return fail(unreachable(file_));
  }
  return {};
}

Result<std::string> HeadFile::until(std::int64_t sequence) const {
  std::error_code ec;
  if (!fs::exists(file_, ec)) return std::string();
  std::ifstream in(file_, std::ios::binary);
  if (!in) return fail(unreachable(file_));
  std::string all;
  std::size_t end = 0;
  for (std::string text; std::getline(in, text) && !in.eof();) {
    all += text + "\n";
    const auto line = Json::parse(text);
    if (line && ((*line)["seal"].as_integer() == sequence || (*line)["restored"].as_integer() == sequence)) end = all.size();
  }
  return sequence == 0 ? std::string() : all.substr(0, end);
}

}  // namespace civitas::audit
