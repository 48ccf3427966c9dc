#include "app/config.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "app/command_line.hpp"
#include "app/setting.hpp"

namespace tickcast::app {
namespace {

// A TOML file that is gone after the test.
class toml_file {
 public:
  explicit toml_file(const std::string& text) {
    char name[] = "/tmp/tickcast-config-XXXXXX";
    const int fd = ::mkstemp(name);
    EXPECT_GE(fd, 0);
    ::close(fd);
    path_ = name;
    std::ofstream{path_} << text;
  }
  ~toml_file() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

command read(std::vector<const char*> words) {
  words.insert(words.begin(), "tickcast");
  return read_command_line(static_cast<int>(words.size()), words.data());
}

config served(std::vector<const char*> words) {
  words.insert(words.begin(), "serve");
  return std::get<serve_command>(read(std::move(words))).config;
}

// The one sentence with which these words are refused.
std::string refused(std::vector<const char*> words) {
  try {
    read(std::move(words));
  } catch (const config_error& error) {
    return error.what();
  }
  return "taken";
}

std::string refused_file(const std::string& text) {
  const toml_file file{text};
  const std::string sentence = refused({"serve", "--plain", "--config", file.path().c_str()});
  const std::size_t at = sentence.find(file.path());
  return at == sentence.npos ? sentence : std::string{sentence}.replace(at, file.path().size(), "FILE");
}

TEST(Config, HasTheDefaultsOfItsStruct) {
  const config c = served({"--plain"});
  EXPECT_EQ(c.listen, "0.0.0.0:8443");
  EXPECT_EQ(c.admin, "127.0.0.1:9464");
  EXPECT_EQ(c.shards, 0U);
  EXPECT_EQ(c.limits.backlog_bytes, 1024U * 1024U);
  EXPECT_TRUE(c.feeds.empty());
}

TEST(Config, TakesEverySettingByFileAndBySet) {
  for (const setting& s : settings()) {
    const config defaults;
    const std::string value = s.show(defaults);
    const toml_file file{std::string{s.name} + " = " + value + "\n"};
    const std::string set = std::string{s.name} + "=" + value;
    EXPECT_EQ(s.show(served({"--plain", "--config", file.path().c_str()})), s.name == "plain" ? "true" : value) << s.name;
    EXPECT_EQ(s.show(served({"--set", set.c_str(), "--plain"})), s.name == "plain" ? "true" : value) << s.name;
  }
}

TEST(Config, StoresWhatItWasTold) {
  const config c = served({"--plain", "--listen", "[::1]:9000", "--admin", ":9001", "--shards", "3", "--feed", "sim:seed=1",
                           "--feed", "ndjson:a,b", "--log-level", "debug", "--set", "ping_s=0.5", "--set", "flush_us=250",
                           "--set", "echo=true", "--set", "commands_per_s=2.5", "--set", "send_buffer_bytes=4096"});
  EXPECT_EQ(c.listen, "[::1]:9000");
  EXPECT_EQ(c.admin, ":9001");
  EXPECT_EQ(c.shards, 3U);
  EXPECT_EQ(c.feeds, (text_list{"sim:seed=1", "ndjson:a,b"}));
  EXPECT_EQ(c.log_level, "debug");
  EXPECT_EQ(c.limits.ping, std::chrono::milliseconds{500});
  EXPECT_EQ(c.limits.flush, std::chrono::microseconds{250});
  EXPECT_TRUE(c.echo);
  EXPECT_DOUBLE_EQ(c.limits.commands_per_s, 2.5);
  EXPECT_EQ(c.limits.send_buffer_bytes, 4096);
}

TEST(Config, TakesListsByCommasAndAsInTheFile) {
  const text_list both{"https://a.example", "https://b.example:8443"};
  EXPECT_EQ(served({"--plain", "--set", "allowed_origins=https://a.example,https://b.example:8443"}).allowed_origins, both);
  EXPECT_EQ(served({"--plain", "--set", R"(allowed_origins=["https://a.example", "https://b.example:8443"])"}).allowed_origins,
            both);
  EXPECT_TRUE(served({"--plain", "--set", "allowed_origins="}).allowed_origins.empty());
}

TEST(Config, LetsTheLaterWordWin) {
  const toml_file file{"burst = 11\ncommands_per_s = 12\nfeeds = [\"sim:seed=1\"]\nlisten = \"127.0.0.1:1\"\n"};
  const config c = served({"--config", file.path().c_str(), "--plain", "--set", "burst=13", "--feed", "sim:seed=2", "--set",
                           "listen=127.0.0.1:2", "--listen", "127.0.0.1:3", "--shards", "2", "--set", "shards=auto"});
  EXPECT_DOUBLE_EQ(c.limits.burst, 13);
  EXPECT_DOUBLE_EQ(c.limits.commands_per_s, 12);
  EXPECT_EQ(c.feeds, text_list{"sim:seed=2"});
  EXPECT_EQ(c.listen, "127.0.0.1:3");
  EXPECT_EQ(c.shards, 0U);
}

TEST(Config, LetsTheCommandLineReplaceHowTheFileServes) {
  const toml_file file{"tls_cert = \"a.crt\"\ntls_key = \"a.key\"\n"};
  const config plain = served({"--config", file.path().c_str(), "--plain"});
  EXPECT_TRUE(plain.plain);
  EXPECT_TRUE(plain.tls_cert.empty() && plain.tls_key.empty());
  const config other_key = served({"--config", file.path().c_str(), "--tls-key", "b.key"});
  EXPECT_EQ(other_key.tls_cert, "a.crt");
  EXPECT_EQ(other_key.tls_key, "b.key");
  const toml_file trial{"self_signed = true\n"};
  const config certified = served({"--config", trial.path().c_str(), "--tls-cert", "a.crt", "--tls-key", "a.key"});
  EXPECT_FALSE(certified.self_signed);
}

TEST(Config, RefusesWhatIsNoSetting) {
  EXPECT_EQ(refused({"serve", "--plain", "--set", "backlog_byte=1"}),
            "--set: there is no setting \"backlog_byte\"; did you mean backlog_bytes?");
  EXPECT_EQ(refused({"serve", "--plain", "--set", "colour=blue"}), "--set: there is no setting \"colour\"");
  EXPECT_EQ(refused({"serve", "--plain", "--set", "burst"}), "--set \"burst\": write it as key=value");
  EXPECT_EQ(refused_file("burst = 4\nlisen = \"a:1\"\n"), "FILE line 2: there is no setting \"lisen\"; did you mean listen?");
  EXPECT_EQ(refused_file("[limits]\nburst = 4\n"), "FILE line 1: there are no sections; write the keys without [limits]");
}

TEST(Config, RefusesValuesThatCannotBe) {
  const auto set = [](const char* text) { return refused({"serve", "--plain", "--set", text}); };
  EXPECT_EQ(set("burst=many"), "--set: burst must be a number from 1 to 1000000 commands, not \"many\"");
  EXPECT_EQ(set("burst=-1"), "--set: burst must be a number from 1 to 1000000 commands, not -1");
  EXPECT_EQ(set("burst=nan"), "--set: burst must be a number from 1 to 1000000 commands, not nan");
  EXPECT_EQ(set("burst=4x"), "--set: burst must be a number from 1 to 1000000 commands, not \"4x\"");
  EXPECT_EQ(set("burst="), "--set: burst must be a number from 1 to 1000000 commands, not \"\"");
  EXPECT_EQ(set("frame_bytes=1000.5"), "--set: frame_bytes must be a whole number from 256 to 16777216 bytes, not 1000.5");
  EXPECT_EQ(set("ping_s=\"soon\""), "--set: ping_s must be a number from 0.01 to 3600 seconds, not \"soon\"");
  EXPECT_EQ(set("shards=0"), "--set: shards must be a whole number from 1 to 64 threads, or \"auto\", not 0");
  EXPECT_EQ(set("echo=perhaps"), "--set: echo must be true or false, not \"perhaps\"");
  EXPECT_EQ(set("log_level=loud"), "--set: log_level must be trace, debug, info, warn or error, not \"loud\"");
  EXPECT_EQ(set("allowed_origins=https://a.example/"),
            "--set: allowed_origins must be a list of origins such as https://example.com, or *, not \"https://a.example/\"");
  EXPECT_EQ(refused({"serve", "--plain", "--listen", "8443"}),
            "--listen must be HOST:PORT, such as 127.0.0.1:8443 or [::]:8443, not \"8443\"");
}

TEST(Config, RefusesWrongTypesInTheFile) {
  EXPECT_EQ(refused_file("burst = \"4\"\n"), "FILE line 1: burst must be a number from 1 to 1000000 commands, not \"4\"");
  EXPECT_EQ(refused_file("echo = 1\n"), "FILE line 1: echo must be true or false, not 1");
  EXPECT_EQ(refused_file("\nlisten = 8443\n"),
            "FILE line 2: listen must be HOST:PORT, such as 127.0.0.1:8443 or [::]:8443, not 8443");
  EXPECT_EQ(refused_file("feeds = \"sim:\"\n"), "FILE line 1: feeds must be a list of feed URIs, not \"sim:\"");
  EXPECT_EQ(refused_file("feeds = [1]\n"), "FILE line 1: every item of feeds must be a text in quotes");
  EXPECT_EQ(refused_file("log_level = [\"info\"]\n"),
            "FILE line 1: log_level must be trace, debug, info, warn or error, not a list");
  EXPECT_EQ(refused_file("ping_s = 2026-11-20\n"),
            "FILE line 1: ping_s must be a number from 0.01 to 3600 seconds, not a date or time");
  EXPECT_EQ(refused_file("shards = true\n"),
            "FILE line 1: shards must be a whole number from 1 to 64 threads, or \"auto\", not true");
}

TEST(Config, RefusesFilesThatAreNotThereOrNoToml) {
  EXPECT_EQ(refused({"serve", "--plain", "--config", "/no/such.toml"}),
            "cannot read the configuration /no/such.toml: No such file or directory");
  EXPECT_EQ(refused({"serve", "--plain", "--config", "/"}), "cannot read the configuration /: Is a directory");
  const std::string sentence = refused_file("burst = 4\nping_s = = 5\n");
  EXPECT_EQ(sentence.find("FILE line 2, column 10: not TOML: "), 0U) << sentence;
  EXPECT_EQ(sentence.find('\n'), sentence.npos) << sentence;
}

TEST(Config, WantsOneWayToServe) {
  EXPECT_EQ(refused({"serve"}),
            "how to serve is not said: give a certificate (--tls-cert FILE --tls-key FILE), --self-signed to try it out, or "
            "--plain to serve without TLS behind a proxy");
  EXPECT_EQ(refused({"serve", "--tls-cert", "a"}),
            "tls_key is missing: a certificate needs both tls_cert (--tls-cert) and tls_key (--tls-key)");
  EXPECT_EQ(refused({"serve", "--tls-key", "a"}),
            "tls_cert is missing: a certificate needs both tls_cert (--tls-cert) and tls_key (--tls-key)");
  EXPECT_EQ(refused({"serve", "--plain", "--self-signed"}),
            "command line: plain (no TLS) and self_signed exclude each other; choose one");
  EXPECT_EQ(refused({"serve", "--plain", "--tls-cert", "a", "--tls-key", "b"}),
            "command line: plain (no TLS) and a certificate (tls_cert, tls_key) exclude each other; choose one");
  EXPECT_EQ(refused({"serve", "--self-signed", "--set", "tls_cert=a"}),
            "command line: self_signed and a certificate (tls_cert, tls_key) exclude each other; choose one");
  EXPECT_EQ(refused_file("plain = true\nself_signed = true\n"),
            "FILE: plain (no TLS) and self_signed exclude each other; choose one");
}

TEST(CommandLine, RefusesWordsItDoesNotKnow) {
  EXPECT_EQ(refused({}), "what to do is not said: tickcast serve, tail, verify, replay or journal; tickcast --help explains");
  EXPECT_EQ(refused({"srve"}), "there is no command \"srve\"; did you mean serve?");
  EXPECT_EQ(refused({"serve", "--plain", "--lisen=a:1"}), "there is no option \"--lisen=a:1\"; did you mean --listen?");
  EXPECT_EQ(refused({"serve", "--plain", "--fly"}), "there is no option \"--fly\"; tickcast serve --help lists what there is");
  EXPECT_EQ(refused({"serve", "--plain", "now"}), "there is no argument \"now\"; tickcast serve --help lists what there is");
  EXPECT_EQ(refused({"tail", "ftp://a", "trades", "A"}),
            "\"ftp://a\" is no address of a server; write it like wss://localhost:8443");
}

TEST(CommandLine, ExplainsEverySetting) {
  const std::string help = std::get<say>(read({"serve", "--help"})).text;
  for (const setting& s : settings()) EXPECT_NE(help.find("\n  " + std::string{s.name} + " = "), help.npos) << s.name;
}

TEST(CommandLine, ReadsTail) {
  const auto said = std::get<tail_options>(read({"tail", "wss://example.com", "trades", "AAPL", "MSFT", "--mode", "latest",
                                                 "--interval-ms", "0", "--count", "5", "--insecure", "--raw"}));
  EXPECT_EQ(said.server.authority(), "example.com:443");
  EXPECT_EQ(said.channel, "trades");
  EXPECT_EQ(said.symbols, (text_list{"AAPL", "MSFT"}));
  EXPECT_EQ(said.mode, "latest");
  EXPECT_EQ(said.interval_ms, 0U);
  EXPECT_EQ(said.count, 5U);
  EXPECT_TRUE(said.insecure && said.raw);
}

TEST(Address, IsTakenApart) {
  const auto is = [](const char* text, const char* host, const char* port) {
    const auto at = split_address(text);
    ASSERT_TRUE(at) << text;
    EXPECT_EQ(at->host, host);
    EXPECT_EQ(at->port, port);
  };
  is("127.0.0.1:8443", "127.0.0.1", "8443");
  is("[::1]:0", "::1", "0");
  is(":80", "0.0.0.0", "80");
  is("localhost:65535", "localhost", "65535");
  for (const char* text : {"", "a", "a:", "a:b", "a:65536", "a:-1", "::1:80", "[::1]", "[]:1", "a b:1", "http://a:1"})
    EXPECT_FALSE(split_address(text)) << text;
}

}  // namespace
}  // namespace tickcast::app
