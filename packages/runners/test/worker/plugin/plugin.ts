import { threadId } from "node:worker_threads";
import {
  defineCommand,
  defineExecutor,
  defineHandler,
  definePlugin,
  defineService,
  HostError,
  type JsonValue,
} from "@berth/sdk";

// TypeScript that Node.js strips, and state that a second plugin in the same thread would see.
const steps: string[] = [];
const kept: unknown[] = [];

const forever = (): Promise<never> => new Promise(() => undefined);

const probe = defineService("probe", {
  create: (config, ctx) => ({
    methods: {
      echo: (input) => input,
      steps: () => [...steps],
      thread: () => threadId,
      environment: () => ({ ...process.env }) as JsonValue,
      place: () => [ctx.plugin.name, ctx.instanceId, JSON.stringify(config)],
      bytes: (input) => new Uint8Array(input as number).fill(7) as never,
      deep: (input) => {
        let value: JsonValue = "bottom";
        for (let level = 0; level < (input as number); level++) value = { down: value };
        return value;
      },
      fail: () => {
        throw new HostError("CONFIG_INVALID", "cannot save", { cause: new Error("disk full"), details: { disk: 1 } });
      },
      say: (input) => {
        console.log(input);
        console.error("and an error");
        return null;
      },
      flood: (input) => {
        for (let n = 0; n < (input as number); n++) console.log(n);
        return null;
      },
      waitForSignal: (_input, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
        }),
      whyGivenUp: (_input, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => resolve((signal.reason as HostError).code), { once: true });
        }),
      hang: forever,
      spin: () => {
        for (;;);
      },
      sleepInNativeCode: async (input) => {
        const { execFileSync } = await import("node:child_process");
        execFileSync("sh", ["-c", "touch asleep && sleep 1"], { cwd: input as string });
        return null;
      },
      exit: (input) => process.exit(input as number),
      throwLater: () => {
        setImmediate(() => {
          throw new Error("late boom");
        });
        return forever();
      },
      rejectLater: () => {
        void Promise.reject(new TypeError("nobody caught this"));
        return forever();
      },
      closePort: async () => {
        const { workerData } = await import("node:worker_threads");
        (workerData as { port: { close(): void } }).port.close();
        return forever();
      },
      forge: async () => {
        const { workerData } = await import("node:worker_threads");
        (workerData as { port: { postMessage(value: unknown, transfer: []): void } }).port.postMessage("no frame", []);
        return forever();
      },
      fillHeap: () => {
        for (;;) kept.push(Array.from({ length: 1_000 }, (_, n) => ({ n })));
      },
      growArray: () => {
        const numbers: number[] = [];
        for (;;) numbers.push(1.5);
      },
      fillBuffers: async () => {
        for (;;) {
          kept.push(Buffer.alloc(1_048_576, 1));
          await Promise.resolve();
        }
      },
      hold: (input) => {
        kept.push(Buffer.alloc((input as number) * 1_048_576, 1));
        return null;
      },
      store: async () => {
        await ctx.store.set("key", { from: ctx.instanceId });
        return (await ctx.store.get("key")) ?? null;
      },
      readFile: async () => [...(await ctx.files.read("a.bin"))],
      fetch: async () => {
        const answer = await ctx.fetch("https://a.example/", { method: "POST", body: "in" });
        return [answer.status, answer.headers.get("x-a"), await answer.text()];
      },
      secret: async (input) => (await ctx.secrets.get(input as string)).reveal(),
      listen: async (input) => {
        const heard: JsonValue[] = [];
        const all = Promise.withResolvers<JsonValue>();
        using _subscription = await ctx.events.subscribe("a.>", ({ data }) => {
          heard.push(data);
          if (heard.length === input) all.resolve(heard);
        });
        ctx.log.info("listening");
        return await all.promise;
      },
    },
  }),
});

export default definePlugin({
  provides: [
    probe,
    defineCommand("probe", {
      create: () => ({
        run: async ({ args }, print) => {
          for (const arg of args) print(arg);
          return args.length;
        },
      }),
    }),
    defineExecutor("probe", {
      create: () => ({
        execute: async ({ args }, emit) => {
          for (const text of args) await emit({ stream: "stdout", bytes: new TextEncoder().encode(text) });
          return { exitCode: 0, signal: null, durationMs: 1 };
        },
      }),
    }),
    defineHandler("probe", {
      create: () => ({ handle: ({ body }) => ({ status: 200, headers: {}, body: body.toReversed() }) }),
    }),
  ],
  initialize: () => void steps.push("initialize"),
  start: () => void steps.push("start"),
  stop: () => void steps.push("stop"),
  cleanup: (ctx) => ctx.log.info(`cleanup after ${steps.join(", ")}`),
  health: () => ({ health: "healthy", message: `${steps.length} steps` }),
});
