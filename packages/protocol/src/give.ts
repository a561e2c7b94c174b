// Of the whole program, so that the copy of this package inside a plugin's bundle knows what another one marked.
const GIVEN = Symbol.for("berth.given");

type GivenBytes = Uint8Array & { [GIVEN]?: true };

/**
 * Says that nobody here will touch these bytes again. A link to a thread then hands the memory over instead of copying it, when the
 * bytes fill their buffer and are many; afterwards they are empty here. Without it every value is copied, and stays as it was.
 */
export function give<Bytes extends Uint8Array>(bytes: Bytes): Bytes {
  (bytes as GivenBytes)[GIVEN] = true;
  return bytes;
}

/** Whether {@link give} was said of them. */
export function isGiven(bytes: Uint8Array): boolean {
  return (bytes as GivenBytes)[GIVEN] === true;
}
