#include "app/command_line.hpp"

#include <functional>
#include <map>

#include <CLI/CLI.hpp>
#include <spdlog/fmt/fmt.h>

#include "app/client_words.hpp"
#include "app/journal_words.hpp"
#include "app/setting.hpp"
#include "app/version.hpp"

namespace tickcast::app {

namespace {

// Broken into lines of a terminal's measure; CLI11 and `settings_help` indent what follows a break.
std::string wrapped(std::string_view text, std::size_t measure = 74) {
  std::string out;
  while (text.size() > measure) {
    const std::size_t space = text.rfind(' ', measure);
    if (space == text.npos) break;
    out.append(text.substr(0, space)) += '\n';
    text.remove_prefix(space + 1);
  }
  return out.append(text);
}

// The list of all settings, for the end of `serve --help`.
std::string settings_help() {
  constexpr std::size_t column = 46;
  const config defaults;
  std::string out = "Settings, for --set key=value and for the file (deploy/tickcast.toml explains them):\n";
  for (const setting& s : settings()) {
    const bool number = s.form == shape::whole || s.form == shape::number;
    const std::string left = fmt::format("  {} = {} {}", s.name, s.show(defaults), number ? s.unit : "");
    out += fmt::format("{:<{}} ", left, column);
    for (const char c : wrapped(s.reason)) out += c == '\n' ? "\n" + std::string(column + 1, ' ') : std::string(1, c);
    out += '\n';
  }
  return out;
}

std::string help_of(const char* key) {
  const setting& s = find_setting(key, key);
  const std::string shown = s.show(config{});
  const bool telling = shown != "\"\"" && shown != "false" && shown != "[]";
  return wrapped(fmt::format("{}{}", s.reason, telling ? " (default " + shown + ")" : ""));
}

// `serve` and its options. What they say is taken in the order in which it was typed, so that the later word counts.
class serve_words {
 public:
  explicit serve_words(CLI::App& to) : app_(to) {
    to.add_option("--config", file_, "a TOML file; the command line wins over it")->type_name("FILE");
    add("--listen", "listen", "HOST:PORT");
    add("--admin", "admin", "HOST:PORT");
    add("--tls-cert", "tls_cert", "FILE");
    add("--tls-key", "tls_key", "FILE");
    add_switch("--self-signed", "self_signed");
    add_switch("--plain", "plain");
    add("--shards", "shards", "N|auto");
    to.add_option("--feed", feeds_,
                  "where the market comes from; may be given several times:\n"
                  "sim:                           two dozen well-known tickers, made up\n"
                  "sim:symbols=500&rate=50000     a larger market; also seed=N, prefix=S, mix=trades|quotes|T:Q, depth=N, every_us=N\n"
                  "ndjson:PATH?speed=1|10|max     a file, also loop=N|forever; ndjson:- is standard input\n"
                  "ndjson+tcp://HOST:PORT         listens for publishers\n"
                  "journal:DIR?speed=1|10|max     plays what another server has recorded\n"
                  "lobster:PATH?speed=1|10|max    a day of LOBSTER's, its message file; also symbol=, date=, levels=\n"
                  "lean:PATH?speed=1|10|max       a day of US trades in LEAN's form, CSV or ZIP; also symbol, date, zone")
        ->type_name("URI")->allow_extra_args(false);
    set_ = to.add_option("--set", sets_, "any setting below; may be given several times")
               ->type_name("key=value")->allow_extra_args(false);
    add("--journal", "journal", "DIR");
    add("--history", "history", "FILE");
    add("--log-level", "log_level", "LEVEL");
    to.add_flag("--check", check_, "look whether all this can be served, open no port, and end");
    to.footer([] { return settings_help(); });
  }

  serve_command command() const {
    std::vector<assignment> said;
    std::size_t sets = 0;
    for (const CLI::Option* option : app_.parse_order()) {
      if (option == set_) said.push_back(read_set(sets_[sets++]));
      if (const auto key = keys_.find(option); key != keys_.end())
        said.push_back({key->second, option->results().front(), option->get_name()});
    }
    if (!feeds_.empty()) said.push_back({"feeds", feeds_, "--feed"});
    return {load_config(file_.empty() ? std::nullopt : std::optional{file_}, said), check_};
  }

