import { Failpoints, ManualClock } from "@berth/base";
import type { ChannelExit } from "@berth/contract";
import { manifestSchema } from "@berth/contract/manifest";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Runner } from "../runner.ts";
import { quietChannel, quietRun } from "../../test/quiet-plugin.ts";
import { ManagedPlugin } from "./managed-plugin.ts";

const HOOKS = ["open", "initialize", "start", "stop", "cleanup"] as const;
type Hook = (typeof HOOKS)[number];
type Outcome = "well" | "throws" | "hangs";

/** As the states are drawn, not as the code has them: from where to where a plugin may go. */
const DRAWN = new Set([
  "unloaded -> loaded",
  "loaded -> active",
  "loaded -> unloaded",
  "loaded -> failed",
  "active -> stopping",
  "active -> failed",
  "stopping -> unloaded",
  "stopping -> failed",
  "failed -> unloaded",
]);

const outcome = fc.constantFrom<Outcome>("well", "well", "well", "throws", "hangs");
/** What is done to a plugin, and how its hooks go then. */
const acts = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant("activate" as const), open: outcome, initialize: outcome, start: outcome }),
    fc.record({ do: fc.constant("deactivate" as const), stop: outcome, cleanup: outcome }),
    fc.record({ do: fc.constant("end" as const) }),
  ),
  { minLength: 1, maxLength: 12 },
);

function setUp() {
  const clock = new ManualClock();
  const going: Record<Hook, Outcome> = {
    open: "well",
    initialize: "well",
    start: "well",
    stop: "well",
    cleanup: "well",
  };
  const channels = { alive: 0, most: 0 };
  /** The hooks of each generation, in the order they were called. */
  const called: Hook[][] = [];
  let end: (exit: ChannelExit) => void = () => undefined;
  const run = async (hook: Hook): Promise<void> => {
    called.at(-1)!.push(hook);
    if (going[hook] === "throws") throw new Error(`${hook} throws`);
    if (going[hook] === "hangs") await new Promise(() => undefined);
  };
  const runner: Runner = {
    tier: "inline",
    report: async () => ({ tier: "inline", level: "none", mechanisms: [], enforces: {} }),
    open: async () => {
      called.push([]);
      await run("open");
      const { promise: exited, resolve } = Promise.withResolvers<ChannelExit>();
      end = resolve;
      channels.most = Math.max(channels.most, ++channels.alive);
      return quietChannel({
        exited,
        initialize: () => run("initialize"),
        start: () => run("start"),
        stop: () => run("stop"),
        cleanup: () => run("cleanup"),
        [Symbol.asyncDispose]: async () => void channels.alive--,
      });
    },
  };
  const plugin = new ManagedPlugin({
    hostVersion: "1.0.0",
    manifest: manifestSchema.parse({ plugin: { name: "probe", version: "1.0.0" }, provides: { source: ["probe"] } }),
    folder: "/nowhere",
    runner,
    clock,
    failpoints: new Failpoints(),
    prepare: async () => quietRun(),
  });
  const moves: string[] = [];
  plugin.onDidMove(({ from, to }) => moves.push(`${from} -> ${to}`));
  /** What hangs is over when its time is. */
  const settled = async (work: Promise<unknown>): Promise<void> => {
    const progress = { isOver: false };
    const over = work.catch(() => undefined).finally(() => (progress.isOver = true));
    while (!progress.isOver) await clock.advance(1_000);
    await over;
  };
  return {
    plugin,
    going,
    channels,
    called,
    moves,
    settled,
    end: () => end({ expected: false, reason: "it crashed" }),
  };
}

test("ManagedPlugin goes only the ways that are drawn, is loaded once at most, and is where a small model has it, however its hooks fail [OPS-38, OPS-39, OPS-40, OPS-41, OPS-42, OPS-43, FLX-18, FLX-19]", async () => {
  await fc.assert(
    fc.asyncProperty(acts, async (list) => {
      const { plugin, going, channels, called, moves, settled, end } = setUp();
      let expected = "unloaded";
      for (const act of list) {
        const { do: what, ...outcomes } = act;
        Object.assign(going, outcomes);
        if (what === "activate") {
          const goesWell = (["open", "initialize", "start"] as const).every((hook) => going[hook] === "well");
          await settled(plugin.activate(new AbortController().signal));
          if (expected !== "active") expected = goesWell ? "active" : "failed";
        } else if (what === "deactivate") {
          await settled(plugin.deactivate());
          // One that failed stays so, for people to see, until it is started again.
          if (expected === "active") expected = "unloaded";
        } else if (expected === "active") {
          const failed = Promise.withResolvers<void>();
          using _listening = plugin.onDidMove(() => failed.resolve());
          end();
          await settled(failed.promise);
          expected = "failed";
        }
        // What is given up is cleaned up at its own pace.
        await settled(Promise.resolve());
        expect(plugin.state).toBe(expected);
      }
      await settled(plugin.deactivate());
      expect(channels).toMatchObject({ alive: 0 });
      expect(channels.most).toBeLessThanOrEqual(1);
      expect(moves.filter((move) => !DRAWN.has(move))).toEqual([]);
      for (const hooks of called) expect(HOOKS.filter((hook) => hooks.includes(hook))).toEqual(hooks);
    }),
    { numRuns: 300 },
  );
});
