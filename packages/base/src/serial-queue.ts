/**
 * Runs tasks one after the other, in the order they were added. A task that fails does not stop the next one.
 */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  get size(): number {
    return this.#waiting;
  }

  run<T>(task: () => T | Promise<T>): Promise<T> {
    this.#waiting++;
    const result = this.#tail.then(task).finally(() => {
      this.#waiting--;
    });
    // The tail must never reject: the failure belongs to whoever holds `result`.
    this.#tail = result.catch(() => undefined);
    return result;
  }
}
