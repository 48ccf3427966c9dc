// Listeners by name. One that throws does not keep the others, or the connection, from going on: its error is thrown again
// outside, where the platform reports it.

type Listener<Value> = (value: Value) => void;

export class Emitter<Events> {
  #listeners: { [Name in keyof Events]?: Listener<Events[Name]>[] } = {};

  /** Calls `listener` from now on; what is returned ends that. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    this.#listeners[name] = [...(this.#listeners[name] ?? []), listener];
    return () => {
      this.#listeners[name] = (this.#listeners[name] ?? []).filter((one) => one !== listener);
    };
  }

  /** Whether anybody listened. @internal */
  emit<Name extends keyof Events>(name: Name, value: Events[Name]): boolean {
    const listeners = this.#listeners[name];
    if (!listeners || listeners.length === 0) return false;
    for (const listener of listeners) guard(listener, value);
    return true;
  }
}

/** @internal */
export function guard<Value>(listener: Listener<Value>, value: Value): void {
  try {
    listener(value);
  } catch (error) {
    setTimeout(() => { throw error; });
  }
}
