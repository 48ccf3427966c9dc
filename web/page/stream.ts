// The connection to /v1/stream: opens it, keeps it, says honestly how it stands, and comes back when it is lost.
//  - A connection that says nothing for 15 s is taken for dead: the server sends a heartbeat each 5 s.
//  - Coming back follows the close-code table and the server's own wish (`bye.retry_ms`); otherwise full-jitter back-off.
//  - Each new session starts from nothing: `opened` tells the owner to subscribe again.
// It knows no market: every message goes on to the owner as it came.

import { Backoff } from "./backoff";
import { closing } from "./closing";
import type { Command, Message, Welcome } from "./message";

export type State =
  | { name: "connecting" }
  | { name: "live" }
  /** `at`: when the next attempt is, on the clock of `World.now`. */
  | { name: "reconnecting"; at: number; why: string }
  | { name: "stopped"; why: string };

export interface Owner {
  state(state: State): void;
  opened(welcome: Welcome): void;
  messages(messages: Message[]): void;
  /** Round trip of a ping, ms, and the server's time in its answer, µs. */ roundTrip(ms: number, t: number): void;
}

/** The part of a WebSocket that is used here. */
export interface Socket {
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

/** What the outside world gives; a test brings its own. */
export interface World {
  connect(url: string): Socket;
  now(): number;
  /** Runs `what` in `ms`; the answer cancels it. */
  later(ms: number, what: () => void): () => void;
}

export const browser: World = {
  connect: (url) => new WebSocket(url) as unknown as Socket,
  now: () => performance.now(),
  later: (ms, what) => {
    const timer = setTimeout(what, ms);
    return () => clearTimeout(timer);
  },
};

/** Silence after which a connection counts as dead, ms. */
export const silence = 15_000;
/** How often the round trip is measured, ms. */
export const pulse = 5_000;

export class Stream {
  private socket: Socket | undefined;
  private heard = 0;
  private opened = 0;
  private wish: number | undefined;
  private pinged: { id: string; at: number } | undefined;
  private pings = 0;
  private readonly timers = new Map<string, () => void>();
  private current: State = { name: "connecting" };

  constructor(
    private readonly url: string,
    private readonly owner: Owner,
    private readonly world: World = browser,
    private readonly backoff: Backoff = new Backoff(),
  ) {}

  get state(): State {
    return this.current;
  }

  /** Connect now: at the start, and when a person or the network says that waiting is pointless. */
  start(): void {
    if (this.socket) return;
    this.rest();
    this.opened = 0;
    this.wish = undefined;
    this.heard = this.world.now();
    this.change({ name: "connecting" });
    const socket = this.world.connect(this.url);
    this.socket = socket;
    socket.onmessage = (event) => this.receive(event.data);
    socket.onclose = (event) => this.lost(event.code, event.reason);
    this.watch();
  }

  /** The same, asked for by hand: the failures so far are forgiven. */
  retry(): void {
    this.backoff.reset();
    this.start();
  }

  /** Commands go as one frame. Without a session they are dropped: `opened` is where to say them again. */
  send(...commands: Command[]): void {
    if (this.current.name === "live" && commands.length > 0) {
      this.socket?.send(JSON.stringify(commands.length === 1 ? commands[0] : commands));
    }
  }

  private receive(data: unknown): void {
    this.heard = this.world.now();
    const messages = read(data);
    if (!messages) {
      this.drop("unreadable message");
      return;
    }
    for (const message of messages) {
      if (message.e === "welcome") this.welcome(message);
      else if (message.e === "bye") this.wish = message.retry_ms;
      else if (message.e === "pong" && message.id === this.pinged?.id) this.owner.roundTrip(this.heard - (this.pinged?.at ?? 0), message.t);
    }
    this.owner.messages(messages);
  }

  private welcome(welcome: Welcome): void {
    this.opened = this.world.now();
    this.change({ name: "live" });
    this.owner.opened(welcome);
    this.ping();
  }

  private ping(): void {
    this.pings += 1;
    this.pinged = { id: `ping-${this.pings}`, at: this.world.now() };
    this.send({ op: "ping", id: this.pinged.id });
    this.after("ping", pulse, () => this.ping());
  }

  /** One timer that looks when silence could be over at the earliest, rather than one restarted by each message. */
  private watch(): void {
    const left = this.heard + silence - this.world.now();
    if (left <= 0) this.drop(`nothing heard for ${silence / 1000} s`);
    else this.after("watch", left, () => this.watch());
  }

  private drop(why: string): void {
    const socket = this.socket;
    this.lost(1006, why);
    socket?.close();
  }

  private lost(code: number, reason: string): void {
    if (!this.socket) return;
    this.socket.onmessage = null;
    this.socket.onclose = null;
    this.socket = undefined;
    this.rest();
    const verdict = closing(code, reason);
    if (!verdict.retry) {
      this.change({ name: "stopped", why: verdict.text });
      return;
    }
    const lived = this.opened > 0 ? this.world.now() - this.opened : 0;
    const wait = this.wish ?? this.backoff.next(lived);
    this.change({ name: "reconnecting", at: this.world.now() + wait, why: verdict.text });
    this.after("start", wait, () => this.start());
  }

  private after(name: string, ms: number, what: () => void): void {
    this.timers.get(name)?.();
    this.timers.set(name, this.world.later(ms, what));
  }

  private rest(): void {
    for (const stop of this.timers.values()) stop();
    this.timers.clear();
    this.pinged = undefined;
  }

  private change(state: State): void {
    this.current = state;
    this.owner.state(state);
  }
}

/** A frame is an array of messages. */
function read(data: unknown): Message[] | undefined {
  if (typeof data !== "string") return undefined;
  try {
    const parsed: unknown = JSON.parse(data);
    return Array.isArray(parsed) ? (parsed as Message[]) : undefined;
  } catch {
    return undefined;
  }
}

/** Where the stream of the page's own server is. */
export function address(page: { protocol: string; host: string }): string {
  return `${page.protocol === "https:" ? "wss" : "ws"}://${page.host}/v1/stream`;
}
