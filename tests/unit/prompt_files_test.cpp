// The rules for the files that the prompt reads and writes.
#include "pty/fd.hpp"
#include "shell/prompt/aliases.hpp"
#include "shell/prompt/history_file.hpp"
#include "shell/prompt/places.hpp"
#include "shell/report.hpp"

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using prompt::HistoryFile;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class PromptFiles : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = (fs::temp_directory_path() / "promptXXXXXX").string();
        top_ = ::mkdtemp(pattern.data());
        folder_ = top_ / "state/jconsole";
        file_ = folder_ / "history";
    }
    void TearDown() override { fs::remove_all(top_); }

    void write(const fs::path& path, std::string_view text, mode_t mode) const {
        fs::create_directories(path.parent_path());
        std::ofstream(path) << text;
        ::chmod(path.c_str(), mode);
        ::chmod(folder_.c_str(), 0700);
    }
    static mode_t mode_of(const fs::path& path) {
        struct stat status = {};
        ::lstat(path.c_str(), &status);
        return status.st_mode & 07777;
    }
    std::string refusal() const {
        try {
            HistoryFile history(folder_.string());
        } catch (const shell::FailureError& error) {
            return error.what();
        }
        return "";
    }

    fs::path top_, folder_, file_;
};

TEST_F(PromptFiles, AHistoryIsMadeForItsUserAlone) {
    mode_t before = ::umask(0);
    HistoryFile history(folder_.string());
    ::umask(before);
    EXPECT_EQ(mode_of(file_), 0600U);
    EXPECT_EQ(mode_of(folder_), 0700U);
    EXPECT_THAT(history.lines(), IsEmpty());
}

TEST_F(PromptFiles, AHistoryIsKeptAndBounded) {
    HistoryFile history(folder_.string(), 3);
    for (const char* line : {"one", "two", "three"})
        history.add(line);
    HistoryFile other(folder_.string(), 3);
    other.add("four");
    history.add("five");
    history.add("");
    history.add("of two\nlines");
    history.add(std::string(HistoryFile::longest_line + 1, 'x'));
    EXPECT_THAT(HistoryFile(folder_.string(), 3).lines(), ElementsAre("three", "four", "five"));
    EXPECT_EQ(fs::file_size(file_), sizeof("three\nfour\nfive\n") - 1);
}

TEST_F(PromptFiles, AHistoryThatIsLockedIsNotWaitedForWithoutEnd) {
    HistoryFile history(folder_.string());
    history.add("a");
    pty::UniqueFd other(::open(file_.c_str(), O_RDWR | O_CLOEXEC));
    ASSERT_EQ(0, ::flock(other.get(), LOCK_EX));
    EXPECT_THROW(static_cast<void>(history.lines()), shell::FailureError);
    EXPECT_THROW(history.add("b"), shell::FailureError);
    other.reset();
    EXPECT_THAT(history.lines(), ElementsAre("a"));
}

TEST_F(PromptFiles, AHistoryThatOthersCanReadIsClosed) {
    write(file_, "a\n", 0644);
    EXPECT_THAT(HistoryFile(folder_.string()).lines(), ElementsAre("a"));
    EXPECT_EQ(mode_of(file_), 0600U);
}

TEST_F(PromptFiles, AHistoryIsRefusedThatIsNotSurelyOurs) {
    write(top_ / "precious", "precious\n", 0600);
    fs::create_directories(folder_);
    fs::create_symlink(top_ / "precious", file_);
    EXPECT_THAT(refusal(), HasSubstr("is a link; remove it"));
    fs::remove(file_);
    fs::create_symlink(top_ / "nowhere", file_);
    EXPECT_THAT(refusal(), HasSubstr("is a link"));
    EXPECT_FALSE(fs::exists(top_ / "nowhere"));
    fs::remove(file_);
    fs::create_hard_link(top_ / "precious", file_);
    EXPECT_THAT(refusal(), HasSubstr("has another name"));
    fs::remove(file_);
    ::mkfifo(file_.c_str(), 0600);
    EXPECT_THAT(refusal(), HasSubstr("is not a file"));
    fs::remove(file_);
    write(file_, "a\n", 0620);
    EXPECT_THAT(refusal(), HasSubstr("can be written by others"));
    ::chmod(file_.c_str(), 0600);
    ::chmod(folder_.c_str(), 0777);
    EXPECT_THAT(refusal(), HasSubstr("can be written by others"));
    ::chmod(folder_.c_str(), 0700);
    EXPECT_EQ(refusal(), "");
    if (::geteuid() == 0) {
        ASSERT_EQ(::chown(file_.c_str(), 12345, 12345), 0);
        EXPECT_THAT(refusal(), HasSubstr("belongs to uid 12345"));
    }
    EXPECT_EQ(fs::file_size(top_ / "precious"), sizeof("precious\n") - 1);
}

TEST_F(PromptFiles, AFolderOfTheHistoryIsRefusedThatIsALink) {
    fs::create_directories(top_ / "elsewhere");
    fs::create_directories(folder_.parent_path());
    fs::create_directory_symlink(top_ / "elsewhere", folder_);
    EXPECT_THAT(refusal(), HasSubstr("is a link"));
    EXPECT_TRUE(fs::is_empty(top_ / "elsewhere"));
}

TEST_F(PromptFiles, AliasesAreReadAndTheirErrorsNamed) {
    fs::path path = top_ / "shell.conf";
    std::vector<std::string> complaints;
    EXPECT_EQ(prompt::read_aliases(path.string(), complaints).list(), "");
    EXPECT_THAT(complaints, IsEmpty());
    write(path, "# comment\r\n\r\n\nalias a = ls\nrm\nalias b\r\nalias c = ps\r\n", 0644);
    EXPECT_EQ(prompt::read_aliases(path.string(), complaints).list(), "alias a = ls\nalias c = ps\n");
    EXPECT_THAT(complaints, ElementsAre(HasSubstr("line 5: 'rm' is no alias"), HasSubstr("line 6: ")));
}

TEST_F(PromptFiles, AliasesThatOthersCouldHaveWrittenAreRefused) {
    fs::path path = top_ / "shell.conf";
    write(path, "alias a = ls\n", 0666);
    std::vector<std::string> complaints;
    EXPECT_EQ(prompt::read_aliases(path.string(), complaints).list(), "");
    EXPECT_THAT(complaints, ElementsAre(HasSubstr("others can write to it")));
    fs::remove(path);
    ::mkfifo(path.c_str(), 0600);
    EXPECT_EQ(prompt::read_aliases(path.string(), complaints).list(), "");
    EXPECT_THAT(complaints, ElementsAre(testing::_, HasSubstr("it is not a file")));
}

TEST_F(PromptFiles, PlacesAreThoseOfXdg) {
    ::setenv("HOME", "/h", 1);
    ::unsetenv("XDG_STATE_HOME");
    ::setenv("XDG_CONFIG_HOME", "relative", 1);
    EXPECT_EQ(prompt::state_folder(), "/h/.local/state/jconsole");
    EXPECT_EQ(prompt::configuration_file(), "/h/.config/jconsole/shell.conf");
    ::setenv("XDG_STATE_HOME", "/s", 1);
    ::setenv("XDG_CONFIG_HOME", "/c", 1);
    EXPECT_EQ(prompt::state_folder(), "/s/jconsole");
    EXPECT_EQ(prompt::configuration_file(), "/c/jconsole/shell.conf");
}

} // namespace
