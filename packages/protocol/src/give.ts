// Of the whole program, so that the copy of this package inside a plugin's bundle knows what another one marked.
const GIVEN = Symbol.for("berth.given");

/**
 * Says that nobody here will touch these bytes again. A link to a thread then hands the memory over instead of copying it, when the
 * bytes fill their buffer and are many; afterwards they are empty here. Without it every value is copied, and stays as it was.
 */
export function give<Bytes extends Uint8Array>(bytes: Bytes): Bytes {
  return Object.defineProperty(bytes, GIVEN, { value: true });
}

/** Whether {@link give} was said of them. */
export function isGiven(bytes: Uint8Array): boolean {
  return GIVEN in bytes;
}
