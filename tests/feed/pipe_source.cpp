#include "feed/pipe_source.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>

#include "market.hpp"

namespace tickcast::feed {
namespace {

constexpr std::string_view one = R"({"e":"trade","s":"A","p":1,"q":1})" "\n";
constexpr std::string_view two = R"({"e":"trade","s":"A","p":2,"q":1})";

void say(int fd, std::string_view text) { ASSERT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size())); }

// Standard input, led elsewhere for the length of a test.
class redirected_stdin {
 public:
  explicit redirected_stdin(int to) : saved_(::dup(STDIN_FILENO)) { ::dup2(to, STDIN_FILENO); }
  ~redirected_stdin() {
    if (saved_ < 0) {
      ::close(STDIN_FILENO);
      return;
    }
    ::dup2(saved_, STDIN_FILENO);
    ::close(saved_);
  }

 private:
  const int saved_;
};

TEST(PipeSource, ReadsStandardInputAsItComes) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  redirected_stdin in(pipe[0]);
  market m;
  m.open(0, "A");
  boost::asio::io_context io;
  pipe_source source("ndjson:-", "", io, m.to);
  source.start();
  EXPECT_TRUE(source.live());
  say(pipe[1], one.substr(0, 10));
  say(pipe[1], one.substr(10));
  ASSERT_TRUE(run_until(io, [&] { return source.counts().ticks.value() == 1; }));
  EXPECT_EQ(::fcntl(pipe[0], F_GETFL) & O_NONBLOCK, 0) << "it changes nothing for others who share it";
  say(pipe[1], two);
  ::close(pipe[1]);
  ASSERT_TRUE(run_until(io, [&] { return source.ended(); }));
  EXPECT_FALSE(source.live());
  EXPECT_EQ(m.hear_text(), "1 2");
  ::close(pipe[0]);
}

TEST(PipeSource, ReadsStandardInputThatIsAFile) {
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  say(::fileno(file), one);
  say(::fileno(file), two);
  std::rewind(file);
  redirected_stdin in(::fileno(file));
  market m;
  m.open(0, "A");
  boost::asio::io_context io;
  pipe_source source("ndjson:-", "", io, m.to);
  source.start();
  ASSERT_TRUE(run_until(io, [&] { return source.ended(); }));
  EXPECT_EQ(m.hear_text(), "1 2");
  std::fclose(file);
}

TEST(PipeSource, EndsAtOnceWhenStandardInputIsNothing) {
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  redirected_stdin in(nothing);
  market m;
  boost::asio::io_context io;
  pipe_source source("ndjson:-", "", io, m.to);
  source.start();
  EXPECT_TRUE(run_until(io, [&] { return source.ended(); }));
  ::close(nothing);
}

TEST(PipeSource, WaitsForTheWriterOfANamedPipe) {
  const std::string path = testing::TempDir() + "tickcast-" + std::to_string(::getpid()) + ".fifo";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  market m;
  m.open(0, "A");
  boost::asio::io_context io;
  pipe_source source("ndjson:" + path, path, io, m.to);
  source.start();
  io.run_for(std::chrono::milliseconds{20});
  EXPECT_FALSE(source.ended());
  const int writer = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  say(writer, one);
  ASSERT_TRUE(run_until(io, [&] { return source.counts().ticks.value() == 1; }));
  ::close(writer);
  EXPECT_TRUE(run_until(io, [&] { return source.ended(); }));
  ::unlink(path.c_str());
}

}  // namespace
}  // namespace tickcast::feed
