// An iterator over changes of something that can be looked at as a whole: whoever reads slowly is given the whole instead of
// every change, so nothing has to wait in any number.

import { Reader } from "./reader.js";

export class Changes<T> extends Reader<T> {
  readonly #most: number;
  readonly #whole: () => T;
  #waiting: T[] = [];

  /** @param most how many may wait  @param whole what stands for all that waits, when these would be more */
  constructor(most: number, whole: () => T, ended: (changes: Changes<T>) => void) {
    super(ended as (reader: Reader<T>) => void);
    this.#most = most;
    this.#whole = whole;
  }

  protected hold(change: T): void {
    if (this.#waiting.push(change) > this.#most) this.#waiting = [this.#whole()];
  }

  protected take(): T | undefined {
    return this.#waiting.shift();
  }

  protected clear(): void {
    this.#waiting = [];
  }
}
