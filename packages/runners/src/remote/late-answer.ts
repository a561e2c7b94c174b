/** The answer to a request that was given up, and whoever waits for it. One is made for each call, so it holds no promise until asked. */
export class LateAnswer {
  #isHere = false;
  #waiting: (() => void) | undefined;

  arrive(): void {
    this.#isHere = true;
    this.#waiting?.();
  }

  wait(): Promise<void> {
    return this.#isHere ? Promise.resolve() : new Promise((resolve) => (this.#waiting = resolve));
  }
}
