#include "plan.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace bench {
namespace {

constexpr const char* usage = R"(bench_load: many WebSocket clients in one process, for measuring the server they are connected to

  bench_load --port P --server-pid PID [options]

  --host A          numeric IPv4 address of the server (127.0.0.1)
  --port P          its port
  --server-pid PID  sample this process' CPU and memory at the edges of each phase
  --path /p         path of the upgrade (/v1/stream)
  --plain           no TLS
  --protocol NAME   arrays: tickcast's, over WebSocket; sbe: its tickcast.v1.sbe; lines: bench_floor's, without; nats: nats-server's, over WebSocket (arrays)
  --clients N       connections (1000)
  --sample M        of them, how many are checked message by message and timed (50)
  --symbols S       symbols of the market: PREFIX00000 … (1000)
  --k K             symbols each client subscribes to, drawn at random, its own set (20)
  --prefix X        first letters of the symbol names (S)
  --seed N          of the draw (1)
  --channel C       channel (trades)
  --options JSON    further members of the subscribe command, without braces
  --threads T       threads that read the clients which are only counted, each with its own epoll (1)
  --nap-us U        read those every U microseconds; 0: as soon as something comes, which makes the server's every send pay for
                    waking a reader on the same machine. The sampled clients are always read at once (500)
  --connecting C    handshakes under way at once (64)
  --connect-s X     deadline of connecting, and of subscribing (60)
  --settle-s X      quiet time before the idle memory is read (0.5)
  --warmup-s X      between the last acknowledgement and the window (2)
  --window-s X      measured time (5)
  --align-us W      messages come in bursts W µs apart: begin the window between two of them (0: anywhere)
  --storm           after the window drop all counted clients at once, let them come back and subscribe, and time those that stay
  --label TEXT      copied into the report

Writes one JSON object to standard output. Exit 0: a full window was measured (look at "errors" in it);
1: it was not; 2: bad command line.
)";

[[noreturn]] void refuse(std::string_view what, std::string_view value) {
  std::fprintf(stderr, "bench_load: %.*s: %.*s (see --help)\n", int(what.size()), what.data(), int(value.size()), value.data());
  std::exit(2);
}

template <class Number>
void read(std::string_view name, std::string_view text, Number& into, Number least, Number most) {
  Number value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most) refuse(std::string(name) + " wants another value than", text);
  into = value;
}

} // namespace

std::string plan::symbol(std::uint32_t index) const {
  char digits[16];
  std::snprintf(digits, sizeof digits, "%05u", index);
  return prefix + digits;
}

plan read_plan(int argc, char** argv) {
  plan p;
  for (int i = 1; i < argc; ++i) {
    std::string_view name = argv[i];
    if (name == "--help" || name == "-h") { std::fputs(usage, stdout); std::exit(0); }
    if (name == "--plain") { p.tls = false; continue; }
    if (name == "--storm") { p.storm = true; continue; }
    if (i + 1 == argc) refuse("no value after", name);
    std::string_view value = argv[++i];
    if (name == "--host") p.host = value;
    else if (name == "--port") read<std::uint16_t>(name, value, p.port, 1, 65535);
    else if (name == "--server-pid") read<int>(name, value, p.server_pid, 0, 1 << 30);
    else if (name == "--path") p.path = value;
    else if (name == "--protocol") {
      if (value == "arrays") p.speaks = protocol::arrays;
      else if (value == "sbe") p.speaks = protocol::sbe;
      else if (value == "lines") p.speaks = protocol::lines;
      else if (value == "nats") p.speaks = protocol::nats;
      else refuse("--protocol is arrays, sbe, lines or nats, not", value);
    }
    else if (name == "--clients") read<std::uint32_t>(name, value, p.clients, 1, 1'000'000);
    else if (name == "--sample") read<std::uint32_t>(name, value, p.sample, 0, 1'000'000);
    else if (name == "--symbols") read<std::uint32_t>(name, value, p.symbols, 1, 100'000);
    else if (name == "--k") read<std::uint32_t>(name, value, p.per_client, 1, 100'000);
    else if (name == "--prefix") p.prefix = value;
    else if (name == "--seed") read<std::uint64_t>(name, value, p.seed, 0, ~0ull);
    else if (name == "--channel") p.channel = value;
    else if (name == "--options") p.options = value;
    else if (name == "--threads") read<unsigned>(name, value, p.threads, 1, 64);
    else if (name == "--nap-us") read<std::uint32_t>(name, value, p.nap_us, 0, 1'000'000);
    else if (name == "--connecting") read<std::uint32_t>(name, value, p.connecting, 1, 100'000);
    else if (name == "--connect-s") read<double>(name, value, p.connect_s, 0.1, 3600);
    else if (name == "--settle-s") read<double>(name, value, p.settle_s, 0, 3600);
    else if (name == "--warmup-s") read<double>(name, value, p.warmup_s, 0, 3600);
    else if (name == "--window-s") read<double>(name, value, p.window_s, 0.1, 3600);
    else if (name == "--align-us") read<std::uint32_t>(name, value, p.align_us, 0, 10'000'000);
    else if (name == "--label") p.label = value;
    else refuse("no such option", name);
  }
  if (p.port == 0) refuse("missing", "--port");
  if (p.per_client > p.symbols) refuse("--k is more than", "--symbols");
  p.sample = std::min(p.sample, p.clients);
  return p;
}

} // namespace bench
