// An iterator over changes of something that can be looked at as a whole: whoever reads slowly is given the whole instead of
// every change, so nothing has to wait in any number.

export class Changes<T> implements AsyncIterableIterator<T> {
  #waiting: T[] = [];
  #reader: ((result: IteratorResult<T>) => void) | undefined;
  #over = false;

  /** @param most how many may wait  @param whole what stands for all that waits, when these would be more */
  constructor(private readonly most: number, private readonly whole: () => T, private readonly ended: (changes: Changes<T>) => void) {}

  push(change: T): void {
    if (this.#over) return;
    if (this.#reader) this.#give({ done: false, value: change });
    else if (this.#waiting.push(change) > this.most) this.#waiting = [this.whole()];
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.ended(this);
    this.#give({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#waiting.length > 0) return Promise.resolve({ done: false, value: this.#waiting.shift() as T });
    if (this.#over) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => { this.#reader = resolve; });
  }

  return(): Promise<IteratorResult<T>> {
    this.#waiting = [];
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #give(result: IteratorResult<T>): void {
    this.#reader?.(result);
    this.#reader = undefined;
  }
}
