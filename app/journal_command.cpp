#include "app/journal_command.hpp"

#include <ctime>
#include <iostream>

#include <spdlog/fmt/fmt.h>

#include "feed/journal_survey.hpp"

namespace tickcast::app {

namespace {

constexpr std::size_t lines_max = 100;  // of numbers that are lost; more are counted

std::string time_of(std::int64_t unix_ns) {
  const std::time_t at = unix_ns / 1'000'000'000;
  std::tm parts{};
  ::gmtime_r(&at, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string counted(std::uint64_t number, const char* what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

std::string name_of(std::uint32_t file) { return fmt::format("{:06}.journal", file); }

void print_files(const feed::journal_survey& found) {
  for (const auto& file : found.files) {
    std::cout << fmt::format("{}  epoch {}  {} bytes  {} ticks", name_of(file.number), feed::epoch_text(file.epoch), file.bytes,
                             file.ticks);
    if (file.ticks > 0) std::cout << fmt::format("  {} to {}", time_of(file.first_ns), time_of(file.last_ns));
    std::cout << '\n';
  }
  std::cout << fmt::format("{}, {}, {}, {}\n", counted(found.files.size(), "file"), counted(found.epochs, "epoch"),
                           counted(found.symbols, "symbol"), counted(found.ticks, "tick"));
}

void print_lost(const feed::journal_survey& found) {
  std::size_t lines = 0;
  for (const auto& gone : found.lost) {
    if (++lines > lines_max) continue;
    std::cout << fmt::format("lost: {} {} {} to {}\n", gone.symbol, wire::name_of(gone.channel), gone.first, gone.last);
  }
  if (lines > lines_max) std::cout << fmt::format("lost: {} more of them\n", lines - lines_max);
  if (found.more_may_be_lost)
    std::cout << "lost: perhaps the last numbers too, so the next start begins a new epoch\n";
}

}  // namespace

int journal(const journal_options& options) {
  const feed::journal_survey found =
      options.repair ? feed::repair_journal(options.directory) : feed::survey_journal(options.directory);
  print_files(found);
  for (const auto& hole : found.repaired)
    std::cout << fmt::format("repaired before: {}, offset {}: {} bytes are lost\n", name_of(hole.file), hole.offset, hole.bytes);
  for (const auto& hole : found.holes)
    std::cout << fmt::format("damaged: {}, offset {}: {} ({} bytes)\n", name_of(hole.file), hole.offset, hole.what, hole.bytes);
  print_lost(found);
  if (found.tail.bytes > 0)
    std::cout << fmt::format("{} ends with {} bytes of a block that {}; the next start cuts them off\n",
                             name_of(found.tail.file), found.tail.bytes,
                             found.tail.cut ? "was never finished" : "cannot be read");
  if (found.holes.empty()) {
    std::cout << (options.repair ? "nothing to repair\n" : "ok\n");
    return 0;
  }
  if (!options.repair) {
    std::cout << fmt::format("\"tickcast journal repair {}\" saves what can be read\n", options.directory);
    return 1;
  }
  std::cout << "repaired; the files as they were are beside them, with .damaged at the end of their names\n";
  return 0;
}

}  // namespace tickcast::app
