/**
 * A typed, synchronous announcement. Calls command, events announce: a listener can neither stop nor fail what it hears of,
 * so an error thrown by one goes to `onListenerError` and the others still hear.
 */
export class Emitter<T> {
  readonly #listeners = new Set<(event: T) => void>();
  readonly #onListenerError: (error: unknown) => void;

  constructor(onListenerError: (error: unknown) => void = reportLater) {
    this.#onListenerError = onListenerError;
  }

  on(listener: (event: T) => void): Disposable {
    // A wrapper, so that one function may listen twice and be undone once each.
    const own = (event: T): void => listener(event);
    this.#listeners.add(own);
    return { [Symbol.dispose]: () => void this.#listeners.delete(own) };
  }

  emit(event: T): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#onListenerError(error);
      }
    }
  }
}

/** Without an owner for listener errors they surface as uncaught ones: a bug must not vanish. */
function reportLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
