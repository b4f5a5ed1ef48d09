#include "http/multipart.hpp"

#include <gtest/gtest.h>

#include "base/test_folder.hpp"
#include "base/utf8.hpp"

namespace civitas::http {
namespace {

const std::string form =
    "--XX\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n地名\r\n"
    "--XX\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"C:\\\\x\\\\路牌.jpg\"\r\nContent-Type: "
    "image/jpeg\r\n\r\n"
    "\xff\xd8\r\n--X\r\n\r\n"
    "--XX\r\ncontent-disposition: form-data; name=empty; filename=\"\"\r\n\r\n\r\n--XX--\r\n";

TEST(Multipart, ReadsPartsFromMemoryAndFile) {
  const TestFolder folder;
  for (const bool in_file : {false, true}) {
    Request request;
    request.headers.add("Content-Type", "multipart/form-data; boundary=\"XX\"");
    if (in_file) {
      folder.put("body", form);
      request.body_file = folder / "body";
    } else {
      request.body = form;
    }
    const auto parsed = parse_multipart(request);
    ASSERT_TRUE(parsed) << parsed.error().detail;
    ASSERT_EQ(parsed->parts().size(), 3u);
    EXPECT_EQ(parsed->text("title"), "地名");
    const auto* photo = parsed->find("photo");
    ASSERT_TRUE(photo);
    EXPECT_EQ(photo->file_name, "路牌.jpg");
    EXPECT_EQ(photo->content_type, "image/jpeg");
    EXPECT_EQ(photo->content, "\xff\xd8\r\n--X\r\n");
    EXPECT_FALSE(parsed->text("photo"));
    EXPECT_EQ(parsed->find("empty")->content, "");
    EXPECT_EQ(parsed->find("empty")->file_name, "file");
  }
}

TEST(Multipart, EveryTruncationIsRefused) {
  const auto end = form.rfind("--XX--") + 3;
  for (std::size_t n = 0; n < end; ++n)
    ASSERT_FALSE(parse_multipart_body(std::string_view(form).substr(0, n), "XX")) << n;
}

TEST(Multipart, Limits) {
  const auto reason = [](const MultipartLimits& limits) {
    const auto parts = parse_multipart_body(form, "XX", limits);
    return parts ? "" : parts.error().reason;
  };
  EXPECT_EQ(reason({}), "");
  EXPECT_EQ(reason({.parts = 2}), "http.multipart.too_many");
  EXPECT_EQ(reason({.part_size = 8}), "http.multipart.too_large");
  EXPECT_EQ(reason({.part_head = 20}), "http.multipart.malformed");
}

TEST(Multipart, Boundary) {
  EXPECT_EQ(multipart_boundary("multipart/form-data; charset=x; boundary=abc"), "abc");
  EXPECT_EQ(multipart_boundary("Multipart/Form-Data; Boundary=\"a b\""), "a b");
  EXPECT_FALSE(multipart_boundary("multipart/form-data"));
  EXPECT_FALSE(multipart_boundary("multipart/mixed; boundary=a"));
  EXPECT_FALSE(multipart_boundary("multipart/form-data; boundary=" + std::string(71, 'a')));
  Request request;
  request.headers.add("Content-Type", "application/json");
  EXPECT_EQ(parse_multipart(request).error().reason, "http.multipart.type");
}

TEST(Multipart, FileNames) {
  EXPECT_EQ(sanitize_file_name("../../etc/passwd"), "passwd");
  EXPECT_EQ(sanitize_file_name("C:\\Users\\x\\报告.docx"), "报告.docx");
  EXPECT_EQ(sanitize_file_name(".."), "file");
  EXPECT_EQ(sanitize_file_name(""), "file");
  EXPECT_EQ(sanitize_file_name("a/"), "file");
  EXPECT_EQ(sanitize_file_name(".hidden"), "hidden");
  EXPECT_EQ(sanitize_file_name(std::string("a\0b\n.txt", 8)), "ab.txt");
  EXPECT_EQ(sanitize_file_name("gpj\u202Eexe.txt"), "gpjexe.txt");
  EXPECT_EQ(sanitize_file_name("a\xff.txt"), "a.txt");
  EXPECT_EQ(sanitize_file_name("say %22hi%22?.txt"), "say _hi__.txt");
  std::string chinese;
  for (int i = 0; i < 200; ++i) chinese += "路";
  const auto cut = sanitize_file_name(chinese + ".pdf");
  EXPECT_LE(cut.size(), 200u);
  EXPECT_TRUE(cut.ends_with("路.pdf"));
  EXPECT_TRUE(is_valid_utf8(cut));
}

TEST(Multipart, ExtendedFileNameWins) {
  const auto parts = parse_multipart_body(
      "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.txt\"; "
      "filename*=UTF-8''%E8%B7%AF.txt\r\n\r\n1\r\n--b--",
      "b");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->front().file_name, "路.txt");
}

}  // namespace
}  // namespace civitas::http
