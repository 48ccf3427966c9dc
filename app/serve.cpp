#include "app/serve.hpp"

#include <malloc.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <sstream>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <spdlog/spdlog.h>

#include "app/feed_metrics.hpp"
#include "app/machine.hpp"
#include "app/process_metrics.hpp"
#include "app/setting.hpp"
#include "app/version.hpp"
#include "fanout/metrics.hpp"
#include "feed/epoch.hpp"

namespace tickcast::app {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

std::string text_of(const tcp::endpoint& endpoint) {
  std::ostringstream out;
  out << endpoint;
  return out.str();
}

tcp::endpoint resolve(asio::io_context& io, const std::string& address, const char* key) {
  const host_port at = split_address(address).value();  // the configuration has looked at it
  error_code ec;
  const auto found = tcp::resolver{io}.resolve(at.host, at.port, tcp::resolver::numeric_service, ec);
  if (ec) throw config_error(fmt::format("{}: {} cannot be found: {}", key, in_quotes(at.host), ec.message()));
  return found.begin()->endpoint();
}

fanout::certificate_source certificate_of(const config& c) { return {c.tls_cert, c.tls_key, c.self_signed}; }

std::vector<feed::uri> feeds_of(const config& c) {
  std::vector<feed::uri> out;
  for (const std::string& text : c.feeds) {
    out.push_back(feed::parse_uri(text));
    const auto* played = std::get_if<feed::recorded_settings>(&out.back().source);
    if (played && !c.journal.empty() &&
        std::filesystem::weakly_canonical(played->directory) == std::filesystem::weakly_canonical(c.journal))
      throw config_error(fmt::format("feed '{}': this server writes its own journal there; play a copy of it, or record "
                                     "elsewhere (--journal)", text));
  }
  return out;
}

std::optional<feed::journal> make_journal(const config& c) {
  if (c.journal.empty()) return std::nullopt;
  feeds_of(c);  // what is wrong with them is told before anything is made
  constexpr std::uint64_t mib = 1 << 20;
  feed::journal_settings made{c.journal, c.journal_file_mb * mib, c.journal_keep_mb * mib, feed::journal_sync::interval,
                              std::chrono::milliseconds{c.journal_sync_ms}};
  if (c.journal_sync == "always") made.sync = feed::journal_sync::always;
  if (c.journal_sync == "never") made.sync = feed::journal_sync::never;
  return std::optional<feed::journal>{std::in_place, std::move(made)};
}

feed::history_settings history_of(const config& c) {
  feed::history_settings made;
  made.path = c.history;
  made.flush = c.history_flush;
  made.keep_bytes = c.history_keep_mb * 1024 * 1024;
  for (const wire::period p : wire::all_periods)
    made.keep[wire::index_of(p)] = std::chrono::hours{24 * c.history_keep_days[wire::index_of(p)]};
  return made;
}

fanout::server_options options_of(const config& c, tcp::endpoint listen, std::string epoch, wire::bar_shelf& shelf,
                                  const wire::market_hours& hours) {
  fanout::server_options out;
  out.listen = listen;
  out.certificate = certificate_of(c);
  out.echo = c.echo;
  out.deflate = c.deflate;
  out.open_symbols = c.open_symbols;
  out.allowed_origins = c.allowed_origins;
  out.epoch = std::move(epoch);
  out.shelf = &shelf;
  out.hours = &hours;
  out.version = fmt::format("tickcast/{}", version());
  out.limits = c.limits;
  return out;
}

feed::bar_settings bars_of(const config& c, feed::archive& history) {
  constexpr std::size_t past_max = 1'000'000;  // read at the start: about a second
  feed::bar_settings made{feed::market_calendar{c.sessions}, feed::condition_rules{c.conditions}, c.bars_mb << 20};
  made.keeper = &history;
  made.past = [&history, most = std::min(made.bytes / sizeof(feed::candle), past_max)](const feed::bar_taker& take) {
    history.each_recent(most, take);
  };
  return made;
}

std::vector<std::unique_ptr<wire::lane>> make_lanes(const config& c) {
  const std::size_t shards = c.shards != 0 ? c.shards : std::min(usable_processors(), feed::shards_max);
  std::vector<std::unique_ptr<wire::lane>> out;
  for (std::size_t i = 0; i < shards; ++i) out.push_back(std::make_unique<wire::lane>(c.lane_capacity));
  return out;
}

std::vector<wire::lane*> pointers(const std::vector<std::unique_ptr<wire::lane>>& lanes) {
  std::vector<wire::lane*> out;
  for (const auto& lane : lanes) out.push_back(lane.get());
  return out;
}

std::string day_of(std::int64_t unix_seconds) {
  const std::time_t at = unix_seconds;
  std::tm parts{};
  ::gmtime_r(&at, &parts);
  return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

}  // namespace

void check(const config& c) {
  fanout::check_certificate(certificate_of(c));
  feeds_of(c);
}

serve::serve(const config& c)
    : config_(c),
      end_(main_, SIGTERM, SIGINT),
      hangup_(main_, SIGHUP),
      symbols_(c.max_symbols),
      lanes_(make_lanes(c)),
      journal_(make_journal(c)),
      epoch_(journal_ ? journal_->epoch() : feed::epoch_text(feed::new_epoch())),
      archive_(history_of(c), symbols_, epoch_),
      hours_(feed::market_calendar{c.sessions}),
      server_(main_, options_of(c, resolve(main_, c.listen, "listen"), epoch_, archive_, hours_),
              symbols_, inbox_, pointers(lanes_)),
      ingest_(feeds_of(c), symbols_, inbox_, pointers(lanes_), c.history_mb * 1024 * 1024, journal_ ? &*journal_ : nullptr,
              bars_of(c, archive_), c.limits.flush),
      admin_(resolve(main_, c.admin, "admin"),
             {make_build_metrics(), make_process_metrics(),
              make_feed_metrics(ingest_, symbols_, [this] { return ready(); }, journal_ ? &journal_->counts() : nullptr, archive_),
              fanout::make_fanout_metrics(server_)},
             [this] { return ready(); }) {}

int serve::run() {
  // Small pieces that were freed are joined at once. Put off, as is usual, all of them are joined in one go, for which thousands of clients
  // that left together made a shard stop for 10 to 16 ms.
  ::mallopt(M_MXFAST, 0);
  std::signal(SIGPIPE, SIG_IGN);  // a socket's end is an error of its write, not of the process
  std::signal(SIGXFSZ, SIG_IGN);  // and so is the largest size of a file
  archive_.start();
  ingest_.start();  // what may still fail, before the first word on the log
  spdlog::info("{}", version_line());
  if (const std::uint64_t descriptors = raise_descriptors(); descriptors < config_.limits.max_connections + 64)
    spdlog::warn("max_connections is {}, but this process may open only {} descriptors (ulimit -n)",
                 config_.limits.max_connections, descriptors);
  if (config_.feeds.empty())
    spdlog::warn("no feed is configured: there is no market, and /readyz stays 503 (--feed sim: makes one up)");
  if (config_.self_signed)
    spdlog::warn("the certificate is self-signed, made at start: for trying out, no client can know this server by it");

  admin_.start();
  server_.start();
  await_end();
  await_hangup();
  phase_ = phase::serving;
  if (const std::int64_t expiry = server_.certificate_expiry(); expiry != 0)
    spdlog::info("certificate expires {}", day_of(expiry));
  spdlog::info("ready listen={} admin={} tls={} shards={}", text_of(server_.listening()), text_of(admin_.listening()),
               config_.plain ? "off" : "on", lanes_.size());

  main_.run();

  server_.stop();
  ingest_.stop();
  archive_.stop();  // with all that ingest has told it
  admin_.stop();
  if (journal_) journal_->close();
  spdlog::info("ended");
  return 0;
}

void serve::await_end() {
  end_.async_wait([this](error_code ec, int signal) {
    if (ec) return;
    // A supervisor may say SIGTERM twice and mean one; a person who presses Ctrl-C twice has waited long enough.
    if (signal == SIGINT && ++interrupts_ == 2) {
      std::signal(SIGINT, SIG_DFL);
      std::raise(SIGINT);
    }
    if (phase_ != phase::draining) drain(signal == SIGINT ? "SIGINT" : "SIGTERM");
    await_end();
  });
}

void serve::drain(const char* signal) {
  phase_ = phase::draining;
  spdlog::info("{}: draining, for {} s at most (a second Ctrl-C ends at once)", signal,
               std::chrono::duration<double>{config_.limits.drain}.count());
  server_.drain([this] { main_.stop(); });
}

void serve::await_hangup() {
  hangup_.async_wait([this](error_code ec, int) {
    if (ec) return;
    if (config_.tls_cert.empty())
      spdlog::info("SIGHUP: there is no certificate file to read again");
    else if (const auto wrong = server_.reload_certificate())
      spdlog::error("SIGHUP: the certificate stays as it was: {}", *wrong);
    else
      spdlog::info("SIGHUP: certificate read again, expires {}", day_of(server_.certificate_expiry()));
    await_hangup();
  });
}

fanout::readiness serve::ready() const {
  fanout::readiness out;
  const phase now = phase_;
  if (now == phase::starting) out.reasons.push_back("starting");
  if (now == phase::draining) out.reasons.push_back("draining");
  const std::int64_t born = std::chrono::nanoseconds{born_.time_since_epoch()}.count();
  for (const auto& source : ingest_.sources()) {
    const auto last = static_cast<std::int64_t>(source->counts().last_tick_ns.value());
    const double silent = static_cast<double>(monotonic_ns() - std::max(last, born)) / 1e9;
    const bool stale = source->live() && silent > std::chrono::duration<double>{config_.feed_stale}.count();
    out.feeds.push_back({source->name(), source->live(), stale, std::max(silent, 0.0)});
  }
  if (out.feeds.empty())
    out.reasons.push_back("no feed");
  else if (!ingest_.live())
    out.reasons.push_back("no live feed");
  return out;
}

}  // namespace tickcast::app
