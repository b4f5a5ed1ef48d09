#include "crypto/field_cipher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/strings.hpp"

namespace civitas::crypto {
namespace {

class Directory {
 public:
  Directory() {
    std::string name = (std::filesystem::temp_directory_path() / "civitas-keys-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path file() const { return path_ / "keys.json"; }

 private:
  std::filesystem::path path_;
};

const ManualClock clock_of_test{start_of_day(make_date(2026, 3, 2))};
const FieldPlace place{"person", "id_number", "42"};

TEST(KeyStore, FirstStartMakesAFileForTheOwnerOnly) {
  const Directory directory;
  const auto store = KeyStore::open(directory.path(), clock_of_test, MissingKeys::create);
  ASSERT_TRUE(store) << store.error().detail;
  struct stat info{};
  ASSERT_EQ(::stat(directory.file().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  const auto again = KeyStore::open(directory.path(), clock_of_test, MissingKeys::refuse);
  ASSERT_TRUE(again);
  for (const auto purpose : {KeyPurpose::field, KeyPurpose::audit, KeyPurpose::session, KeyPurpose::blind_index}) {
    EXPECT_EQ((*store)->current(purpose)->secret, (*again)->current(purpose)->secret);
    EXPECT_EQ((*store)->current(purpose)->created, clock_of_test.now());
    EXPECT_EQ((*store)->current(purpose)->purpose, purpose);
  }
  EXPECT_EQ((*store)->current(KeyPurpose::field)->algorithm, KeyAlgorithm::sm4_gcm);
  EXPECT_EQ((*store)->current(KeyPurpose::audit)->algorithm, KeyAlgorithm::sm2);
}

TEST(KeyStore, RefusesWhatOthersMayRead) {
  const Directory directory;
  ASSERT_TRUE(KeyStore::open(directory.path(), clock_of_test, MissingKeys::create));
  for (const mode_t mode : {0604, 0640, 0602, 0620}) {
    ::chmod(directory.file().c_str(), mode);
    const auto store = KeyStore::open(directory.path(), clock_of_test, MissingKeys::create);
    ASSERT_FALSE(store) << mode;
    EXPECT_EQ(store.error().reason, "crypto.key_store.exposed");
  }
}

TEST(KeyStore, MissingOrDamagedIsToldAndNothingIsWritten) {
  const Directory directory;
  EXPECT_EQ(KeyStore::open(directory.path(), clock_of_test, MissingKeys::refuse).error().reason,
            "crypto.key_store.missing");
  EXPECT_FALSE(std::filesystem::exists(directory.file()));
  ASSERT_TRUE(KeyStore::open(directory.path(), clock_of_test, MissingKeys::create));
  const auto text = read_file(directory.file()).value();
  for (const auto& bad : {std::string("{}"), text.substr(0, text.size() / 2), replace_all(text, "sm4-gcm", "sm2"),
                          replace_all(text, "\"version\":1", "\"version\":2")}) {
    ASSERT_TRUE(write_file_atomically(directory.file(), bad));
    EXPECT_FALSE(KeyStore::open(directory.path(), clock_of_test, MissingKeys::create)) << bad;
    EXPECT_EQ(read_file(directory.file()).value(), bad);
  }
  EXPECT_EQ(KeyStore::open("/nonexistent/place", clock_of_test, MissingKeys::create).error().reason,
            "crypto.key_store.unwritable");
}

TEST(KeyStore, RotationKeepsOldKeysAndSeesThoseOfOtherProcesses) {
  const Directory directory;
  const auto one = KeyStore::open(directory.path(), clock_of_test, MissingKeys::create).value();
  const auto two = KeyStore::open(directory.path(), clock_of_test, MissingKeys::refuse).value();
  const auto old = one->current(KeyPurpose::field);
  const auto by_one = one->rotate(KeyPurpose::field, KeyAlgorithm::aes_256_gcm);
  ASSERT_TRUE(by_one);
  const auto by_two = two->rotate(KeyPurpose::field);
  ASSERT_TRUE(by_two);
  EXPECT_EQ((*by_two)->algorithm, KeyAlgorithm::sm4_gcm);  // what was current when it was asked
  ASSERT_TRUE(one->reload());
  EXPECT_EQ(one->current(KeyPurpose::field)->id, (*by_two)->id);
  const auto all = one->all(KeyPurpose::field);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[1]->id, (*by_one)->id);
  EXPECT_EQ(all[2]->id, old->id);
  EXPECT_EQ(one->find(KeyPurpose::field, old->id)->secret, old->secret);
  EXPECT_EQ(one->find(KeyPurpose::audit, old->id), nullptr);
  EXPECT_EQ(one->rotate(KeyPurpose::field, KeyAlgorithm::sm2).error().reason, "crypto.key_store.wrong_algorithm");
}

TEST(FieldCipher, OpensInItsPlaceOnly) {
  const auto keys = KeyStore::in_memory(clock_of_test);
  const FieldCipher cipher(*keys);
  const std::string plain = "42010619900101001X";
  const auto sealed = cipher.seal(plain, place);
  EXPECT_TRUE(FieldCipher::is_sealed(sealed));
  EXPECT_FALSE(FieldCipher::is_sealed(plain));
  EXPECT_EQ(sealed.find(plain), sealed.npos);
  EXPECT_EQ(cipher.open(sealed, place).value(), plain);
  EXPECT_NE(cipher.seal(plain, place), sealed);
  EXPECT_EQ(cipher.open(sealed, {"person", "id_number", "43"}).error().reason, "crypto.field.tampered");
  EXPECT_EQ(cipher.open(sealed, {"person", "phone", "42"}).error().reason, "crypto.field.tampered");
  EXPECT_EQ(cipher.open(cipher.seal("", place), place).value(), "");
}

TEST(FieldCipher, BadTextIsAProblem) {
  const auto keys = KeyStore::in_memory(clock_of_test);
  const FieldCipher cipher(*keys);
  const auto sealed = cipher.seal("value", place);
  const auto header = sealed.substr(0, sealed.rfind(':') + 1);
  EXPECT_EQ(cipher.open("", place).error().reason, "crypto.field.not_sealed");
  EXPECT_EQ(cipher.open("cf2" + sealed.substr(3), place).error().reason, "crypto.field.not_sealed");
  EXPECT_EQ(cipher.open("cf1::AAAA", place).error().reason, "crypto.field.not_sealed");
  EXPECT_EQ(cipher.open("cf1:field-000000000000:AAAA", place).error().reason, "crypto.field.key_missing");
  EXPECT_EQ(cipher.open(header, place).error().reason, "crypto.field.tampered");
  EXPECT_EQ(cipher.open(header + "!!", place).error().reason, "crypto.field.tampered");
  EXPECT_EQ(cipher.open(sealed.substr(0, sealed.size() - 4), place).error().reason, "crypto.field.tampered");
  const auto problem = cipher.open("", place).error();
  EXPECT_FALSE(problem.message.zh.empty());
  EXPECT_FALSE(problem.message.en.empty());
}

TEST(FieldCipher, ReadsWhatOldKeysWrote) {
  const auto keys = KeyStore::in_memory(clock_of_test);
  const FieldCipher cipher(*keys);
  const auto sealed = cipher.seal("value", place);
  EXPECT_FALSE(cipher.needs_reseal(sealed));
  ASSERT_TRUE(keys->rotate(KeyPurpose::field, KeyAlgorithm::aes_256_gcm));
  EXPECT_TRUE(cipher.needs_reseal(sealed));
  EXPECT_EQ(cipher.open(sealed, place).value(), "value");
  const auto again = cipher.seal("value", place);
  EXPECT_FALSE(cipher.needs_reseal(again));
  EXPECT_EQ(cipher.open(again, place).value(), "value");
}

TEST(BlindIndex, EqualForEqualValuesOfOneField) {
  const auto keys = KeyStore::in_memory(clock_of_test);
  const FieldCipher cipher(*keys);
  const auto index = cipher.blind_index("person", "phone", "13800000000");
  EXPECT_EQ(index.size(), 32u);
  EXPECT_EQ(index, cipher.blind_index("person", "phone", "13800000000"));
  EXPECT_NE(index, cipher.blind_index("person", "phone", "13800000001"));
  EXPECT_NE(index, cipher.blind_index("person", "id_number", "13800000000"));
  ASSERT_TRUE(keys->rotate(KeyPurpose::blind_index));
  EXPECT_NE(index, cipher.blind_index("person", "phone", "13800000000"));
  EXPECT_THAT(cipher.blind_index_candidates("person", "phone", "13800000000"),
              testing::ElementsAre(cipher.blind_index("person", "phone", "13800000000"), index));
}

}  // namespace
}  // namespace civitas::crypto
