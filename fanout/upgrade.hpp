#pragma once
// A request that asks to become a WebSocket, checked and allowed.
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

namespace tickcast::fanout {

struct upgrade {
  boost::beast::http::request<boost::beast::http::string_body> request;
  bool echo = false;
};

}  // namespace tickcast::fanout
