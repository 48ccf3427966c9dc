// The connection to /v1/stream: opens it, reads its frames, says honestly how it stands, and comes back when it is lost.
//  - Coming back follows the close-code table, and the server's own wish (`bye.retry_ms`); otherwise full-jitter back-off.
//  - A connection that says nothing for the server's `ping_s` and a margin is taken for dead. The server's own pings are seen by
//    no program in a browser, so after half of that time a question is asked that it has to answer.
// It knows no market and no subscription: messages go on as they came, and each new session starts from nothing.

import { Backoff, final, meaning, type Limits } from "./backoff.js";
import type { Message, Welcome } from "./protocol.js";
import { SbeReader } from "./sbe.js";

export type State =
  | { name: "connecting" }
  | { name: "live"; welcome: Welcome }
  /** `at`: when the next attempt is, by the wall clock, ms. */
  | { name: "reconnecting"; in_ms: number; at: number; code: number; why: string }
  /** `refused`: by the server, for good until something is changed (4500–4999); otherwise by `close()`. */
  | { name: "closed"; code: number; why: string; refused: boolean };

/** The part of a WebSocket that is used here. */
export interface Socket {
  binaryType: string;
  onopen: unknown;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: ((event: { message?: string; error?: { code?: string } }) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
  /** Of npm `ws`: ends it without waiting for the other side. */ terminate?(): void;
}
/** Every WebSocket there is, whatever its declarations say. */
export type SocketClass = new (url: string, protocols: string) => any;

/** Clock, timers and dice; a test brings its own. */
export interface World {
  now(): number;
  random(): number;
  /** Runs `what` in `ms`; the answer cancels it. */
  later(ms: number, what: () => void): () => void;
}

export const world: World = {
  now: () => Date.now(),
  random: Math.random,
  later: (ms, what) => {
    const timer = setTimeout(what, ms);
    return () => clearTimeout(timer);
  },
};

export interface Settings {
  url: string;
  encoding: "json" | "sbe";
  WebSocket: SocketClass;
  backoff: Limits;
  /** How long opening may take, ms. */ openMs: number;
  /** Beyond the server's `ping_s`, ms. */ marginMs: number;
  world: World;
}

export interface Owner {
  state(state: State, before: State): void;
  /** `bytes` is what the frame weighs, in characters where it is text. */
  frame(messages: Message[], bytes: number): void;
  /** Changes the text before it is read. */ text(frame: string): string;
}

/** A close follows an error at once, but not in every Node: so long it is waited for, ms. */
const grace = 100;
const question = '{"op":"ping","id":"alive"}';

export class Connection {
  state: State = { name: "connecting" };
  readonly #settings: Settings;
  readonly #owner: Owner;
  #socket: Socket | undefined;
  #reader = new SbeReader();
  #heard = 0;
  #asked = false;
  #since = 0;
  #wish: number | undefined;
  #cancel = (): void => {};
  readonly #backoff: Backoff;

  constructor(settings: Settings, owner: Owner) {
    this.#settings = settings;
    this.#owner = owner;
    this.#backoff = new Backoff(settings.world.random, settings.backoff);
  }

  /** Connect now, if it is not connected already. */
  open(forgive: boolean): void {
    if (this.#socket) return;
    const { WebSocket, url, encoding, openMs, world } = this.#settings;
    if (forgive) this.#backoff.reset();
    this.#since = 0;
    this.#wish = undefined;
    this.#asked = false;
    this.#reader = new SbeReader();
    this.#change({ name: "connecting" });
    const socket: Socket = new WebSocket(url, `tickcast.v1.${encoding}`);
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event) => this.#receive(event.data);
    let trouble: string | undefined; // no browser says any, on purpose
    socket.onclose = (event) => this.#lost(event.code, event.reason, trouble);
    socket.onerror = ({ message, error }) => {
      trouble = message || error?.code;
      if (socket === this.#socket) this.#after(grace, () => this.drop("", trouble));
    };
    this.#after(openMs, () => this.drop(`no welcome within ${openMs / 1000} s`));
    this.#heard = world.now();
  }

  /** Text of a command or of an array of them; only while it is live. */
  send(text: string): void {
    this.#socket?.send(text);
  }

  /** For good, or until `open`. */
  close(): void {
    const socket = this.#release();
    this.#change({ name: "closed", code: 1000, why: "closed by this client", refused: false });
    socket?.close(1000);
  }

  /** Gives this connection up, and comes back. */
  drop(why: string, trouble?: string): void {
    const socket = this.#socket;
    this.#lost(1006, why, trouble);
    if (socket?.terminate) socket.terminate();
    else socket?.close();
  }

  #receive(data: unknown): void {
    this.#heard = this.#settings.world.now();
    this.#asked = false;
    let messages: Message[];
    let bytes: number;
    try {
      const text = typeof data === "string";
      bytes = text ? data.length : (data as ArrayBuffer).byteLength;
      messages = this.#reader.read(text ? this.#owner.text(data) : data as ArrayBuffer) as Message[];
    } catch (error) {
      this.drop(`unreadable frame: ${(error as Error).message}`);
      return;
    }
    const first = messages[0];
    if (first?.e === "welcome") this.#welcome(first);
    for (const message of messages) if (message.e === "bye") this.#wish = message.retry_ms;
    this.#owner.frame(messages, bytes);
  }

  #welcome(welcome: Welcome): void {
    this.#since = this.#settings.world.now();
    this.#watch(welcome.ping_s * 1000 + this.#settings.marginMs);
    this.#change({ name: "live", welcome });
  }

  /** One timer that looks when silence could be over at the earliest, rather than one restarted by each message. */
  #watch(limit: number): void {
    const quiet = this.#settings.world.now() - this.#heard;
    if (quiet >= limit) {
      this.drop(`nothing heard for ${Math.round(quiet / 100) / 10} s`);
      return;
    }
    if (quiet >= limit / 2 && !this.#asked) {
      this.#asked = true;
      this.send(question);
    }
    this.#after((this.#asked ? limit : limit / 2) - quiet, () => this.#watch(limit));
  }

  #lost(code: number, reason: string, trouble?: string): void {
    if (!this.#socket) return;
    const { now } = this.#settings.world;
    this.#release();
    const why = reason || meaning(code, this.state.name === "live") + (trouble ? `: ${trouble}` : "");
    if (final(code)) {
      this.#change({ name: "closed", code, why, refused: true });
      return;
    }
    const drawn = this.#backoff.next(this.#since > 0 ? now() - this.#since : 0);
    const in_ms = this.#wish ?? drawn;
    this.#after(in_ms, () => this.open(false));
    this.#change({ name: "reconnecting", in_ms, at: now() + in_ms, code, why });
  }

  /** Nothing more is heard of this socket. */
  #release(): Socket | undefined {
    const socket = this.#socket;
    this.#cancel();
    this.#socket = undefined;
    if (socket) socket.onmessage = socket.onclose = null;
    return socket;
  }

  #after(ms: number, what: () => void): void {
    this.#cancel();
    this.#cancel = this.#settings.world.later(ms, what);
  }

  #change(state: State): void {
    const before = this.state;
    this.state = state;
    this.#owner.state(state, before);
  }
}
