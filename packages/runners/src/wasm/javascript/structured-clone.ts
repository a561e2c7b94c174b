const ERRORS: Readonly<Record<string, ErrorConstructor>> = {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

const PLAIN: ReadonlySet<unknown> = new Set([Object.prototype, null]);

/** `structuredClone` of values, without transfer. */
export function structuredCopy(value: unknown): unknown {
  return copyOf(value, new Map());
}

function copyOf(value: unknown, seen: Map<object, unknown>): unknown {
  if (typeof value === "function" || typeof value === "symbol") throw notCloneable(value);
  if (typeof value !== "object" || value === null) return value;
  const known = seen.get(value);
  if (known !== undefined) return known;
  const keep = <T extends object>(copy: T): T => {
    seen.set(value, copy);
    return copy;
  };
  if (Array.isArray(value)) {
    const copy = keep(Array.from<unknown>({ length: 0 }));
    copy.length = value.length;
    for (const index of Object.keys(value)) copy[Number(index)] = copyOf(value[Number(index)], seen);
    return copy;
  }
  if (value instanceof Date) return keep(new Date(value));
  if (value instanceof RegExp) return keep(new RegExp(value));
  if (value instanceof Map) {
    const copy = keep(new Map<unknown, unknown>());
    for (const [key, item] of value) copy.set(copyOf(key, seen), copyOf(item, seen));
    return copy;
  }
  if (value instanceof Set) {
    const copy = keep(new Set<unknown>());
    for (const item of value) copy.add(copyOf(item, seen));
    return copy;
  }
  if (value instanceof ArrayBuffer) return keep(value.slice());
  if (ArrayBuffer.isView(value)) return keep(copyOfView(value, seen));
  if (value instanceof Error) {
    const Kind = ERRORS[value.name] ?? Error;
    const copy = keep(new Kind(value.message, "cause" in value ? { cause: copyOf(value.cause, seen) } : {}));
    if (value.stack !== undefined) copy.stack = value.stack;
    return copy;
  }
  if (!PLAIN.has(Object.getPrototypeOf(value)) && Object.prototype.toString.call(value) !== "[object Object]") {
    throw notCloneable(value);
  }
  const copy = keep<Record<string, unknown>>({});
  for (const key of Object.keys(value)) copy[key] = copyOf((value as Record<string, unknown>)[key], seen);
  return copy;
}

function copyOfView(view: ArrayBufferView, seen: Map<object, unknown>): object {
  const buffer = copyOf(view.buffer, seen) as ArrayBuffer;
  const length = "length" in view ? (view.length as number) : view.byteLength;
  const Kind = view.constructor as new (buffer: ArrayBuffer, offset: number, length: number) => object;
  return new Kind(buffer, view.byteOffset, length);
}

function notCloneable(value: unknown): DOMException {
  return new DOMException(`${Object.prototype.toString.call(value)} could not be cloned.`, "DataCloneError");
}
