// A client as the page's parts see it: what they subscribe to is written down, and a test says what comes.
export function desk() {
  const made = [];
  const one = (channel, symbols, options) => {
    const listeners = {};
    const subscription = {
      channel, options, closed: false, asked: [[...[symbols].flat()]], removed: [], changes: [], names: new Set([symbols].flat()),
      get symbols() { return [...this.names]; },
      on(name, listener) { (listeners[name] ??= []).push(listener); return () => {}; },
      say(name, value) { for (const listener of listeners[name] ?? []) listener(value); },
      add(...more) { this.asked.push(more); for (const symbol of more) this.names.add(symbol); return Promise.resolve(); },
      remove(...less) { this.removed.push(...less); for (const symbol of less) this.names.delete(symbol); },
      change(options) { this.changes.push(options); return Promise.resolve(); },
      close() { this.closed = true; this.say("close", undefined); },
    };
    made.push(subscription);
    return subscription;
  };
  return {
    made,
    /** What is subscribed to now. */
    get open() { return made.filter((subscription) => !subscription.closed); },
    subscribe: one,
    bars(symbol, period, options) { return Object.assign(one("bars", symbol, options), { symbol, period }); },
    on() { return () => {}; },
  };
}

/** Waits until `ready()` holds; the test's own deadline ends it. */
export async function until(ready) {
  while (!ready()) await new Promise((done) => setTimeout(done, 2));
}
