/** Changes that are reported before it is certain that there are no more of them. */
export interface Save {
  /** Whether nobody is in the midst of writing what changed. More files may follow all the same. */
  readonly isWhole: boolean;
  /** Resolves when it has been quiet for long enough. Rejects when something changes before: the signal of the report fires then, and another report follows. */
  readonly over: Promise<void>;
}

/** A {@link Save}, as whoever reports it has it. */
export class SaveOfReport implements Save {
  readonly isWhole: boolean;
  readonly over: Promise<void>;
  readonly end: () => void;
  /** Nothing, once it has ended. */
  readonly giveUp: (reason: Error) => void;

  constructor(isWhole: boolean) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.isWhole = isWhole;
    this.over = promise;
    this.end = resolve;
    this.giveUp = reject;
    // Whoever reports need not wait for it.
    promise.catch(() => undefined);
  }
}
