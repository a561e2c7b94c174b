import type { Tier } from "@berth/contract";

/** What a plugin does that would rather not stop: lines of its `start` and of its `stop`. */
export interface StopWay {
  name: string;
  /** Where it cannot be done. */
  notIn?: readonly Tier[];
  start?: string;
  stop?: string;
}

const SOON_MS = 20;
const never = "await new Promise(() => undefined);";
const soon = (code: string): string => `setTimeout(() => { ${code} }, ${SOON_MS});`;

/** Every way of it. */
export const STOP_WAYS: readonly StopWay[] = [
  { name: "does nothing wrong" },
  { name: "hangs in its stop", stop: never },
  { name: "loops in its stop", stop: "for (;;);" },
  { name: "loops", start: soon("for (;;);") },
  { name: "exits in its stop", stop: "process.exit(7);" },
  { name: "fails in its stop", stop: 'throw new Error("not now");' },
  {
    name: "hangs in a call of a service",
    start: 'void ctx.services.call("hanging", "wait", null).catch(() => undefined);',
  },
  {
    name: "fills its memory in its stop",
    stop: "const kept = []; for (;;) { kept.push(Buffer.alloc(4_194_304, 1)); await new Promise((go) => setImmediate(go)); }",
  },
  { name: "writes without end", start: 'setInterval(() => { process.stdout.write("x".repeat(1_000) + "\\n"); }, 1);' },
  {
    name: "computes in native code",
    notIn: ["process"],
    start: soon('process.getBuiltinModule("node:crypto").pbkdf2Sync("a", "b", 100_000_000, 64, "sha512");'),
  },
  {
    name: "reads a pipe that nobody writes",
    notIn: ["process"],
    start: soon('process.getBuiltinModule("node:fs").readFileSync("fifo");'),
  },
  {
    name: "waits for a program",
    notIn: ["process"],
    start: soon('process.getBuiltinModule("node:child_process").execFileSync("sleep", ["1000"]);'),
  },
];

/** Eager, so that it runs when the host says that it is ready. */
export function stubbornPlugin({ start = "", stop = "" }: StopWay): {
  name: string;
  provides: Record<string, string[]>;
  manifest: string;
  source: string;
} {
  return {
    name: "stubborn",
    provides: { source: ["stubborn"], service: ["hanging"] },
    manifest: [
      '[runtime]\nload = "eager"',
      "[limits]\nmemory_mb = 64\ncpu_percent = 400",
      '[permissions]\nservices = ["hanging"]',
    ].join("\n"),
    source: `
      import { definePlugin, defineService, defineSource } from "@berth/sdk";
      export default definePlugin({
        provides: [
          defineSource("stubborn", { create: () => ({ fetch: async () => ({ title: "x", lines: [] }) }) }),
          defineService("hanging", { create: () => ({ methods: { wait: () => new Promise(() => undefined) } }) }),
        ],
        start: async (ctx) => { ${start} },
        stop: async () => { ${stop} },
      });`,
  };
}
