import type { CallContext, CommandOutput, CommandResult, Tier } from "@berth/contract";
import { createTestHost, type PluginToWrite } from "@berth/testing";
import { expect, test } from "vitest";

const PIECE_BYTES = 65_536;
const PIECES = 256;
/** The window of a stream, one piece over it, and as much again for what is on the way. */
const MOST_AHEAD_BYTES = 1_048_576;

/** Emits numbered pieces as fast as they are taken, and tells a second call how many it has emitted so far. */
const FLOOD: PluginToWrite = {
  name: "flood",
  provides: { executor: ["flood"] },
  source: `
    import { defineExecutor, definePlugin } from "@berth/sdk";
    let emitted = 0;
    const flood = async (emit) => {
      for (let number = 0; number < ${PIECES}; number++) {
        const bytes = new Uint8Array(${PIECE_BYTES});
        new DataView(bytes.buffer).setUint32(0, number);
        emitted++;
        await emit({ stream: "stdout", bytes });
      }
    };
    export default definePlugin({
      provides: [
        defineExecutor("flood", {
          create: () => ({
            async execute({ command }, emit) {
              if (command === "flood") await flood(emit);
              return { exitCode: emitted, signal: null, durationMs: 0 };
            },
          }),
        }),
      ],
    });`,
};

function aCall(signal = AbortSignal.timeout(60_000)): CallContext {
  return { signal, deadline: Infinity, attempt: 1, caller: "test", permissions: [], correlationId: "1" };
}

/** Works on the systems that it is configured with. */
const CHOOSY: PluginToWrite = {
  name: "choosy",
  provides: { executor: ["choosy"] },
  source: `
    import { defineExecutor, definePlugin, fields } from "@berth/sdk";
    export default definePlugin({
      provides: [
        defineExecutor("choosy", {
          config: fields({ systems: { type: "strings", required: true } }),
          create: ({ systems }) => ({
            supportedPlatforms: systems[0] === "wrong" ? "wrong" : systems,
            execute: async () => ({ exitCode: 0, signal: null, durationMs: 0 }),
          }),
        }),
      ],
    });`,
};

async function openFlood(tier: Tier) {
  const plugins = { flood: { enabled: true, isolation: tier, accept_unenforced: [] } };
  const host = await createTestHost({ plugins: [FLOOD], config: { plugins } });
  const execute = host.instance({ contribution: "executor/flood", instanceId: "it", config: {} }).method("execute");
  const run = (command: string, emit: (output: CommandOutput) => unknown, call = aCall()) =>
    execute([{ command, args: [], env: {} }, emit], call) as Promise<CommandResult>;
  return { run, [Symbol.asyncDispose]: () => host[Symbol.asyncDispose]() };
}

test.each<Tier>(["inline", "worker", "process"])(
  "ExecutorInstance in the tier %s runs ahead of a slow reader by a bounded number of bytes, and all arrives in order [RPT-74]",
  async (tier) => {
    await using flood = await openFlood(tier);
    const taken: number[] = [];
    let mostAhead = 0;
    const slowly = async ({ bytes }: CommandOutput): Promise<void> => {
      // Each question goes to the plugin and back, which is time for it to run ahead.
      for (let turn = 0; turn < 3; turn++) {
        const { exitCode: emitted } = await flood.run("count", () => undefined);
        mostAhead = Math.max(mostAhead, emitted! - taken.length);
      }
      taken.push(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0));
    };
    await flood.run("flood", slowly);
    expect(taken).toEqual(Array.from({ length: PIECES }, (_, number) => number));
    expect(mostAhead * PIECE_BYTES).toBeLessThanOrEqual(MOST_AHEAD_BYTES);
  },
  60_000,
);

test.each<Tier>(["worker", "process"])(
  "ExecutorInstance in the tier %s ends when the call is given up or its reader fails, however long that takes [RPT-74]",
  async (tier) => {
    await using flood = await openFlood(tier);
    const caller = new AbortController();
    const never = (): Promise<void> => {
      caller.abort(new Error("enough"));
      return new Promise(() => undefined);
    };
    await expect(flood.run("flood", never, aCall(caller.signal))).rejects.toThrow("enough");
    const fail = (): Promise<void> => Promise.reject(new Error("the disk is full"));
    await expect(flood.run("flood", fail)).rejects.toThrow("the disk is full");
  },
  60_000,
);

test.each<Tier>(["inline", "worker", "process"])(
  "ExecutorInstance in the tier %s is refused on a system that it does not name [RPT-75]",
  async (tier) => {
    const plugins = { choosy: { enabled: true, isolation: tier, accept_unenforced: [] } };
    await using host = await createTestHost({ plugins: [CHOOSY], config: { plugins } });
    let count = 0;
    const run = (...systems: string[]) => {
      const instanceId = `i${count++}`;
      const instance = host.instance({ contribution: "executor/choosy", instanceId, config: { systems } });
      return instance.method("execute")([{ command: "x", args: [], env: {} }, () => undefined], aCall());
    };
    expect(await run("beos", process.platform)).toMatchObject({ exitCode: 0 });
    await expect(run("beos", "amiga")).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: `Cannot use executor/choosy: so configured it works on beos, amiga, and this is ${process.platform}`,
    });
    await expect(run("wrong")).rejects.toMatchObject({ code: "CONTRACT_BROKEN" });
  },
  60_000,
);
