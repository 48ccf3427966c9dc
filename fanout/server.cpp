#include "fanout/server.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <spdlog/spdlog.h>

#include "fanout/acceptor.hpp"
#include "fanout/ledger.hpp"
#include "fanout/shard.hpp"
#include "fanout/tls.hpp"

namespace tickcast::fanout {

server::server(boost::asio::io_context& main, server_options options, const wire::symbol_table& symbols,
               wire::inbox& inbox, std::vector<wire::lane*> lanes)
    : main_(main), options_(std::move(options)), ledger_(std::make_unique<ledger>()), drain_limit_(main) {
  if (!options_.certificate.none()) use(std::make_shared<tls_context>(options_.certificate));
  acceptor_ = std::make_unique<acceptor>(options_.listen, lanes.size(), options_.limits, *ledger_, tls_);
  for (wire::lane* lane : lanes)
    shards_.push_back(std::make_unique<shard>(static_cast<std::uint32_t>(shards_.size()), options_, symbols, inbox,
                                              *lane, *ledger_));
}

server::~server() { stop(); }

void server::start() {
  std::vector<shard*> all;
  for (const auto& s : shards_) {
    s->start();
    all.push_back(s.get());
  }
  acceptor_->start(all);
}

const std::vector<std::unique_ptr<porter>>& server::porters() const { return acceptor_->porters(); }

boost::asio::ip::tcp::endpoint server::listening() const { return acceptor_->local(); }

std::optional<std::string> server::reload_certificate() {
  if (!tls_) return std::nullopt;
  try {
    use(std::make_shared<tls_context>(options_.certificate));
  } catch (const start_error& e) {
    reloads_[true].add();
    return e.what();
  }
  reloads_[false].add();
  acceptor_->renew(tls_);
  return std::nullopt;
}

void server::use(std::shared_ptr<tls_context> tls) {
  expiry_.store(tls->expiry(), std::memory_order_relaxed);
  tls_ = std::move(tls);
}

void server::drain(std::function<void()> done) {
  acceptor_->close();
  left_ = shards_.size();
  finished_ = std::move(done);
  const auto finish = [this] {
    drain_limit_.cancel();
    if (finished_) std::exchange(finished_, nullptr)();
  };
  for (const auto& s : shards_)
    s->drain(options_.limits.drain, [this, finish] {
      boost::asio::post(main_, [this, finish] {
        if (--left_ == 0) finish();
      });
    });
  drain_limit_.expires_after(options_.limits.drain);
  drain_limit_.async_wait([this, finish](boost::system::error_code stopped) {
    if (stopped || !finished_) return;
    spdlog::warn("drain: not everybody closed within the window; the rest is cut off");
    finish();
  });
}

void server::stop() {
  acceptor_->stop();
  for (const auto& s : shards_) s->stop();
}

}  // namespace tickcast::fanout
