#include "place_names/engine/section_file.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/strings.hpp"
#include "base/test_folder.hpp"

namespace civitas::place_names::index_format {
namespace {

constexpr FileKind kind{{'t', 'e', 's', 't', 'f', 'i', 'l', 'e'}, 1, 1};

std::string part_of(const std::filesystem::path& file, pid_t writer) {
  return file.string() + "." + std::to_string(writer) + ".part";
}

TEST(SectionFile, OpeningRemovesWhatACrashLeft) {
  const TestFolder folder;
  const auto file = folder / "a.index";
  const pid_t child = fork();
  if (child == 0) {
    auto writer = SectionWriter::create(file, kind);
    if (!writer || !writer->put(0, std::string("half"))) _exit(3);
    kill(getpid(), SIGKILL);
  }
  int how = 0;
  waitpid(child, &how, 0);
  ASSERT_TRUE(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
  ASSERT_TRUE(std::filesystem::exists(part_of(file, child)));
  const std::string others[] = {part_of(folder / "b.index", child), part_of(folder / "a.index.x", child),
                                file.string() + ".part", file.string() + ".1.partial"};
  for (const auto& other : others) folder.put(std::filesystem::path(other).filename(), "of somebody else");

  EXPECT_EQ(SectionFile::open(file, kind).error().reason, "place_names.index.missing");
  EXPECT_FALSE(std::filesystem::exists(part_of(file, child)));
  for (const auto& other : others) EXPECT_TRUE(std::filesystem::exists(other)) << other;
}

TEST(SectionFile, OpeningLeavesWhatIsBeingWritten) {
  const TestFolder folder;
  const auto file = folder / "a.index";
  const auto write = [&](const std::string& text, bool opened_meanwhile) {
    auto writer = SectionWriter::create(file, kind);
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->put(0, text));
    if (opened_meanwhile) (void)SectionFile::open(file, kind);
    EXPECT_TRUE(std::filesystem::exists(part_of(file, getpid())));
    ASSERT_TRUE(writer->finish({}));
    EXPECT_FALSE(std::filesystem::exists(part_of(file, getpid())));
  };
  // A crash of an earlier process of this number left more than is written now.
  folder.put(part_of(file, getpid()), std::string(100'000, 'x'));
  write("first", false);
  write("second", true);
  const auto opened = SectionFile::open(file, kind);
  ASSERT_TRUE(opened) << opened.error().detail;
  std::span<const char> section;
  ASSERT_TRUE(opened->take(0, section));
  EXPECT_EQ(std::string(section.begin(), section.end()), "second");
}

TEST(SectionWriter, GivenUpItLeavesNothing) {
  const TestFolder folder;
  {
    ASSERT_TRUE(SectionWriter::create(folder / "a.index", kind));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace civitas::place_names::index_format
