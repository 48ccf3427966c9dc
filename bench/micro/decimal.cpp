// Numbers from text and to text, beside what the standard library takes for a double.
#include "wire/decimal.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <charconv>
#include <string_view>

namespace tickcast {
namespace {

constexpr std::array<std::string_view, 8> texts{"189.34", "100", "0.00012345", "64231.5", "1e-7", "12", "3.1415926535", "0"};

void decimal_parse(benchmark::State& state) {
  std::size_t i = 0;
  for (auto _ : state) {
    std::string_view text = texts[i++ % texts.size()];
    benchmark::DoNotOptimize(text);
    benchmark::DoNotOptimize(wire::parse_decimal(text));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(decimal_parse);

void double_parse(benchmark::State& state) {
  std::size_t i = 0;
  for (auto _ : state) {
    std::string_view text = texts[i++ % texts.size()];
    benchmark::DoNotOptimize(text);
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    benchmark::DoNotOptimize(value);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(double_parse);

void decimal_write(benchmark::State& state) {
  std::array<wire::decimal, texts.size()> values;
  for (std::size_t i = 0; i < texts.size(); ++i) values[i] = *wire::parse_decimal(texts[i]);
  char to[wire::decimal_text_max];
  std::size_t i = 0;
  for (auto _ : state) {
    const wire::decimal& v = values[i++ % texts.size()];
    benchmark::DoNotOptimize(wire::write_decimal(to, v.mantissa, v.exponent));
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(decimal_write);

void double_write(benchmark::State& state) {
  std::array<double, texts.size()> values{};
  for (std::size_t i = 0; i < texts.size(); ++i)
    std::from_chars(texts[i].data(), texts[i].data() + texts[i].size(), values[i]);
  char to[64];
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(std::to_chars(to, to + sizeof to, values[i++ % texts.size()]).ptr);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(double_write);

}  // namespace
}  // namespace tickcast
