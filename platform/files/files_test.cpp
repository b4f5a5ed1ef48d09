#include "files/files.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "crypto/digest.hpp"

namespace civitas::files {
namespace {

namespace fs = std::filesystem;

const std::string png("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89", 33);

template <class T>
std::string reason(const Result<T>& result) {
  return result ? "" : result.error().reason;
}

class FilesTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() / ("civitas_files_" + std::to_string(getpid()));
    fs::remove_all(root_);
    fs::create_directories(root_);
    sql::DatabaseOptions options;
    options.file = root_ / "test.db";
    auto opened = sql::Database::open(options);
    ASSERT_TRUE(opened);
    db_ = std::move(*opened);
    ASSERT_TRUE(db_->write_now([](sql::Transaction& t) { return Files::create_tables(t); }));
  }
  void TearDown() override {
    db_.reset();
    fs::remove_all(root_);
  }
  Result<FileInfo> record(const StoredBlob& blob, std::string_view name, std::int64_t who = 7) {
    Result<FileInfo> out = fail(internal_problem(""));
    auto done = db_->write_now([&](sql::Transaction& t) -> Status {
      out = files_.record(t, blob, name, who, Instant{1'000'000});
      if (!out) return fail(out.error());
      return {};
    });
    if (!done) return fail(done.error());
    return out;
  }
  std::size_t files_in_folder() const {
    std::size_t n = 0;
    for (const auto& e : fs::recursive_directory_iterator(root_ / "blobs")) n += e.is_regular_file();
    return n;
  }

  fs::path root_;
  std::unique_ptr<sql::Database> db_;
  Files files_{fs::temp_directory_path() / ("civitas_files_" + std::to_string(getpid())) / "blobs"};
};

TEST_F(FilesTest, StoresByDigestOnceAndRecordsEachUpload) {
  const auto a = files_.store_bytes(png), b = files_.store_bytes(png);
  ASSERT_TRUE(a && b) << a.error().detail;
  EXPECT_EQ(a->digest, crypto::sha256_hex(png));
  EXPECT_EQ(a->type, "image/png");
  EXPECT_EQ(a->size, png.size());
  EXPECT_EQ(a->digest, b->digest);
  EXPECT_EQ(files_in_folder(), 1u);
  EXPECT_EQ(files_.path_of(a->digest), root_ / "blobs" / a->digest.substr(0, 2) / a->digest.substr(2));
  EXPECT_EQ(read_file(files_.path_of(a->digest)).value_or(""), png);

  const auto first = record(*a, "界桩照片.png"), second = record(*b, "另一张.png", 8);
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->id, second->id);
  EXPECT_EQ(first->id.size(), 32u);
  ASSERT_TRUE(db_->read([&](sql::Connection& c) -> Status {
    const auto found = Files::find(c, second->id);
    EXPECT_TRUE(found);
    EXPECT_EQ(found->name, "另一张.png");
    EXPECT_EQ(found->uploaded_by, 8);
    EXPECT_EQ(found->size, png.size());
    const auto none = Files::find(c, "../../etc/passwd");
    EXPECT_FALSE(none);
    EXPECT_EQ(none.error().reason, "files.file.not_found");
    return {};
  }));
}

TEST_F(FilesTest, ContentDecidesTheType) {
  std::ofstream(root_ / "claims.jpg") << "PK\x03\x04 no picture";
  const auto blob = files_.store_file(root_ / "claims.jpg");
  ASSERT_TRUE(blob);
  EXPECT_NE(blob->type, "image/jpeg");
  const auto text = files_.store_bytes("名称,类别\n中山大道,街巷\n");
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->type.starts_with("text/")) << text->type;
}

TEST_F(FilesTest, RefusesProgramsByContentAndByName) {
  std::string elf(
      "\x7f"
      "ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\x3e\0\1\0\0\0",
      24);
  elf.resize(256, '\0');
  EXPECT_EQ(reason(files_.store_bytes(elf)), "files.file.executable");
  EXPECT_EQ(reason(files_.store_bytes("#!/bin/sh\nrm -rf x\n")), "files.file.executable");
  EXPECT_EQ(reason(files_.store_file("/bin/ls")), "files.file.executable");
  const auto blob = files_.store_bytes("just text");
  ASSERT_TRUE(blob);
  for (const char* name : {"a.exe", "照片.jpg.EXE", "x.bat", "x.lnk", "x.ps1. ", "dir/x.vbs"})
    EXPECT_EQ(reason(record(*blob, name)), "files.file.executable") << name;
  EXPECT_TRUE(record(*blob, "说明.txt"));
  EXPECT_EQ(files_in_folder(), 1u);
}

