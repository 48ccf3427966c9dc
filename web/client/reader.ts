// An iterator over what comes: whoever waits is given it, and for a reader who comes later it is held. How, and how much of it, is
// for those to say who derive from it. When nothing more comes, what is held can still be read, and then the end or an error.

interface Waiter<T> { resolve(result: IteratorResult<T>): void; reject(error: Error): void }

export abstract class Reader<T> implements AsyncIterableIterator<T> {
  readonly #ended: (reader: Reader<T>) => void;
  readonly #waiters: Waiter<T>[] = [];
  #over = false;
  #error: Error | undefined;

  /** @param ended is told when nothing more is to be pushed */
  constructor(ended: (reader: Reader<T>) => void) {
    this.#ended = ended;
  }

  protected abstract hold(item: T): void;
  /** The next of what is held. */ protected abstract take(): T | undefined;
  protected abstract clear(): void;

  push(item: T): void {
    if (this.#over) return;
    const waiter = this.#waiters.shift();
    if (waiter) waiter.resolve({ done: false, value: item });
    else this.hold(item);
  }

  /** No more; what is held can still be read, and then the error. */
  end(error?: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#error = error;
    this.#ended(this);
    for (const waiter of this.#waiters.splice(0)) this.#finish(waiter);
  }

  next(): Promise<IteratorResult<T>> {
    return new Promise((resolve, reject) => {
      const value = this.take();
      if (value !== undefined) resolve({ done: false, value });
      else if (this.#over) this.#finish({ resolve, reject });
      else this.#waiters.push({ resolve, reject });
    });
  }

  return(): Promise<IteratorResult<T>> {
    this.end();
    this.clear();
    this.#error = undefined;
    return this.next();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #finish({ resolve, reject }: Waiter<T>): void {
    const error = this.#error;
    this.#error = undefined;
    if (error) reject(error);
    else resolve({ done: true, value: undefined });
  }
}
