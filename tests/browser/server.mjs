// One tickcast server of its own for a test: started on a free port, ready when it says so, ended by pid.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const binary = process.env.TICKCAST ?? fileURLToPath(new URL("../../build/release/app/tickcast", import.meta.url));

/** Rejects when `promise` takes longer than `ms`. */
export async function within(ms, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Starts a server; `port` 0 is any free one. Answers when it is ready. */
export async function serve({ port = 0, feed = "sim:", set = [] } = {}) {
  const settings = set.flatMap((setting) => ["--set", setting]);
  const args = ["serve", "--listen", `127.0.0.1:${port}`, "--admin", "127.0.0.1:0", "--self-signed", "--feed", feed, ...settings];
  const child = spawn(binary, args, { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal }));
  const ready = new Promise((resolve, reject) => {
    child.once("error", reject);
    ended.then(({ code }) => reject(new Error(`the server ended with ${code} before it was ready:\n${log}`)), () => {});
    child.stderr.setEncoding("utf8").on("data", (text) => {
      log = (log + text).slice(-64 * 1024);
      const match = /ready listen=127\.0\.0\.1:(\d+)/.exec(log);
      if (match) resolve(Number(match[1]));
    });
  });
  try {
    const real = await within(20_000, "starting the server", ready);
    return {
      port: real,
      url: `https://127.0.0.1:${real}/`,
      log: () => log,
      /** Sends a signal and waits for the end: `{ code, signal }`. */
      async end(signal = "SIGKILL") {
        child.kill(signal);
        return within(30_000, `ending the server by ${signal}`, ended);
      },
    };
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}
