#include "app/log.hpp"

#include <memory>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace tickcast::app {

namespace {

// "warn" is what the configuration calls it; spdlog would write "warning".
class level_name : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& to) override {
    const spdlog::string_view_t name = spdlog::level::to_string_view(message.level);
    const auto length = message.level == spdlog::level::warn ? 4 : name.size();
    to.append(name.data(), name.data() + length);
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<level_name>(); }
};

// The message, on one line whatever it holds.
class one_line : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& to) override {
    for (const char c : message.payload) to.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c);
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<one_line>(); }
};

}  // namespace

void start_log(const std::string& level) {
  auto format = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  format->add_flag<one_line>('*').add_flag<level_name>('#').set_pattern("%Y-%m-%dT%H:%M:%S.%fZ %# %*");
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  sink->set_formatter(std::move(format));
  auto logger = std::make_shared<spdlog::logger>("tickcast", std::move(sink));
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace tickcast::app