TEST_F(FilesTest, RefusesEmptyAndTooLarge) {
  EXPECT_EQ(reason(files_.store_bytes("")), "files.file.empty");
  std::ofstream(root_ / "large.txt") << std::string(3000, 'x');
  EXPECT_EQ(reason(files_.store_file(root_ / "large.txt", 2999)), "files.file.too_large");
  EXPECT_TRUE(files_.store_file(root_ / "large.txt", 3000));
  EXPECT_FALSE(files_.store_file(root_ / "missing"));
  EXPECT_FALSE(files_.store_file(root_));
  EXPECT_EQ(files_in_folder(), 1u) << "no parts stay behind";
}

TEST_F(FilesTest, NamesHoldNoTricks) {
  EXPECT_EQ(sanitize_name("../../etc/passwd"), "passwd");
  EXPECT_EQ(sanitize_name("C:\\Windows\\win.ini"), "win.ini");
  EXPECT_EQ(sanitize_name(".."), "file");
  EXPECT_EQ(sanitize_name("..\\..\\"), "file");
  EXPECT_EQ(sanitize_name(""), "file");
  EXPECT_EQ(sanitize_name(".htaccess"), "htaccess");
  EXPECT_EQ(sanitize_name(std::string("a\0b.txt", 7)), "ab.txt");
  EXPECT_EQ(sanitize_name("a\r\nSet-Cookie: x.txt"), "aSet-Cookie_ x.txt");
  EXPECT_EQ(sanitize_name("照片\u202egpj.exe"), "照片gpj.exe");
  EXPECT_EQ(sanitize_name("a／b＼c.txt"), "a_b_c.txt");
  EXPECT_EQ(sanitize_name("\xff\xfe"
                          "x.txt"),
            "x.txt");
  EXPECT_EQ(sanitize_name("nul.txt"), "_nul.txt");
  EXPECT_EQ(sanitize_name("a\"b<c>.png"), "a_b_c_.png");
  std::string long_name;
  for (int i = 0; i < 300; ++i) long_name += "名";
  const std::string cut = sanitize_name(long_name + ".jpeg");
  EXPECT_LE(utf8_length(cut), 120u);
  EXPECT_LE(cut.size(), 240u);
  EXPECT_TRUE(cut.ends_with(".jpeg"));
  EXPECT_TRUE(is_valid_utf8(cut));
  EXPECT_EQ(utf8_length(sanitize_name(std::string(500, 'a') + ".txt")), 120u);
}

TEST_F(FilesTest, ADigestIsTheOnlyWayToAPath) {
  EXPECT_EQ(files_.path_of("../../../etc/passwd"), root_ / "blobs" / "none");
  EXPECT_EQ(files_.path_of(std::string(64, 'A')), root_ / "blobs" / "none");
}

TEST_F(FilesTest, ClearsAwayWhatNobodyRecorded) {
  const auto kept = files_.store_bytes("kept"), lost = files_.store_bytes("lost"), fresh = files_.store_bytes("fresh");
  ASSERT_TRUE(kept && lost && fresh);
  ASSERT_TRUE(record(*kept, "kept.txt"));
  for (const auto& blob : {*kept, *lost})
    fs::last_write_time(files_.path_of(blob.digest), fs::file_time_type::clock::now() - std::chrono::hours(48));
  EXPECT_EQ(files_.remove_unrecorded(*db_).value_or(-1), 1);
  EXPECT_TRUE(fs::exists(files_.path_of(kept->digest)));
  EXPECT_FALSE(fs::exists(files_.path_of(lost->digest)));
  EXPECT_TRUE(fs::exists(files_.path_of(fresh->digest)));
}

}  // namespace
}  // namespace civitas::files
