import type ChildProcesses from "node:child_process";
import type FileSystem from "node:fs";
import type { PluginContext } from "@berth/sdk";

/** Takes too much of one thing. What it gives back, and what it throws, is seen by the test. Every greed has a bound of its own. */
type Greed = (ctx: PluginContext, input: string) => string | number | void | Promise<string | number | void>;

const MIB = 1_048_576;

export const GREEDS = {
  heap: async () => {
    const held: unknown[] = [];
    for (let n = 0; n < 4_000; n++) {
      held.push(Array.from({ length: 10_000 }, (_, place) => ({ place })));
      if (n % 4 === 0) await pause(1);
    }
    return held.length;
  },
  buffers: async () => {
    const held: Uint8Array[] = [];
    for (let n = 0; n < 1_500; n++) {
      held.push(new Uint8Array(MIB).fill(1));
      if (n % 4 === 0) await pause(1);
    }
    return held.length;
  },
  spin: () => {
    const endsAt = Date.now() + 3_000;
    while (Date.now() < endsAt);
  },
  "write-through-host": (ctx, mib) => ctx.files.write("large", new Uint8Array(Number(mib) * MIB)),
  "write-itself": async (_ctx, mib) => {
    const { writeFileSync } = node<typeof FileSystem>("node:fs");
    for (let n = 0; n < Number(mib); n++) {
      writeFileSync(`/data/large-${n}`, new Uint8Array(MIB));
      await pause(1);
    }
    await pause(3_000);
  },
  "write-at-once": (_ctx, mib) => {
    node<typeof FileSystem>("node:fs").writeFileSync("/data/large", new Uint8Array(Number(mib) * MIB));
  },
  "open-files": async () => {
    const { openSync } = node<typeof FileSystem>("node:fs");
    const held: number[] = [];
    try {
      while (held.length < 2_000) held.push(openSync("/data", "r"));
    } catch (error) {
      await busy(3_000);
      return `${(error as { code: string }).code} with ${held.length} open`;
    }
    return `${held.length} open`;
  },
  connect: async (ctx, port) => {
    const held = [await ctx.connect("127.0.0.1", Number(port)), await ctx.connect("127.0.0.1", Number(port))];
    try {
      held.push(await ctx.connect("127.0.0.1", Number(port)));
    } finally {
      for (const connection of held) connection[Symbol.dispose]();
    }
  },
  fetch: async (ctx, url) => (await (await ctx.fetch(url)).arrayBuffer()).byteLength,
  programs: async () => {
    const { spawn } = node<typeof ChildProcesses>("node:child_process");
    const outcomes: Promise<string>[] = [];
    for (let n = 0; n < 4; n++) {
      const program = spawn(process.execPath, ["-e", "setTimeout(() => 0, 4_000)"], { stdio: "ignore" });
      outcomes.push(
        new Promise((resolve) => {
          program.once("error", ({ message }) => resolve(message));
          program.once("exit", (code, signal) => resolve(String(signal ?? code)));
        }),
      );
    }
    return (await Promise.all(outcomes)).join(", ");
  },
  log: async (ctx) => {
    for (let n = 0; n < 50; n++) ctx.log.info(`line ${n}`);
  },
  print: async () => {
    for (let n = 0; n < 50; n++) process.stdout.write(`line ${n}\n`);
    await pause(1_500);
  },
  hang: () => new Promise<never>(() => undefined),
  rest: (_ctx, ms) => pause(Number(ms)),
  store: (ctx, mib) => ctx.store.set("large", "x".repeat(Number(mib) * MIB)),
} satisfies Record<string, Greed> as Record<string, Greed>;

/** A module of Node.js, where there is one. */
function node<T>(name: string): T {
  return process.getBuiltinModule(name) as T;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Does a little all the while: what rests is not looked at. */
async function busy(ms: number): Promise<void> {
  const endsAt = Date.now() + ms;
  while (Date.now() < endsAt) await pause(5);
}
