#include "wire/close_code.hpp"

#include <gtest/gtest.h>

namespace tickcast::wire {
namespace {

TEST(CloseCode, HasTheNumbersOfTheContract) {
  const std::pair<close_code, int> table[] = {
      {close_code::normal, 1000},        {close_code::going_away, 1001},        {close_code::protocol_error, 1002},
      {close_code::unsupported, 1003},   {close_code::bad_payload, 1007},       {close_code::too_big, 1009},
      {close_code::internal, 1011},      {close_code::slow_consumer, 4008},     {close_code::stalled, 4009},
      {close_code::no_pong, 4010},       {close_code::idle, 4011},              {close_code::too_many_commands, 4029},
      {close_code::unauthorized, 4501},  {close_code::forbidden, 4503},         {close_code::too_many_connections, 4504},
  };
  for (const auto& [code, number] : table) EXPECT_EQ(static_cast<int>(code), number);
}

}  // namespace
}  // namespace tickcast::wire
