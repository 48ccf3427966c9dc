#pragma once
// The HTTP side of a connection: reads requests, serves the page, refuses what is not there, and hands a good upgrade
// on. Keep-alive, one request at a time, bounded in size and time: while the answer to one is made elsewhere, those behind
// it are not read. It is made when TLS is up and gone with the upgrade.
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "fanout/rest.hpp"
#include "wire/text.hpp"

namespace tickcast::fanout {

class connection;

class http_front {
 public:
  explicit http_front(connection& c) : connection_(c) {}
  void read();
  void timed_out();  // the connection's deadline has passed
  void answered(std::uint64_t ticket, rest_answer&& a);
  bool busy() const { return asked_ != 0 || sending_; }
  ~http_front();

 private:
  using request_type = boost::beast::http::request<boost::beast::http::string_body>;
  struct reply {
    int status = 200;
    std::string_view type = "application/json";
    std::string_view body;
    std::string headers;  // more of them, each with its line end
  };

  void received(boost::system::error_code error);
  void malformed(boost::system::error_code error);
  void serve(request_type& request);
  void serve_page(request_type& request, std::string_view path);
  void serve_rest(request_type& request, std::string_view path, rest_noun noun);
  bool welcome(request_type& request);
  void drop_answer();
  void upgrade_to(request_type& request, std::string_view path);
  void fail(int status, std::string_view code, std::string_view message, std::string headers = {});
  void compose_failure(int status, std::string_view code, std::string_view message, std::string headers = {});
  void compose(const reply& r);  // into `out_`
  void send();

  connection& connection_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  wire::text out_;
  bool keep_ = true, head_ = false, sending_ = false;
  std::uint64_t asked_ = 0, last_ticket_ = 0;  // the request that waits for its answer; 0: none
  std::size_t answer_bytes_ = 0;               // of it, until the socket has taken them
  std::string origin_headers_, none_match_;    // of that request
};

}  // namespace tickcast::fanout
