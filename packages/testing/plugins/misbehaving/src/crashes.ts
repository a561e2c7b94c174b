import type { CrashFault } from "./faults.ts";

const EXIT_CODE = 3;
const LEAKED = 200;
const FLOOD_LINES = 50_000;
const BUFFER_BYTES = 8 * 1_048_576;
const ARRAY_LENGTH = 100_000;
const BREATHER_MS = 1;

/** What ends the thread or process, or makes it useless. @param path of a file whose reading never ends, for `block-in-read`. */
export function crashesWith(path: string): Record<CrashFault, () => Promise<unknown>> {
  return {
    "throw-later": async () => {
      setTimeout(() => {
        throw new Error("thrown where nobody waits");
      }, BREATHER_MS);
      return nothing();
    },
    "reject-later": async () => {
      void Promise.reject(new Error("rejected where nobody waits"));
      return nothing();
    },
    exit: async () => process.exit(EXIT_CODE),
    abort: async () => process.abort(),
    loop: async () => {
      for (;;);
    },
    "heap-bomb": async () => {
      const kept: unknown[] = [];
      for (;;) {
        kept.push(Array.from({ length: ARRAY_LENGTH }, (_, index) => ({ index })));
        await breathe();
      }
    },
    "buffer-bomb": async () => {
      const kept: Buffer[] = [];
      for (;;) {
        kept.push(Buffer.alloc(BUFFER_BYTES, 1));
        await breathe();
      }
    },
    "leak-descriptors": async () => {
      const { openSync } = process.getBuiltinModule("node:fs");
      for (let opened = 0; opened < LEAKED; opened++) openSync("/dev/null", "r");
      throw new Error(`${LEAKED} descriptors are open`);
    },
    "flood-output": async () => {
      for (let line = 0; line < FLOOD_LINES; line++) process.stdout.write(`line ${line} of far too many\n`);
      throw new Error("said enough");
    },
    "block-in-read": async () => process.getBuiltinModule("node:fs").readFileSync(path),
  };
}

function nothing(): Promise<never> {
  return new Promise(() => undefined);
}

function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
