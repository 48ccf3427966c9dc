#pragma once
// The words of the commands that are clients of a server: tail and verify. For command_line.cpp alone.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <spdlog/fmt/fmt.h>

#include "app/setting.hpp"
#include "app/tail.hpp"
#include "app/url.hpp"
#include "app/verify.hpp"

namespace tickcast::app {

inline wire::encoding named_encoding(const std::string& name, const char* those) {
  if (const auto known = wire::encoding_named(name)) return *known;
  throw config_error(fmt::format("there is no encoding {}; it is {}", in_quotes(name), those));
}

struct tail_words {
  tail_options options;
  std::string server, encoding = "json";
  std::uint64_t interval_ms = 0, history = 0;
  CLI::Option *interval, *past;

  explicit tail_words(CLI::App& to) {
    to.add_option("URL", server, "wss://HOST:PORT or https://HOST:PORT; ws:// and http:// without TLS")->required();
    to.add_option("channel", options.channel, "trades, quotes, bars, book, stats or status")->required();
    to.add_option("symbols", options.symbols, "such as AAPL MSFT; '*' for all")->required();
    to.add_flag("--insecure", options.insecure,
                "take any certificate; otherwise the system must trust it, or the file SSL_CERT_FILE");
    to.add_option("--mode", options.mode, "every: each message; latest: merged as fast as this end reads")
        ->type_name("every|latest");
    interval = to.add_option("--interval-ms", interval_ms,
                             "with latest: at most one message a symbol in so many milliseconds")->type_name("N");
    to.add_option("--depth", options.depth, "of a book: levels a side, 1 to 1000 (default 10)")->type_name("N");
    to.add_option("--period", options.period, "of bars (default 1m)")->type_name("1s|1m|5m|15m|1h|1d");
    past = to.add_option("--history", history, "so many trades or bars of the past first")->type_name("N");
    to.add_option("--count", options.count, "end after so many messages of the channel")->type_name("N");
    to.add_option("--encoding", encoding, "how the market comes over the wire (it is printed as JSON; default json)")
        ->type_name("json|sbe");
    to.add_flag("--raw", options.raw, "print whole frames as they come, each on a line\n(of SBE: as the JSON that they stand for)");
    to.footer("Prints each message on a line of its own. Ends with 0 at Ctrl-C, with 1 when the connection breaks.");
  }

  tail_options command() {
    const auto parsed = parse_url(server);
    if (!parsed)
      throw config_error(in_quotes(server) + " is no address of a server; write it like wss://localhost:8443");
    options.server = *parsed;
    if (*interval) options.interval_ms = interval_ms;
    if (*past) options.history = history;
    options.encoding = named_encoding(encoding, "json or sbe");
    return options;
  }
};

struct verify_words {
  verify_options options;
  std::string what, encoding = "json";
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
    add("--encoding", encoding, "json|sbe|both", "how the market comes; both: to every second connection as SBE\n(default json)");
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
    options.encoding = encoding == "both" ? std::nullopt : std::optional{named_encoding(encoding, "json, sbe or both")};
    return options;
  }
};

}  // namespace tickcast::app
