#include "app/command_line.hpp"

#include <algorithm>
#include <map>

#include <CLI/CLI.hpp>
#include <spdlog/fmt/fmt.h>

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
                  "sim:symbols=500&rate=50000     a larger market; also seed=N, prefix=S, mix=trades|quotes|T:Q\n"
                  "ndjson:PATH?speed=1|10|max     a file, also loop=N|forever; ndjson:- is standard input\n"
                  "ndjson+tcp://HOST:PORT         listens for publishers")
        ->type_name("URI")->allow_extra_args(false);
    set_ = to.add_option("--set", sets_, "any setting below; may be given several times")
               ->type_name("key=value")->allow_extra_args(false);
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

struct tail_words {
  tail_options options;
  std::string server;
  std::uint64_t interval_ms = 0;
  CLI::Option* interval;

  explicit tail_words(CLI::App& to) {
    to.add_option("URL", server, "wss://HOST:PORT or https://HOST:PORT; ws:// and http:// without TLS")->required();
    to.add_option("channel", options.channel, "trades or quotes")->required();
    to.add_option("symbols", options.symbols, "such as AAPL MSFT; '*' for all")->required();
    to.add_flag("--insecure", options.insecure,
                "take any certificate; otherwise the system must trust it, or the file SSL_CERT_FILE");
    to.add_option("--mode", options.mode, "every: each message; latest: merged as fast as this end reads")
        ->type_name("every|latest");
    interval = to.add_option("--interval-ms", interval_ms,
                             "with latest: at most one message a symbol in so many milliseconds")->type_name("N");
    to.add_option("--count", options.count, "end after so many messages of the channel")->type_name("N");
    to.add_flag("--raw", options.raw, "print whole frames as they come, each on a line");
    to.footer("Prints each message on a line of its own. Ends with 0 at Ctrl-C, with 1 when the connection breaks.");
  }

  tail_options command() {
    const auto parsed = parse_url(server);
    if (!parsed)
      throw config_error(in_quotes(server) + " is no address of a server; write it like wss://localhost:8443");
    options.server = *parsed;
    if (*interval) options.interval_ms = interval_ms;
    return options;
  }
};

struct verify_words {
  verify_options options;
  std::string what;
  std::vector<std::string> words;
  std::uint64_t seed = 0;
  CLI::Option *cutting, *seeded;

  explicit verify_words(CLI::App& to) {
    to.add_option("URL|FILE", what,
                  "wss://HOST:PORT of a server, as for tail; or a file that tail --raw\nwrote, - for standard input")
        ->required();
    to.add_option("words", words, "channels (all there are) and symbols (all): trades AAPL MSFT");
    const auto add = [&](const char* option, auto& to_what, const char* type, const char* meaning) {
      return to.add_option(option, to_what, meaning)->type_name(type);
    };
    add("--for", options.seconds, "SECONDS", "how long (default 10); 0: until Ctrl-C");
    add("--connections", options.connections, "N",
        "the first gets every message, the second and the third are merged\n"
        "for, the others take some symbols in some way (default 3)");
    cutting = add("--cut", options.cut_s, "SECONDS", "cut each connection but the first about so often; it resumes");
    add("--churn", options.churn, "N",
        "one connection more, which gives so many commands a second, as far\nas the server allows");
    add("--patience", options.patience_s, "SECONDS",
        "how long to wait for what was announced, and for a server that\nwent away (default 20)");
    to.add_flag("--insecure", options.insecure, "take any certificate");
    to.add_flag("--json", options.json, "the figures as one JSON object on stdout");
    seeded = to.add_option("--seed", seed, "repeats what a run chose by chance")->type_name("N");
    to.footer("Checks that every number is delivered once and in order, that merged messages are\n"
              "exact, that acknowledgements, snapshots, gaps and heartbeats are what docs/protocol.md\n"
              "says. Ends with 0 when all was right; with 1 and the first violation when not, or when\n"
              "the server cannot be reached.");
  }

