#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.hpp"
#include "crypto/aead.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"
#include "crypto/signature.hpp"
#include "crypto/totp.hpp"

namespace civitas::crypto {
namespace {

std::string hex(std::string_view text) { return from_hex(text).value(); }

TEST(Digest, Sm3OfTheStandard) {  // GB/T 32905-2016, appendix A
  EXPECT_EQ(sm3_hex("abc"), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
  std::string long_text;
  for (int i = 0; i < 16; ++i) long_text += "abcd";
  EXPECT_EQ(sm3_hex(long_text), "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
}

TEST(Digest, Sha256OfFips180) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Digest, PiecesEqualTheWholeAndFinishEmpties) {
  Digest digest(DigestAlgorithm::sm3);
  digest.update("a").update("").update("bc");
  EXPECT_EQ(digest.finish(), sm3("abc"));
  EXPECT_EQ(digest.update("abc").finish_hex(), sm3_hex("abc"));
}

TEST(Hmac, Rfc4231) {
  EXPECT_EQ(to_hex(hmac(DigestAlgorithm::sha256, std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(to_hex(hmac(DigestAlgorithm::sha256, "Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Hmac, Sm3FollowsRfc2104) {
  const std::string key = "a key of some length";
  std::string inner(64, '\x36'), outer(64, '\x5c');
  for (std::size_t i = 0; i < key.size(); ++i) {
    inner[i] = static_cast<char>(inner[i] ^ key[i]);
    outer[i] = static_cast<char>(outer[i] ^ key[i]);
  }
  EXPECT_EQ(hmac(DigestAlgorithm::sm3, key, "text"), sm3(outer + sm3(inner + "text")));
}

TEST(Compare, EqualOnlyWhenEqual) {
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abcd"));
}

TEST(Random, LengthAndDifference) {
  EXPECT_EQ(random_bytes(1000).size(), 1000u);
  EXPECT_NE(random_bytes(16), random_bytes(16));
  EXPECT_EQ(random_token(32).size(), 43u);
}

TEST(Aead, Sm4GcmOfRfc8998) {
  const auto key = hex("0123456789ABCDEFFEDCBA9876543210");
  const auto nonce = hex("00001234567800000000ABCD");
  const auto data = hex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2");
  const auto plain =
      hex("AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD"
          "EEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA");
  const auto sealed = aead_seal(CipherAlgorithm::sm4_gcm, key, nonce, data, plain);
  EXPECT_EQ(to_hex(sealed),
            "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
            "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
            "83de3541e4c2b58177e065a9bf7b62ec");
  EXPECT_EQ(aead_open(CipherAlgorithm::sm4_gcm, key, nonce, data, sealed), plain);
}

TEST(Aead, Aes256GcmTestCases14And16) {  // the GCM specification submitted to NIST
  EXPECT_EQ(to_hex(aead_seal(CipherAlgorithm::aes_256_gcm, std::string(32, '\0'), std::string(12, '\0'), "",
                             std::string(16, '\0'))),
            "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
  const auto key = hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  const auto nonce = hex("cafebabefacedbaddecaf888");
  const auto data = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const auto plain =
      hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
          "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
  EXPECT_EQ(to_hex(aead_seal(CipherAlgorithm::aes_256_gcm, key, nonce, data, plain)),
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
            "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
            "76fc6ece0f4e1768cddf8853bb2d551b");
}

TEST(Aead, EveryChangedBitIsRefused) {
  const std::string key(16, 'k'), nonce(12, 'n');
  const auto sealed = aead_seal(CipherAlgorithm::sm4_gcm, key, nonce, "place", "secret");
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    auto changed = sealed;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(aead_open(CipherAlgorithm::sm4_gcm, key, nonce, "place", changed)) << bit;
  }
  EXPECT_FALSE(aead_open(CipherAlgorithm::sm4_gcm, key, nonce, "other", sealed));
  EXPECT_FALSE(aead_open(CipherAlgorithm::sm4_gcm, key, nonce, "place", sealed.substr(0, 15)));
  EXPECT_THROW(aead_seal(CipherAlgorithm::sm4_gcm, "short", nonce, "", ""), std::invalid_argument);
}

TEST(Signature, Sm2ExampleOfTheStandard) {  // GB/T 32918.5-2017, appendix A.2
  const auto key = signing_key_from(SignatureAlgorithm::sm2,
                                    hex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8"));
  ASSERT_TRUE(key);
  EXPECT_EQ(to_hex(key->public_key),
            "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
            "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13");
  const auto signature =
      hex("F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
          "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA");
  EXPECT_TRUE(verify(SignatureAlgorithm::sm2, key->public_key, "message digest", signature));
  EXPECT_FALSE(verify(SignatureAlgorithm::sm2, key->public_key, "message digest.", signature));
  const auto own = sign(*key, "message digest");
  ASSERT_TRUE(own);
  EXPECT_EQ(own->size(), 64u);
  EXPECT_TRUE(verify(SignatureAlgorithm::sm2, key->public_key, "message digest", *own));
}

TEST(Signature, Ed25519OfRfc8032) {
  const auto first = signing_key_from(SignatureAlgorithm::ed25519,
                                      hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
  ASSERT_TRUE(first);
  EXPECT_EQ(to_hex(first->public_key), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_EQ(to_hex(sign(*first, "").value()),
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
  const auto second = signing_key_from(SignatureAlgorithm::ed25519,
                                       hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
  ASSERT_TRUE(second);
  EXPECT_EQ(to_hex(sign(*second, "\x72").value()),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

TEST(Signature, MalformedIsFalseNeverAnException) {
  for (const auto algorithm : {SignatureAlgorithm::sm2, SignatureAlgorithm::ed25519}) {
    const auto key = make_signing_key(algorithm);
    const auto signature = sign(key, "text").value();
    EXPECT_TRUE(verify(algorithm, key.public_key, "text", signature));
    EXPECT_FALSE(verify(algorithm, "", "text", signature));
    EXPECT_FALSE(verify(algorithm, key.public_key, "text", ""));
    EXPECT_FALSE(verify(algorithm, key.public_key, "text", std::string(64, '\0')));
    EXPECT_FALSE(verify(algorithm, key.public_key, "text", std::string(64, '\xff')));
    EXPECT_FALSE(verify(algorithm, make_signing_key(algorithm).public_key, "text", signature));
    auto off_curve = key.public_key;
    off_curve.back() = static_cast<char>(off_curve.back() ^ 1);
    EXPECT_FALSE(verify(algorithm, off_curve, "text", signature));
    EXPECT_EQ(signing_key_from(algorithm, "short").error().reason, "crypto.signature.bad_key");
  }
  EXPECT_FALSE(signing_key_from(SignatureAlgorithm::sm2, std::string(32, '\0')));
  EXPECT_FALSE(signing_key_from(SignatureAlgorithm::sm2, std::string(32, '\xff')));
}

TEST(Totp, Rfc6238) {  // appendix B, the last six of its eight digits
  const std::string secret = "12345678901234567890";
  const std::pair<std::int64_t, const char*> rows[] = {{59, "287082"},         {1111111109, "081804"},
                                                       {1111111111, "050471"}, {1234567890, "005924"},
                                                       {2000000000, "279037"}, {20000000000, "353130"}};
  for (const auto& [seconds, code] : rows) {
    EXPECT_EQ(totp_code(secret, seconds / 30), code);
    EXPECT_EQ(verify_totp(secret, code, Instant{}.plus_seconds(seconds)), seconds / 30);
  }
}

TEST(Totp, WindowOfOneStepAndNoReuse) {
  const std::string secret = "12345678901234567890";
  const Instant now = Instant{}.plus_seconds(1111111111);
  const std::int64_t step = 1111111111 / 30;
  EXPECT_EQ(verify_totp(secret, totp_code(secret, step - 1), now), step - 1);
  EXPECT_EQ(verify_totp(secret, totp_code(secret, step + 1), now), step + 1);
  EXPECT_FALSE(verify_totp(secret, totp_code(secret, step - 2), now));
  EXPECT_FALSE(verify_totp(secret, totp_code(secret, step + 2), now));
  EXPECT_FALSE(verify_totp(secret, totp_code(secret, step), now, step));
  EXPECT_FALSE(verify_totp(secret, totp_code(secret, step - 1), now, step));
  EXPECT_EQ(verify_totp(secret, totp_code(secret, step + 1), now, step), step + 1);
  EXPECT_FALSE(verify_totp(secret, "", now));
  EXPECT_FALSE(verify_totp(secret, "50471", now));
}

TEST(Totp, Base32AndUri) {
  EXPECT_EQ(to_base32("12345678901234567890"), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
  EXPECT_EQ(to_base32("foob"), "MZXW6YQ");  // RFC 4648 section 10
  EXPECT_EQ(from_base32("mzxw 6yq="), "foob");
  EXPECT_FALSE(from_base32("MZXW6Y1"));
  EXPECT_EQ(otpauth_uri("政通", "li wei", "foobar"),
            "otpauth://totp/%E6%94%BF%E9%80%9A:li%20wei?secret=MZXW6YTBOI&issuer=%E6%94%BF%E9%80%9A"
            "&algorithm=SHA1&digits=6&period=30");
  EXPECT_EQ(make_totp_secret().size(), 20u);
}

}  // namespace
}  // namespace civitas::crypto
