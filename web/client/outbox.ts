// Commands on their way: as many as the server's limits allow, in as few frames as these may be long, each with a number by
// which its answer finds it. What is asked in one turn goes together.

import type { World } from "./connection.js";
import type { Welcome } from "./protocol.js";

/** After a refusal for too many commands, ms. */
const pause = 1000;

export class Outbox<Request extends { command: object }> {
  readonly #world: World;
  readonly #send: (text: string) => void;
  #limits: Welcome["limits"] | undefined;
  #queue: Request[] = [];
  readonly #sent = new Map<number, Request>();
  #next = 1;
  #tokens = 0;
  #filled = 0;
  #due = false;
  #cancel = (): void => {};

  constructor(world: World, send: (text: string) => void) {
    this.#world = world;
    this.#send = send;
  }

  /** A session began. Two commands of its burst are left for questions about silence. */
  open(limits: Welcome["limits"]): void {
    this.#limits = { ...limits, burst: Math.max(1, limits.burst - 2) };
    this.#tokens = this.#limits.burst;
    this.#filled = this.#world.now();
  }

  /** It ended: all that got no answer. */
  close(): Request[] {
    this.#limits = undefined;
    this.#cancel();
    const all = [...this.#sent.values(), ...this.#queue];
    this.#sent.clear();
    this.#queue = [];
    return all;
  }

  put(request: Request): void {
    this.#queue.push(request);
    if (this.#due) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      this.#pump();
    });
  }

  /** Those that have not been sent and are not to be. */
  drop(unwanted: (request: Request) => boolean): void {
    this.#queue = this.#queue.filter((request) => !unwanted(request));
  }

  /** What an answer with this number answers. */
  take(id: unknown): Request | undefined {
    const request = this.#sent.get(id as number);
    this.#sent.delete(id as number);
    return request;
  }

  /** It came too fast. */
  again(request: Request): void {
    this.#queue.unshift(request);
    this.#tokens = 0;
    this.#later(pause);
  }

  #pump(): void {
    if (!this.#limits) return;
    const { commands_per_s, burst, frame_bytes } = this.#limits;
    const now = this.#world.now();
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#filled) * commands_per_s) / 1000);
    this.#filled = now;
    let frame = "";
    while (this.#queue.length > 0 && this.#tokens >= 1) {
      const request = this.#queue.shift() as Request;
      const id = this.#next++;
      this.#sent.set(id, request);
      this.#tokens -= 1;
      const text = JSON.stringify({ ...request.command, id });
      if (frame.length + text.length + 3 > frame_bytes) {
        this.#send(`[${frame}]`);
        frame = "";
      }
      frame += frame ? `,${text}` : text;
    }
    if (frame) this.#send(`[${frame}]`);
    if (this.#queue.length > 0) this.#later(Math.ceil(((1 - this.#tokens) * 1000) / commands_per_s));
  }

  #later(ms: number): void {
    this.#cancel();
    this.#cancel = this.#world.later(ms, () => this.#pump());
  }
}