  static void within(const char* option, double value, double least, double most) {
    if (!(value >= least && value <= most))
      throw config_error(fmt::format("{} must be from {} to {}, not {}", option, least, most, value));
  }

  verify_options command() {
    constexpr double month_s = 31 * 86400;
    within("--for", options.seconds, 0, month_s);
    within("--connections", static_cast<double>(options.connections), 1, 20'000);
    within("--churn", options.churn, 0, 100'000);
    within("--patience", options.patience_s, 0.1, month_s);
    if (*cutting) within("--cut", options.cut_s, 0.05, month_s);
    const bool path = what.find("://") == what.npos && (what.find(':') == what.npos || what.find('/') != what.npos);
    if (path) {
      options.file = what;
    } else if (options.server = parse_url(what); !options.server) {
      throw config_error(in_quotes(what) + " is no address of a server; write it like wss://localhost:8443");
    }
    for (const std::string& word : words) {
      static constexpr std::string_view channels[] = {"trades", "quotes", "bars", "book", "stats", "status"};
      const bool channel = std::find(std::begin(channels), std::end(channels), word) != std::end(channels);
      if (word != "*") (channel ? options.channels : options.symbols).push_back(word);
    }
    if (*seeded) options.seed = seed;
    return options;
  }
};

// Words that nobody asked for: an option or a command with a slip in it.
void refuse_extras(const CLI::App& of, std::vector<std::string_view> known, const char* kind) {
  const std::vector<std::string> extras = of.remaining();
  if (extras.empty()) return;
  for (const CLI::Option* option : of.get_options())
    for (const std::string& name : option->get_lnames()) known.push_back(name);
  const std::string& word = extras.front();
  const std::size_t dashes = std::min(word.find_first_not_of('-'), word.size());
  const std::string_view bare = std::string_view{word}.substr(dashes);
  const std::string_view close = nearest(bare.substr(0, bare.find('=')), known);
  const std::string name = of.get_parent() == nullptr ? "tickcast" : "tickcast " + of.get_name();
  throw config_error(fmt::format("there is no {} {}; {}", dashes == 0 ? kind : "option", in_quotes(word),
                                 close.empty() ? name + " --help lists what there is"
                                               : fmt::format("did you mean {}{}?", std::string(dashes, '-'), close)));
}

}  // namespace

command read_command_line(int argc, const char* const* argv) {
  CLI::App program{"Hands market data to thousands of clients over WebSocket and TLS.", "tickcast"};
  program.set_version_flag("--version", version_line());
  program.allow_extras();
  CLI::App& serve = *program.add_subcommand("serve", "takes feeds in and serves clients")->allow_extras();
  CLI::App& tail = *program.add_subcommand("tail", "prints what a server sends, one message a line")->allow_extras();
  CLI::App& verify = *program.add_subcommand("verify", "checks a server, or a capture of what it said")->allow_extras();
  serve_words serving{serve};
  tail_words tailing{tail};
  verify_words verifying{verify};

  try {
    program.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    if (serve.parsed()) return say{serve.help("tickcast")};
    if (verify.parsed()) return say{verify.help("tickcast")};
    return say{tail.parsed() ? tail.help("tickcast") : program.help()};
  } catch (const CLI::CallForVersion&) {
    return say{version_line() + "\n"};
  } catch (const CLI::ParseError& error) {
    throw config_error(error.what());
  }
  refuse_extras(program, {"serve", "tail", "verify"}, "command");
  refuse_extras(serve, {}, "argument");
  refuse_extras(tail, {}, "argument");
  refuse_extras(verify, {}, "argument");
  if (serve.parsed()) return serving.command();
  if (tail.parsed()) return tailing.command();
  if (verify.parsed()) return verifying.command();
  throw config_error("what to do is not said: tickcast serve, tail or verify; tickcast --help explains");
}

}  // namespace tickcast::app
