import { type Attack, node, wait } from "../aim.ts";

/** As much of the global as is used; its types come with the web's. */
interface WebAssemblyGlobal {
  Memory: new (limits: { initial: number }) => { buffer: ArrayBuffer };
}

/** More of everything than there is. */
export const RESOURCES: Record<string, Attack> = {
  "heap-bomb": () => {
    const held: unknown[] = [];
    for (;;) held.push(Array.from({ length: 100_000 }, (_, place) => ({ place })));
  },
  "buffer-bomb": async () => {
    const held: Uint8Array[] = [];
    for (;;) {
      held.push(new Uint8Array(16_777_216).fill(1));
      await Promise.resolve();
    }
  },
  "wasm-bomb": async () => {
    const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyGlobal };
    const held: unknown[] = [];
    for (;;) {
      const memory = new WebAssembly.Memory({ initial: 1_024 });
      new Uint8Array(memory.buffer).fill(1);
      held.push(memory);
      await Promise.resolve();
    }
  },
  "string-bomb": () => {
    const held: string[] = [];
    for (let n = 0; ; n++) held.push(Buffer.alloc(16_777_216, String(n)).toString("latin1"));
  },
  "thread-bomb": async () => {
    const { Worker } = node<typeof import("node:worker_threads")>("node:worker_threads");
    const threads = Array.from({ length: 500 }, () => new Worker("setInterval(() => 0, 1e6)", { eval: true }));
    await wait(1_000);
    return threads.length;
  },
  "fork-bomb": async () => {
    const { spawn } = node<typeof import("node:child_process")>("node:child_process");
    for (let n = 0; n < 500; n++) spawn("sh", ["-c", "sh -c 'sleep 60' & sh -c 'sleep 60'"]).once("error", () => 0);
    await wait(1_000);
  },
  spin: () => {
    for (;;);
  },
  "microtask-spin": async () => {
    for (;;) await Promise.resolve();
  },
  "regex-spin": () => /^(a+)+$/.test(`${"a".repeat(60)}!`),
  "output-flood": async () => {
    const line = `${"x".repeat(1_023)}\n`.repeat(1_024);
    for (let n = 0; n < 128; n++) {
      process.stdout.write(line);
      process.stderr.write(line);
      await wait(0);
    }
    return "written";
  },
  "endless-line": async () => {
    for (let n = 0; n < 64; n++) {
      process.stdout.write("x".repeat(1_048_576));
      await wait(0);
    }
    return "written";
  },
  "log-flood": async (_aim, ctx) => {
    for (let n = 0; n < 100_000; n++) {
      ctx.log.error("flood ".repeat(20), { n });
      if (n % 1_000 === 0) await wait(0);
    }
    return "logged";
  },
  "descriptor-bomb": () => {
    const fs = node<typeof import("node:fs")>("node:fs");
    for (;;) fs.openSync("/dev/null", "r");
  },
  "timer-bomb": async () => {
    for (let n = 0; n < 2_000_000; n++) setTimeout(() => undefined, 1);
    await wait(100);
    return "set";
  },
  "disk-bomb": () => {
    const fs = node<typeof import("node:fs")>("node:fs");
    const block = new Uint8Array(1_048_576).fill(1);
    for (let n = 0; n < 2_048; n++) fs.appendFileSync("/tmp/large", block);
    return "TOKEN two gigabytes written";
  },
  "data-bomb": async (_aim, ctx) => {
    const block = new Uint8Array(8 * 1_048_576).fill(1);
    for (let n = 0; n < 256; n++) await ctx.files.write(`block-${n}`, block);
    return "TOKEN two gigabytes written";
  },
  "store-bomb": async (_aim, ctx) => {
    const block = "x".repeat(60_000);
    for (let n = 0; n < 20_000; n++) await ctx.store.set(`block-${n}`, block);
    return "TOKEN a gigabyte stored";
  },
  "request-flood": async (_aim, ctx) => {
    await Promise.allSettled(Array.from({ length: 20_000 }, () => ctx.store.get("nothing")));
    return "asked";
  },
  "subscription-bomb": async (_aim, ctx) => {
    await Promise.all(Array.from({ length: 5_000 }, () => ctx.events.subscribe("hostile.*", () => undefined)));
    return "TOKEN subscribed";
  },
  "schedule-bomb": async (_aim, ctx) => {
    await Promise.all(Array.from({ length: 5_000 }, () => ctx.schedule.every(1, () => undefined)));
    return "TOKEN scheduled";
  },
  "huge-answer": () => "x".repeat(200 * 1_048_576),
  "deep-answer": () => {
    let value: unknown = 1;
    for (let n = 0; n < 100_000; n++) value = [value];
    return value;
  },
  "wide-answer": () => Object.fromEntries(Array.from({ length: 3_000_000 }, (_, place) => [`k${place}`, 0])),
  "exit-at-once": () => process.exit(0),
  "abort-at-once": () => process.abort(),
  "throw-out-of-turn": async () => {
    setTimeout(() => {
      throw new Error("nobody catches this");
    }, 0);
    await wait(1_000);
  },
};
