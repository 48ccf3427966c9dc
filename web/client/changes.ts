// An iterator over changes of something that can be looked at as a whole: whoever reads slowly is given the whole instead of
// every change, so nothing has to wait in any number.

export class Changes<T> implements AsyncIterableIterator<T> {
  #waiting: T[] = [];
  #reader: { resolve(result: IteratorResult<T>): void; reject(error: Error): void } | undefined;
  #over = false;
  #error: Error | undefined;

  /** @param most how many may wait  @param whole what stands for all that waits, when these would be more */
  constructor(private readonly most: number, private readonly whole: () => T, private readonly ended: (changes: Changes<T>) => void) {}

  push(change: T): void {
    if (this.#over) return;
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader) reader.resolve({ done: false, value: change });
    else if (this.#waiting.push(change) > this.most) this.#waiting = [this.whole()];
  }

  /** No more; what waits can still be read, and then the error. */
  end(error?: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#error = error;
    this.ended(this);
    const reader = this.#reader;
    if (reader) this.next().then(reader.resolve, reader.reject);
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#waiting.length > 0) return Promise.resolve({ done: false, value: this.#waiting.shift() as T });
    const error = this.#error;
    this.#error = undefined;
    if (error) return Promise.reject(error);
    if (this.#over) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => { this.#reader = { resolve, reject }; });
  }

  return(): Promise<IteratorResult<T>> {
    this.#waiting = [];
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
