#include "app/tail.hpp"

#include <csignal>
#include <iostream>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <spdlog/fmt/fmt.h>

#include "app/client.hpp"
#include "wire/json_member.hpp"
#include "wire/text.hpp"
#include "wire/transcript.hpp"

namespace tickcast::app {

namespace {

using boost::system::error_code;
using wire::json_member;
using wire::json_text;

// stdout without a buffer of ours: a line is out when its frame is in, also in a pipe. False when nobody reads.
bool print(std::string_view lines) {
  while (!lines.empty()) {
    const ssize_t wrote = ::write(STDOUT_FILENO, lines.data(), lines.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    lines.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

std::string subscribe_command(const tail_options& options) {
  wire::text out;
  out.add(R"({"op":"subscribe","id":1,"channel":)").add_quoted(options.channel).add(R"(,"symbols":[)");
  for (const std::string& symbol : options.symbols)
    out.add(&symbol == &options.symbols.front() ? "" : ",").add_quoted(symbol);
  out.add(']');
  if (!options.period.empty()) out.add(R"(,"period":)").add_quoted(options.period);
  if (options.history) out.add(R"(,"history":)").add_count(*options.history);
  if (!options.mode.empty()) out.add(R"(,"mode":)").add_quoted(options.mode);
  if (options.interval_ms) out.add(R"(,"interval_ms":)").add_count(*options.interval_ms);
  if (options.depth) out.add(R"(,"depth":)").add_count(options.depth);
  out.add('}');
  return std::string{out.view()};
}

// Takes frames apart, prints, and knows when it is enough.
class reader {
 public:
  explicit reader(const tail_options& options) : options_(options) {}

  // False: that was the last one wanted, or `refused` says why there will be none.
  bool frame(std::string_view text) {
    out_.clear();
    bool more = true;
    wire::json_walk walk{text};
    if (options_.raw || !walk.ok() || walk.kind() != wire::json_kind::array) {
      out_.add(text).add('\n');
    } else {
      while (more && walk.next()) {
        out_.add(walk.value().raw).add('\n');
        more = message(walk.value().raw);
      }
    }
    return print(out_.view()) && more && refused_.empty();
  }

  const std::string& refused() const { return refused_; }

 private:
  bool message(std::string_view text) {
    const std::string_view event = json_member(text, "e").plain();
    if (event == "error") refused_ = fmt::format("the server refused: {}", json_text(text, "message"));
    if (event == "subscribed") subscribed(text);
    const bool data = event != "symbol" && !json_member(text, "s").raw.empty();
    return refused_.empty() && !(data && options_.count != 0 && ++counted_ == options_.count);
  }

  void subscribed(std::string_view ack) {
    wire::json_walk failed{json_member(ack, "failed").raw};
    std::string names;
    while (failed.next())
      names += fmt::format("{}{} ({})", names.empty() ? "" : ", ", json_text(failed.value().raw, "s"),
                           json_text(failed.value().raw, "code"));
    if (names.empty()) return;
    wire::json_walk taken{json_member(ack, "symbols").raw};
    if (taken.next())
      std::cerr << fmt::format("tickcast: not subscribed: {}\n", names);
    else
      refused_ = "nothing to follow: " + names;
  }

  const tail_options& options_;
  wire::text out_;
  std::string refused_;
  std::uint64_t counted_ = 0;
};

// The one connection of the program.
class follower final : public client::listener {
 public:
  follower(boost::asio::io_context& io, const tail_options& options)
      : options_(options), io_(io), patience_(io), end_(io, SIGINT, SIGTERM), reader_(options),
        dialer_(io, "tickcast-tail", options.insecure), client_(dialer_.dial(options.server, *this, options.encoding)) {
    end_.async_wait([this](error_code ec, int) {
      if (ec) return;
      client_->close();
      patience_.expires_after(std::chrono::seconds{1});  // a server that does not answer the goodbye
      patience_.async_wait([this](error_code late) {
        if (!late) io_.stop();
      });
    });
  }

  int code() const { return code_; }

 private:
  void opened() override { client_->send(subscribe_command(options_)); }

  void frame(std::string_view bytes, bool binary) override {
    const auto text = options_.encoding == wire::encoding::json ? std::optional{bytes} : script_.read(bytes, binary);
    if (!text) return fail("what the server sends cannot be read: " + script_.fault());
    if (reader_.frame(*text)) return;
    if (reader_.refused().empty()) return client_->close();
    fail(reader_.refused());
  }

  void ended(const farewell& how) override { fail(how.sentence); }
  void closed() override { io_.stop(); }

  void fail(std::string_view sentence) {
    std::cerr << fmt::format("tickcast: {}\n", sentence);
    code_ = 1;
    client_->cut();
    io_.stop();
  }

  const tail_options& options_;
  boost::asio::io_context& io_;
  boost::asio::steady_timer patience_;
  boost::asio::signal_set end_;
  reader reader_;
  wire::transcript script_;
  dialer dialer_;
  std::unique_ptr<client> client_;
  int code_ = 0;
};

}  // namespace

int tail(const tail_options& options) {
  std::signal(SIGPIPE, SIG_IGN);  // whoever reads our stdout may leave when he has enough
  boost::asio::io_context io{1};
  follower one{io, options};
  io.run();
  return one.code();
}

}  // namespace tickcast::app
