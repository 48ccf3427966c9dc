#include "app/verdict.hpp"

#include <spdlog/fmt/fmt.h>

#include "wire/message.hpp"
#include "wire/text.hpp"

namespace tickcast::app {
namespace {

// 1234567 as 1,234,567.
std::string grouped(std::uint64_t number) {
  std::string out = std::to_string(number);
  for (std::size_t at = out.size(); at > 3;) out.insert(at -= 3, 1, ',');
  return out;
}

std::string counted(std::uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", grouped(number), noun, number == 1 ? "" : "s");
}

std::string millis(std::int64_t us) { return fmt::format("{:.2f} ms", static_cast<double>(us) / 1000); }

// Another machine's clock, or a market of another day, tells nothing.
bool clocks_agree(const latency& l) { return l.count() > 0 && l.least() >= 0 && l.percentile(0.5) < 10'000'000; }

}  // namespace

std::string verdict::summary() const {
  const auto& h = heard;
  std::string out = counted(connections, "connection");
  out += capture ? " in the capture" : fmt::format(" for {:.1f} s", seconds);
  out += fmt::format(": {}, the largest of {}; {}", counted(h.frames, "frame"), counted(h.largest_frame, "byte"),
                     counted(h.messages, "message"));
  if (seconds > 0)
    out += fmt::format(", {} a second", grouped(static_cast<std::uint64_t>(static_cast<double>(h.messages) / seconds)));
  out += fmt::format("\nmessages: {} plain, {} merged of {}, {} of snapshots; {}\n", grouped(h.plain), grouped(h.merged),
                     grouped(h.merged_ticks), grouped(h.snapshots), counted(h.streams, "stream"));
  out += "gaps:";
  for (std::size_t i = 0; i < wire::gap_why_count; ++i) {
    out += fmt::format("{} {} {}", i ? "," : "", grouped(h.gaps[i]), wire::name_of(static_cast<wire::gap_why>(i)));
    if (h.gaps[i]) out += fmt::format(" ({})", counted(h.missing[i], "number"));
  }
  out += fmt::format("\ncompared: {} told twice; {} merged with what they cover ({} could not be), of which {} span "
                     "seconds and {} minutes; {} with their trades\n",
                     counted(compared.messages, "message"), grouped(compared.merges), grouped(compared.passed_over),
                     grouped(compared.across_seconds), grouped(compared.across_minutes), counted(compared.bars, "bar"));
  if (capture) return out;
  out += fmt::format("opened {}, cut {}, broken {}, closed by the server", counted(opened, "time"), grouped(cuts),
                     grouped(broken));
  if (closed.empty()) out += " 0";
  for (const auto& [code, count] : closed) out += fmt::format(" {} with {}", grouped(count), code);
  out += fmt::format("; {} recovered, {} not\n", counted(h.recovered, "stream"), grouped(h.refused_resumes));
  if (clocks_agree(delay))
    out += fmt::format("venue time to here: p50 {}, p99 {}, most {}\n", millis(delay.percentile(0.5)), millis(delay.percentile(0.99)),
                       millis(delay.most()));
  return out + fmt::format("{}, seed {}\n", counted(commands, "command"), seed);
}

std::string verdict::json() const {
  wire::text to;
  const auto count = [&](std::string_view key, std::uint64_t value) {
    to.add(",\"").add(key).add("\":").add_count(value);
  };
  const auto words = [&](std::string_view key, const std::string& value) {
    to.add(",\"").add(key).add("\":");
    value.empty() ? to.add("null") : to.add_quoted(value);
  };
  to.add(good() ? R"({"ok":true)" : R"({"ok":false)");
  words("violation", violation);
  words("failure", failure);
  to.add(fmt::format(R"(,"seconds":{:.3f})", seconds));
  count("connections", connections);
  count("opened", opened);
  count("cuts", cuts);
  count("broken", broken);
  to.add(R"(,"closed":{)");
  wire::comma between;
  for (const auto& [code, times] : closed) {
    between.put(to);
    to.add(fmt::format("\"{}\":{}", code, times));
  }
  to.add('}');
  count("commands", commands);
  count("seed", seed);
  count("frames", heard.frames);
  count("bytes", heard.bytes);
  count("largest_frame", heard.largest_frame);
  count("messages", heard.messages);
  count("plain", heard.plain);
  count("merged", heard.merged);
  count("merged_ticks", heard.merged_ticks);
  count("snapshots", heard.snapshots);
  count("streams", heard.streams);
  count("answers", heard.answers);
  count("heartbeats", heard.heartbeats);
  count("rates", heard.rates);
  count("recovered", heard.recovered);
  count("not_recovered", heard.refused_resumes);
  to.add(R"(,"gaps":{)");
  for (std::size_t i = 0; i < wire::gap_why_count; ++i)
    to.add(fmt::format(R"({}"{}":{{"count":{},"missing":{}}})", i ? "," : "", wire::name_of(static_cast<wire::gap_why>(i)),
                       heard.gaps[i], heard.missing[i]));
  to.add('}');
  count("told_twice", compared.messages);
  count("merges_compared", compared.merges);
  count("merges_passed_over", compared.passed_over);
  count("merges_across_seconds", compared.across_seconds);
  count("merges_across_minutes", compared.across_minutes);
  count("bars_compared", compared.bars);
  if (clocks_agree(delay))
    to.add(fmt::format(R"(,"delay_us":{{"p50":{},"p99":{},"most":{}}})", delay.percentile(0.5), delay.percentile(0.99),
                       delay.most()));
  to.add('}');
  return std::string{to.view()};
}

}  // namespace tickcast::app
