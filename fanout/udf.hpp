#pragma once
// TradingView's UDF, for its charting library: times in seconds, periods by names of its own, answers as tables, errors in
// its own words. What the nouns of /udf/… have in common.
#include <optional>
#include <string>
#include <string_view>

#include "fanout/rest.hpp"
#include "wire/period.hpp"

namespace tickcast::fanout {

inline constexpr std::string_view udf_exchange = "tickcast";  // feeds name no exchange for a symbol
inline constexpr std::string_view udf_type = "stock";         // … and no type
inline constexpr std::string_view udf_resolutions = R"(["1S","1","5","15","60","1D"])";

// "1S" "1" "5" "15" "60" "1D", and what the library shortens them to.
std::optional<wire::period> udf_period(std::string_view resolution);

// The symbol that is meant: the library puts the exchange in front of it at times. Symbols may have a colon themselves, so
// only our own is taken away.
std::string_view udf_symbol(std::string_view name);

// The library shows the message and looks at no status.
rest_answer udf_refusal(int status, std::string_view message);

void udf_config(rest_call call);
void udf_time(rest_call call);
void udf_symbols(rest_call call);
void udf_search(rest_call call);
void udf_history(rest_call call);

}  // namespace tickcast::fanout