 private:
  void add(const char* option, const char* key, const char* type) {
    keys_[app_.add_option(option)->description(help_of(key))->type_name(type)->expected(1)->take_last()] = key;
  }
  void add_switch(const char* option, const char* key) {
    keys_[app_.add_flag(option)->description(help_of(key))->take_last()] = key;
  }

  static assignment read_set(const std::string& text) {
    const std::size_t equals = text.find('=');
    if (equals == text.npos) throw config_error(fmt::format("--set {}: write it as key=value", in_quotes(text)));
    return {text.substr(0, equals), text.substr(equals + 1), "--set"};
  }

  CLI::App& app_;
  std::string file_;
  std::vector<std::string> feeds_, sets_;
  bool check_ = false;
  const CLI::Option* set_ = nullptr;
  std::map<const CLI::Option*, const char*> keys_;
};

// Words that nobody asked for: an option or a command with a slip in it.
void refuse_extras(const CLI::App& of, const std::string& name) {
  const std::vector<std::string> extras = of.remaining();
  if (extras.empty()) return;
  std::vector<std::string_view> known;
  const auto parts = of.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* part : parts) known.push_back(part->get_name());
  for (const CLI::Option* option : of.get_options())
    for (const std::string& word : option->get_lnames()) known.push_back(word);
  const std::string& word = extras.front();
  const std::size_t dashes = std::min(word.find_first_not_of('-'), word.size());
  const std::string_view bare = std::string_view{word}.substr(dashes);
  const std::string_view close = nearest(bare.substr(0, bare.find('=')), known);
  const char* kind = dashes > 0 ? "option" : parts.empty() ? "argument" : "command";
  throw config_error(fmt::format("there is no {} {}; {}", kind, in_quotes(word),
                                 close.empty() ? name + " --help lists what there is"
                                               : fmt::format("did you mean {}{}?", std::string(dashes, '-'), close)));
}

// The commands that stand below one, as a sentence would list them.
std::string parts_of(const CLI::App& of) {
  const auto parts = of.get_subcommands([](const CLI::App*) { return true; });
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i)
    out += (i == 0 ? "" : i + 1 < parts.size() ? ", " : " or ") + parts[i]->get_name();
  return out;
}

}  // namespace

command read_command_line(int argc, const char* const* argv) {
  CLI::App program{"Hands market data to thousands of clients over WebSocket and TLS.", "tickcast"};
  program.set_version_flag("--version", version_line());
  program.allow_extras();
  const auto add = [&program](const char* name, const char* about) -> CLI::App& {
    return *program.add_subcommand(name, about)->allow_extras();
  };
  serve_words serve{add("serve", "takes feeds in and serves clients")};
  tail_words tail{add("tail", "prints what a server sends, one message a line")};
  verify_words verify{add("verify", "checks a server, or a capture of what it said")};
  replay_words replay{add("replay", "prints what a client would have been told, from a journal")};
  journal_words journal{add("journal", "looks after the files of tickcast serve --journal")};
  const std::map<std::string, std::function<command()>> commands{
      {"tickcast serve", [&] { return serve.command(); }},
      {"tickcast tail", [&] { return tail.command(); }},
      {"tickcast verify", [&] { return verify.command(); }},
      {"tickcast replay", [&] { return replay.command(); }},
      {"tickcast journal check", [&] { return journal.command(false); }},
      {"tickcast journal repair", [&] { return journal.command(true); }}};

  // What was said, down to its last part.
  const CLI::App* said = &program;
  std::string above, name = program.get_name();
  const auto go_down = [&] {
    while (!said->get_subcommands().empty()) {
      said = said->get_subcommands().front();
      above = name;
      name += " " + said->get_name();
    }
  };
  try {
    program.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    go_down();
    return say{said->help(above)};
  } catch (const CLI::CallForVersion&) {
    return say{version_line() + "\n"};
  } catch (const CLI::ParseError& error) {
    throw config_error(error.what());
  }
  refuse_extras(program, name);
  go_down();
  refuse_extras(*said, name);
  const auto found = commands.find(name);
  if (found == commands.end())
    throw config_error(fmt::format("what to do is not said: {} {}; {} --help explains", name, parts_of(*said), name));
  return found->second();
}

}  // namespace tickcast::app
