#include "place_names/engine/section_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <system_error>
#include <utility>

#include "base/strings.hpp"

namespace civitas::place_names::index_format {

static_assert(std::endian::native == std::endian::little, "the files are little-endian and used in place");

namespace {

namespace fs = std::filesystem;

/// A file that is not finished yet. Two processes may build at once: each has its own.
fs::path part_of(const fs::path& file) { return file.string() + "." + std::to_string(::getpid()) + ".part"; }

bool is_part_of(const fs::path& file, const fs::path& other) {
  const std::string name = other.filename().string(), begin = file.filename().string() + ".", end = ".part";
  if (!name.starts_with(begin) || !name.ends_with(end) || name.size() < begin.size() + end.size()) return false;
  return parse_integer(std::string_view(name).substr(begin.size(), name.size() - begin.size() - end.size()))
      .has_value();
}

bool is_at(int descriptor, const fs::path& path) {
  struct stat open{}, named{};
  return ::fstat(descriptor, &open) == 0 && ::stat(path.c_str(), &named) == 0 && open.st_dev == named.st_dev &&
         open.st_ino == named.st_ino;
}

/// The writer of a part holds its lock, which ends with its process: what can be locked was left by a crash.
void remove_left_parts(const fs::path& file) {
  std::error_code none;
  for (fs::directory_iterator at(file.has_parent_path() ? file.parent_path() : ".", none), end; !none && at != end;
       at.increment(none)) {
    if (!is_part_of(file, at->path())) continue;
    const int left = ::open(at->path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (left < 0) continue;
    if (::flock(left, LOCK_EX | LOCK_NB) == 0 && is_at(left, at->path())) ::unlink(at->path().c_str());
    ::close(left);
  }
}

}  // namespace

void Checksum::add(const void* data, std::size_t bytes) {
  // Four independent lanes, so that the check of a whole file costs as much as reading it.
  const auto* p = static_cast<const unsigned char*>(data);
  std::size_t i = 0;
  for (; i + 32 <= bytes; i += 32)
    for (int k = 0; k < 4; ++k) {
      std::uint64_t word;
      std::memcpy(&word, p + i + 8 * static_cast<std::size_t>(k), 8);
      lane_[k] = std::rotl((lane_[k] ^ word) * 0x9fb21c651e98df25ull, 29);
    }
  for (int shift = 0; i < bytes; ++i) {
    tail_ |= static_cast<std::uint64_t>(p[i]) << shift;
    shift += 8;
    if (shift == 64) {
      lane_[0] = mix(lane_[0] ^ tail_);
      tail_ = 0;
      shift = 0;
    }
  }
}

std::uint64_t Checksum::value() const {
  return mix(mix(lane_[0] ^ tail_) ^ mix(lane_[1]) ^ std::rotl(mix(lane_[2]), 17) ^ std::rotl(mix(lane_[3]), 31));
}

std::uint64_t checksum(const void* data, std::size_t bytes) {
  Checksum sum(bytes);
  sum.add(data, bytes);
  return sum.value();
}

void fill_table(std::vector<Keyed>& keyed, std::vector<Slot>& slots, std::vector<std::uint32_t>& postings) {
  std::sort(keyed.begin(), keyed.end());
  keyed.erase(std::unique(keyed.begin(), keyed.end()), keyed.end());
  std::size_t distinct = 0;
  for (std::size_t i = 0; i < keyed.size(); ++i) distinct += i == 0 || keyed[i].key != keyed[i - 1].key;
  slots.assign(std::bit_ceil(distinct * 3 / 2 + 2), Slot{});
  const std::size_t mask = slots.size() - 1;
  for (std::size_t i = 0; i < keyed.size();) {
    std::size_t j = i;
    Slot slot{keyed[i].key, static_cast<std::uint32_t>(postings.size()), 0};
    for (; j < keyed.size() && keyed[j].key == slot.key; ++j) postings.push_back(keyed[j].number);
    slot.count = static_cast<std::uint32_t>(j - i);
    std::size_t at = slot.key & mask;
    while (slots[at].key) at = (at + 1) & mask;
    slots[at] = slot;
    i = j;
  }
  keyed.clear();
  keyed.shrink_to_fit();
}

bool is_table_size(std::size_t slots) { return slots >= 2 && std::has_single_bit(slots); }

Problem damaged(const char* what) {
  return problem(Kind::unprocessable, "place_names.index.damaged", "地名索引文件已损坏，请重新生成索引。",
                 "The index of names is damaged; build it again.")
      .with_detail(what);
}

Result<SectionFile> SectionFile::open(const std::filesystem::path& path, const FileKind& kind) {
  remove_left_parts(path);
  SectionFile file;
  file.fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file.fd_ < 0)
    return fail(problem(Kind::not_found, "place_names.index.missing", "找不到地名索引，请先生成索引。",
                        "The index of names does not exist; build it first.")
                    .with_detail(path.string()));
  struct stat info{};
  if (::fstat(file.fd_, &info) != 0 || info.st_size < static_cast<off_t>(sizeof(Header)))
    return fail(damaged("shorter than its header"));
  const auto bytes = static_cast<std::size_t>(info.st_size);
  void* base = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, file.fd_, 0);
  if (base == MAP_FAILED) return fail(internal_problem("mmap of an index failed"));
  file.base_ = static_cast<const unsigned char*>(base);
  file.bytes_ = bytes;
  Header header;
  std::memcpy(&header, base, sizeof header);
  if (std::memcmp(header.magic, kind.magic, sizeof header.magic) != 0) return fail(damaged("magic"));
  if (header.version != kind.version)
    return fail(problem(Kind::unprocessable, "place_names.index.version", "索引文件的版本不符，请重新生成索引。",
                        "The index has another version; build it again."));
  if (header.header_checksum != checksum(&header, offsetof(Header, header_checksum))) return fail(damaged("header"));
  if (header.sections != kind.sections || header.file_bytes != bytes) return fail(damaged("length"));
  if (bytes < sizeof(Header) + sizeof(SectionEntry) * kind.sections) return fail(damaged("section table"));
  file.table_.resize(kind.sections);
  std::memcpy(file.table_.data(), file.base_ + sizeof(Header), sizeof(SectionEntry) * kind.sections);
  if (header.table_checksum != checksum(file.table_.data(), sizeof(SectionEntry) * kind.sections))
    return fail(damaged("section table"));
  for (const auto& e : file.table_)
    if (e.offset % 64 != 0 || e.offset > bytes || e.bytes > bytes - e.offset) return fail(damaged("section bounds"));
  file.origin_ = header.origin;
  return file;
}

