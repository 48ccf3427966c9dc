// The campaign: connects N clients to a running server, lets them idle, subscribes them, reads for a window, and reports as one JSON
// object what arrived, how late, and what the server used for it. Every phase has a deadline. It starts no server (run.sh does) and
// knows nothing about which server it is: peers of other kinds are measured by the same program.
#include "crowd.hpp"
#include "plan.hpp"
#include "server_probe.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <deque>
#include <functional>
#include <string>
#include <thread>

namespace {

using namespace bench;

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += std::uint8_t(c) < 0x20 ? ' ' : c;
  }
  return out + '"';
}

class json_object {
public:
  json_object& add(const char* name, const std::string& raw) {
    text_ += (text_.empty() ? "" : ",") + quoted(name) + ":" + raw;
    return *this;
  }
  json_object& add(const char* name, std::uint64_t value) { return add(name, std::to_string(value)); }
  json_object& add(const char* name, double value) {
    char digits[40];
    std::snprintf(digits, sizeof digits, "%.6g", value);
    return add(name, std::string(digits));
  }
  std::string text() const { return "{" + text_ + "}"; }

private:
  std::string text_;
};

std::string quantiles(const latency& of) {
  json_object out;
  out.add("count", of.count()).add("p50", std::uint64_t(of.quantile(0.5))).add("p99", std::uint64_t(of.quantile(0.99)));
  out.add("p999", std::uint64_t(of.quantile(0.999))).add("max", std::uint64_t(of.max()));
  if (of.negative()) out.add("negative", of.negative());
  return out.text();
}

struct edges {
  server_probe before, opened, idle, start, end, calm; // calm: the storm's end
};

// What the storm cost a client that came back: without what the server used anyway before it.
std::string storm_report(const edges& at, const latency& stayed, const latency& back) {
  double lasted_s = double(at.calm.at_us - at.end.at_us) / 1e6, window_s = double(at.end.at_us - at.start.at_us) / 1e6;
  double cpu_s = at.calm.cpu_s - at.end.cpu_s, usual_s = (at.end.cpu_s - at.start.cpu_s) / window_s * lasted_s;
  json_object out;
  out.add("s", lasted_s).add("clients", back.count()).add("server_cpu_s", cpu_s).add("server_cpu_share", cpu_s / lasted_s);
  out.add("server_cpu_us_per_client", back.count() ? std::max(0.0, cpu_s - usual_s) * 1e6 / double(back.count()) : 0.0);
  out.add("load_cpu_share", (at.calm.own_cpu_s - at.end.own_cpu_s) / lasted_s);
  out.add("stayed_us", quantiles(stayed)).add("back_us", quantiles(back));
  return out.text();
}

json_object report(const plan& what, const edges& at, const tally& start, const tally& end, const tally& whole, std::uint32_t opened, bool complete) {
  double window_s = double(at.end.at_us - at.start.at_us) / 1e6;
  auto messages = end.messages - start.messages, frames = end.frames - start.frames;
  auto each = [&](double amount, std::uint64_t of) { return of ? amount / double(of) : 0.0; };
  double cpu_s = at.end.cpu_s - at.start.cpu_s, own_s = at.end.own_cpu_s - at.start.own_cpu_s;

  json_object errors;
  for (auto& [text, count] : whole.errors) errors.add(text.c_str(), count);
  json_object threads;
  for (auto& [name, cpu] : at.end.thread_cpu_s) {
    auto was = at.start.thread_cpu_s.find(name);
    threads.add(name.c_str(), cpu - (was == at.start.thread_cpu_s.end() ? 0 : was->second));
  }

  json_object out;
  out.add("label", quoted(what.label)).add("nap_us", std::uint64_t(what.nap_us)).add("complete", std::string(complete ? "true" : "false"));
  out.add("clients", std::uint64_t(what.clients)).add("opened", std::uint64_t(opened)).add("symbols", std::uint64_t(what.symbols)).add("k", std::uint64_t(what.per_client));
  out.add("window_s", window_s).add("messages", messages).add("frames", frames);
  out.add("messages_per_s", double(messages) / window_s).add("messages_per_frame", each(double(messages), frames));
  out.add("payload_bytes_per_message", each(double(end.payload_bytes - start.payload_bytes), messages));
  out.add("wire_bytes", end.wire_bytes - start.wire_bytes).add("wire_bytes_per_message", each(double(end.wire_bytes - start.wire_bytes), messages));
  double system_s = at.end.system_s - at.start.system_s, both_s = system_s + at.end.user_s - at.start.user_s;
  out.add("server_cpu_s", cpu_s).add("server_cpu_share", cpu_s / window_s);
  out.add("server_system_us_per_message", each(both_s > 0 ? cpu_s * system_s / both_s * 1e6 : 0, messages));
  out.add("server_cpu_us_per_message", each(cpu_s * 1e6, messages)).add("server_threads_cpu_s", threads.text());
  out.add("load_cpu_s", own_s).add("load_cpu_share", own_s / window_s).add("load_cpu_us_per_message", each(own_s * 1e6, messages));
  out.add("latency_us", quantiles(end.tick_to_client));
  out.add("connect_tls_us", quantiles(whole.tls_us)).add("connect_open_us", quantiles(whole.open_us)).add("subscribe_us", quantiles(whole.subscribed_us));
  out.add("connect_s", double(at.opened.at_us - at.before.at_us) / 1e6);
  out.add("server_cpu_us_per_connect", each((at.opened.cpu_s - at.before.cpu_s) * 1e6, opened));
  json_object rss;
  rss.add("before", at.before.rss_kb).add("idle", at.idle.rss_kb).add("start", at.start.rss_kb).add("end", at.end.rss_kb);
  out.add("kernel_kb_per_idle_connection", each(double(at.idle.kernel_kb) - double(at.before.kernel_kb), opened));
  out.add("server_rss_kb", rss.text());
  out.add("rss_kb_per_idle_connection", each(double(at.idle.rss_kb) - double(at.before.rss_kb), opened));
  out.add("rss_kb_per_subscribed_connection", each(double(at.start.rss_kb) - double(at.before.rss_kb), opened));
  out.add("rss_kb_per_busy_connection", each(double(at.end.rss_kb) - double(at.before.rss_kb), opened));
  json_object check;
  check.add("messages", end.sampled_messages - start.sampled_messages).add("holes", whole.holes).add("repeats", whole.repeats);
  check.add("strangers", whole.strangers).add("gaps", whole.gaps);
  out.add("sample", check.text()).add("other_messages", whole.other_messages).add("errors", errors.text());
  return out;
}

