/** How a call came about. */
export interface CallOrigin {
  /** Who began, then the methods that were called inside one another, the last one last. */
  chain: readonly string[];
  /** When the call must be over, milliseconds since 1970. */
  deadline: number;
}

/**
 * Which calls of services each plugin is handling, by the correlation id that all calls of one family share. What a plugin says of a
 * call is looked up here before it counts.
 */
export class CallsUnderWay {
  readonly #families = new Map<string, Map<string, Set<CallOrigin>>>();

  /** Notes that `handler` (`plugin/NAME`) is busy with a call, until disposed. */
  enter(handler: string, correlationId: string, origin: CallOrigin): Disposable {
    const families = entry(this.#families, handler, () => new Map<string, Set<CallOrigin>>());
    const family = entry(families, correlationId, () => new Set<CallOrigin>());
    family.add(origin);
    return {
      [Symbol.dispose]: () => {
        family.delete(origin);
        if (family.size === 0 && families.get(correlationId) === family) families.delete(correlationId);
        if (families.size === 0 && this.#families.get(handler) === families) this.#families.delete(handler);
      },
    };
  }

  /** What `handler` is doing in this family; of several calls the innermost, since which of them calls on cannot be known. */
  find(handler: string, correlationId: string): CallOrigin | undefined {
    let innermost: CallOrigin | undefined;
    for (const origin of this.#families.get(handler)?.get(correlationId) ?? []) {
      if (innermost === undefined || origin.chain.length > innermost.chain.length) innermost = origin;
    }
    return innermost;
  }

  /** Of all plugins. */
  get count(): number {
    let count = 0;
    for (const families of this.#families.values()) for (const family of families.values()) count += family.size;
    return count;
  }
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