SectionFile::SectionFile(SectionFile&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)),
      bytes_(other.bytes_),
      fd_(std::exchange(other.fd_, -1)),
      origin_(other.origin_),
      table_(std::move(other.table_)) {}

SectionFile& SectionFile::operator=(SectionFile&& other) noexcept {
  std::swap(base_, other.base_);
  std::swap(bytes_, other.bytes_);
  std::swap(fd_, other.fd_);
  std::swap(origin_, other.origin_);
  std::swap(table_, other.table_);
  return *this;
}

SectionFile::~SectionFile() {
  if (base_) ::munmap(const_cast<unsigned char*>(base_), bytes_);
  if (fd_ >= 0) ::close(fd_);
}

Status SectionFile::verify() const {
  constexpr std::size_t piece = std::size_t{1} << 18;
  std::vector<unsigned char> buffer(piece);
  for (const auto& e : table_) {
    Checksum sum(e.bytes);
    for (std::uint64_t done = 0; done < e.bytes;) {
      const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(piece, e.bytes - done));
      for (std::size_t have = 0; have < wanted;) {
        const ssize_t n = ::pread(fd_, buffer.data() + have, wanted - have, static_cast<off_t>(e.offset + done + have));
        if (n <= 0) return fail(damaged("cannot be read"));
        have += static_cast<std::size_t>(n);
      }
      sum.add(buffer.data(), wanted);
      done += wanted;
    }
    if (sum.value() != e.checksum) return fail(damaged("section checksum"));
  }
  return {};
}