// Looks every few milliseconds: phases last seconds, and a condition variable in the reading threads would be in what is measured.
bool reached(double deadline_s, const std::function<bool()>& done) {
  auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(deadline_s);
  while (!done()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

// Half a period after a burst has begun: then a window of whole periods holds whole bursts. Gives up after three periods.
void between_bursts(std::uint32_t period_us, const std::function<std::uint64_t()>& heard) {
  const auto start = steady_us();
  auto last = heard();
  auto changed = start;
  while (steady_us() - start < 3 * std::int64_t(period_us)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    auto now = steady_us();
    if (auto all = heard(); all != last) {
      if (now - changed > period_us / 4) break; // it was quiet, and is no longer
      last = all;
      changed = now;
    }
  }
  std::this_thread::sleep_for(std::chrono::microseconds(period_us / 2));
}

void pause(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

} // namespace

int main(int argc, char** argv) {
  const plan what = read_plan(argc, argv);
  std::signal(SIGPIPE, SIG_IGN);
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur < what.clients + 64) {
    std::fprintf(stderr, "bench_load: %u clients need %u open files, this shell allows %ju (ulimit -n)\n", what.clients, what.clients + 64, std::uintmax_t(files.rlim_cur));
    return 2;
  }

  SSL_CTX* context = what.tls ? tls_pipe::make_context() : nullptr;
  edges at;
  at.before = server_probe::of(what.server_pid);
  std::deque<crowd> crowds;
  for (std::uint32_t i = 0; i < what.threads && what.sample + i < what.clients; ++i)
    crowds.emplace_back(what, context, crowd::share{what.sample + i, what.clients, what.threads, false, what.nap_us});
  const auto counted = crowds.size();
  auto in_step = [&, counted](crowd::phase now) {
    std::uint64_t begun = 0, of = 0;
    for (std::size_t i = 0; i < counted; ++i) {
      begun += crowds[i].begun(now);
      of += crowds[i].size();
    }
    return of == 0 ? what.sample : std::uint32_t(begun * what.sample / of);
  };
  if (what.sample > 0) crowds.emplace_back(what, context, crowd::share{0, what.sample, 1, true, 0, in_step});
  auto all = [&](auto figure) {
    std::uint32_t sum = 0;
    for (auto& one : crowds) sum += (one.*figure)();
    return sum;
  };
  auto enter = [&](crowd::phase next) {
    for (auto& one : crowds) one.enter(next);
  };

  bool complete = reached(what.connect_s, [&] { return all(&crowd::opened) + all(&crowd::dead) >= what.clients; });
  at.opened = server_probe::of(what.server_pid);
  auto opened = all(&crowd::opened);
  enter(crowd::phase::idle);
  pause(what.settle_s);
  at.idle = server_probe::of(what.server_pid);
  if (opened > 0) {
    enter(crowd::phase::subscribe);
    complete &= reached(what.connect_s, [&] { return all(&crowd::subscribed) >= opened - std::min(opened, all(&crowd::dead)); });
    enter(crowd::phase::warm_up);
    pause(what.warmup_s);
  }
  if (opened > 0 && what.align_us > 0) {
    between_bursts(what.align_us, [&] {
      std::uint64_t sum = 0;
      for (auto& one : crowds) sum += one.heard();
      return sum;
    });
  }
  enter(crowd::phase::window);
  at.start = server_probe::of(what.server_pid);
  pause(opened > 0 ? what.window_s : 0);
  at.end = server_probe::of(what.server_pid);
  bool storm = what.storm && opened > 0;
  if (storm) {
    enter(crowd::phase::storm);
    auto all_in = [&] { return std::all_of(crowds.begin(), crowds.end(), [](auto& one) { return one.at() == crowd::phase::storm; }); };
    complete &= reached(10, all_in);
    complete &= reached(what.connect_s, [&] { return all(&crowd::subscribed) + all(&crowd::dead) >= opened; });
    at.calm = server_probe::of(what.server_pid);
  }
  enter(crowd::phase::over);
  for (auto& one : crowds) one.join();

  tally start, end, whole;
  latency stayed, back;
  bool first = false;
  for (auto& one : crowds) {
    start.add(one.at_start());
    end.add(one.at_end());
    whole.add(one.final());
    stayed.add(one.stayed());
    back.add(one.back());
    first |= one.first();
  }
  complete &= opened == what.clients && all(&crowd::dead) == 0;
  auto found = report(what, at, start, end, whole, opened, complete);
  found.add("timed_first", std::string(first ? "true" : "false")).add("threads", std::uint64_t(crowds.size()));
  if (storm) found.add("storm", storm_report(at, stayed, back));
  std::puts(found.text().c_str());
  crowds.clear();
  if (context) SSL_CTX_free(context);
  return complete ? 0 : 1;
}
