// A bot's eyes: the book of one symbol, always right or said not to be, and all of its trades, over any number of connections.
//
//   npm install && node bot.mjs wss://localhost:8443 AAPL --insecure
//
// What a strategy would do stands where this one prints. Everything that goes wrong is printed, too: what was lost and why,
// and when it is going to be back.
import WebSocket from "ws";
import { connect } from "tickcast-client";
import { book } from "tickcast-client/book";

const [url, symbol] = process.argv.slice(2).filter((word) => !word.startsWith("--"));
if (!url || !symbol) {
  console.error("usage: node bot.mjs wss://HOST:PORT SYMBOL [--insecure]");
  process.exit(2);
}

// A self-signed certificate is for trying out: with --insecure any is taken.
class Socket extends WebSocket {
  constructor(address, protocol) {
    super(address, protocol, { rejectUnauthorized: !process.argv.includes("--insecure") });
  }
}
let client;
try {
  client = connect(url, { WebSocket: Socket });
} catch (error) {
  console.error(error.message); // what is wrong with the address
  process.exit(2);
}

client.on("state", (state) => {
  if (state.name === "live") console.log(`live ${state.welcome.session}`);
  if (state.name === "reconnecting") console.log(`reconnecting in ${state.in_ms} ms: ${state.why}`);
});
client.on("gap", ({ channel, s, f, n, why }) => console.log(`gap ${channel} ${s} ${f}…${n}: ${why}`));

const trades = client.subscribe("trades", symbol);
trades.on("message", ({ n, p, q }) => console.log(`trade ${n} ${p} × ${q}`));

const market = book(client, symbol);
market.on("stale", (why) => console.log(`book is not valid: ${why}`));
process.once("SIGINT", () => client.close());
process.once("SIGTERM", () => client.close());

// The newest book each time, never one that is out of date: a slow strategy sees fewer of them.
try {
  for await (const { n, bid, ask } of market) {
    console.log(`book ${n} ${bid ? `${bid.exact.price} × ${bid.exact.size}` : "-"} | ${ask ? `${ask.exact.price} × ${ask.exact.size}` : "-"}`);
  }
} catch (error) {
  console.error(`${error.code}: ${error.message}`); // no such symbol, or this client is not wanted
  process.exitCode = 1;
  client.close();
}