void SectionFile::release_pages() const { ::madvise(const_cast<unsigned char*>(base_), bytes_, MADV_DONTNEED); }

Result<SectionWriter> SectionWriter::create(const std::filesystem::path& file, const FileKind& kind) {
  SectionWriter writer;
  writer.target_ = file;
  writer.part_ = part_of(file);
  writer.kind_ = kind;
  // Whoever opens the index may remove the part before it is locked: then it is made again.
  do {
    if (writer.fd_ >= 0) ::close(writer.fd_);
    writer.fd_ = ::open(writer.part_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (writer.fd_ < 0 || ::flock(writer.fd_, LOCK_EX) != 0)
      return fail(internal_problem("cannot create " + writer.part_.string()));
  } while (!is_at(writer.fd_, writer.part_));
  if (::ftruncate(writer.fd_, 0) != 0) return fail(internal_problem("cannot empty " + writer.part_.string()));
  writer.table_.resize(kind.sections);
  writer.end_ = sizeof(Header) + sizeof(SectionEntry) * kind.sections;
  return writer;
}

SectionWriter::SectionWriter(SectionWriter&& other) noexcept
    : target_(std::move(other.target_)),
      part_(std::move(other.part_)),
      kind_(other.kind_),
      fd_(std::exchange(other.fd_, -1)),
      end_(other.end_),
      table_(std::move(other.table_)) {}

SectionWriter::~SectionWriter() {
  if (fd_ < 0) return;
  ::unlink(part_.c_str());
  ::close(fd_);
}

Status SectionWriter::write(const void* data, std::size_t bytes, std::uint64_t at) {
  const auto* p = static_cast<const char*>(data);
  for (std::size_t done = 0; done < bytes;) {
    const ssize_t n = ::pwrite(fd_, p + done, bytes - done, static_cast<off_t>(at + done));
    if (n <= 0) return fail(internal_problem("cannot write " + part_.string()));
    done += static_cast<std::size_t>(n);
  }
  return {};
}

Status SectionWriter::put(std::size_t section, const void* data, std::size_t bytes) {
  end_ = (end_ + 63) / 64 * 64;
  table_[section] = {end_, bytes, checksum(data, bytes)};
  CIVITAS_CHECK(write(data, bytes, end_));
  end_ += bytes;
  return {};
}

Result<std::size_t> SectionWriter::finish(const Origin& origin) {
  Header header{};
  std::memcpy(header.magic, kind_.magic, sizeof header.magic);
  header.version = kind_.version;
  header.sections = kind_.sections;
  header.file_bytes = end_;
  header.origin = origin;
  header.table_checksum = checksum(table_.data(), sizeof(SectionEntry) * table_.size());
  header.header_checksum = checksum(&header, offsetof(Header, header_checksum));
  CIVITAS_CHECK(write(&header, sizeof header, 0));
  CIVITAS_CHECK(write(table_.data(), sizeof(SectionEntry) * table_.size(), sizeof header));
  // A last empty section may begin behind the end.
  if (::ftruncate(fd_, static_cast<off_t>(end_)) != 0 || ::fsync(fd_) != 0 ||
      ::rename(part_.c_str(), target_.c_str()) != 0)
    return fail(internal_problem("cannot write " + target_.string()));
  ::close(std::exchange(fd_, -1));
  // The new name is safe when its folder is.
  const auto folder = target_.has_parent_path() ? target_.parent_path() : std::filesystem::path(".");
  const int entry = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool kept = entry >= 0 && ::fsync(entry) == 0;
  if (entry >= 0) ::close(entry);
  if (!kept) return fail(internal_problem("cannot make the new name of " + target_.string() + " safe"));
  return static_cast<std::size_t>(end_);
}

}  // namespace civitas::place_names::index_format
