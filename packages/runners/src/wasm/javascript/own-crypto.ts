/** At most what the host gives at once, and the web's own bound. */
const MOST_BYTES = 65_536;

/** What of `crypto` needs no keys: random numbers. `bytes` asks the host for some. */
export function createCrypto(bytes: (length: number) => Uint8Array): object {
  return {
    getRandomValues<T extends ArrayBufferView>(target: T): T {
      if (target.byteLength > MOST_BYTES) {
        throw new DOMException(`More than ${MOST_BYTES} random bytes at once`, "QuotaExceededError");
      }
      const view = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
      view.set(bytes(target.byteLength));
      return target;
    },
    randomUUID(): string {
      const random = bytes(16);
      random[6] = (random[6]! & 0x0f) | 0x40;
      random[8] = (random[8]! & 0x3f) | 0x80;
      const hex = Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
      return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
    },
  };
}

/** `Math.random`: the engine's own begins with the same number in every component of one build. */
export function createRandom(bytes: (length: number) => Uint8Array): () => number {
  let pool = new Uint32Array(0);
  let next = 0;
  const word = (): number => {
    if (next >= pool.length) {
      pool = new Uint32Array(bytes(1_024).slice().buffer);
      next = 0;
    }
    return pool[next++]!;
  };
  return () => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) / 2 ** 53;
}
