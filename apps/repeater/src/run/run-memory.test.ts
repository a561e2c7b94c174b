import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ManualClock } from "@berth/base";
import { expect, test } from "vitest";
import type { Executor } from "../exec/executor.ts";
import { Ticker } from "../modes/ticker.ts";
import { RunOutput } from "../streams/run-output.ts";
import { Counters } from "./counters.ts";
import { runCommand } from "./run-command.ts";
import { runLoop } from "./run-loop.ts";

/** Three bytes kept of each run would be seen. */
const MOST_GROWTH = 2 * 1_048_576;

/** A command that writes a line and ends at once. */
const executor: Executor = {
  run: (_request, sink) => {
    void sink.stdout(Buffer.from("a line\n"));
    return Promise.resolve({ exitCode: 0, signal: null, durationMs: 1, timedOut: false });
  },
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

test(
  "runLoop keeps nothing of 1,000,000 runs, neither what they wrote nor how long they took",
  { tags: ["slow"] },
  async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const clock = new ManualClock(0);
    let written = 0;
    const stream = { write: (bytes: Uint8Array) => void (written += bytes.length) };
    const output = new RunOutput({
      out: stream,
      err: stream,
      isShown: true,
      isParallel: false,
      captureBytes: 1_048_576,
    });
    const request = { command: "say", args: [], graceMs: 0 };
    const options = { clock, executor, request, output, patterns: { success: /line/ }, keepsText: true };
    const used: number[] = [];
    const counters = new Counters();
    await runLoop({
      clock,
      schedule: new Ticker({ clock, everyMs: 0, catchUp: "all" }),
      run: (number, signal) => runCommand(number, options, signal),
      counters,
      stop: new AbortController().signal,
      times: 1_000_000,
      parallel: 1,
      graceMs: 0,
      afterRun: ({ run }) => {
        if (run !== 10_000 && run !== 1_000_000) return;
        collect();
        used.push(process.memoryUsage().heapUsed);
      },
    });
    expect([counters.successes, written]).toEqual([1_000_000, 7_000_000]);
    expect(used[1]! - used[0]!).toBeLessThan(MOST_GROWTH);
  },
);
