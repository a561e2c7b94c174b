import { Writable } from "node:stream";
import type { Worker } from "node:worker_threads";
import { ManualClock } from "@berth/base";
import { describe, expect, test } from "vitest";
import { openProbe } from "../../test/worker/open-probe.ts";
import { WorkerRunner } from "../worker/worker-runner.ts";
import { boundOutput } from "./bound-output.ts";
import { type OutputMessage, readOutputMessage } from "./output-messages.ts";

function makeOutput(linesPerSecond = 3) {
  const clock = new ManualClock();
  const told: OutputMessage[] = [];
  const streams = {
    stdout: new Writable({ decodeStrings: false }),
    stderr: new Writable({ decodeStrings: false }),
  };
  const output = boundOutput(streams, { clock, linesPerSecond, tell: (message) => told.push(message) });
  return { clock, told, output, ...streams };
}

const line = (text: string, stream: "stdout" | "stderr" = "stdout"): OutputMessage => ({ output: { stream, text } });

describe("boundOutput", () => {
  test("tells of lines in the call that writes them, whatever they are written as", () => {
    const { told, stdout, stderr } = makeOutput();
    stdout.write("text\n");
    stderr.write(Buffer.from("bytes\n"));
    stdout.write("68657821", "hex");
    stdout.write("\n");
    expect(told).toEqual([line("text"), line("bytes", "stderr"), line("hex!")]);
  });

  test("of a flood in one turn tells the lines that are kept, one notice and one count, and lets nothing wait [BWK-95]", async () => {
    const { clock, told, stdout } = makeOutput();
    for (let number = 0; number < 100_000; number++) stdout.write(`line ${number}\n`);
    expect(stdout.writableLength).toBe(0);
    expect(told).toEqual([line("line 0"), line("line 1"), line("line 2")]);
    await clock.advance(1_000);
    expect(told.slice(3)).toEqual([
      line("[99997 lines of 1088869 bytes dropped: at most 3 a second are kept]"),
      { outputUsed: 100_000 },
    ]);
  });

  test("takes what was corked too, and says a line without its end when it is over", () => {
    const { told, output, stdout } = makeOutput();
    stdout.cork();
    for (const piece of ["a", "b\n", "last"]) stdout.write(piece);
    stdout.uncork();
    output[Symbol.dispose]();
    expect(told).toEqual([line("ab"), line("last")]);
  });

  test("in a worker keeps a flood in the thread that makes it: none of its bytes reaches the host's [BWK-95]", async () => {
    const begun: Worker[] = [];
    const onBegin = (worker: Worker): void => void begun.push(worker);
    process.on("worker", onBegin);
    using _listening = { [Symbol.dispose]: () => process.off("worker", onBegin) };
    await using runner = new WorkerRunner({ warm: 0 });
    const told = Promise.withResolvers<number>();
    let heard = 0;
    await using probe = await openProbe(runner, {
      limits: { log_rate: 5 },
      onOutput: ({ text }) => void (heard += text.length),
      onLimit: ({ used }) => told.resolve(used),
    });
    // Another takes the types out of its code.
    const worker = begun.find(({ threadName }) => threadName === "plugin")!;
    let bytes = 0;
    for (const stream of [worker.stdout, worker.stderr]) stream.on("data", (chunk: Buffer) => (bytes += chunk.length));
    await probe.ask("flood", 50_000);
    expect(await told.promise).toBeGreaterThan(5);
    expect(bytes).toBe(0);
    // Fewer than a thousand characters of some 500,000.
    expect(heard).toBeLessThan(1_000);
  });
});

describe("readOutputMessage", () => {
  test.for<[string, unknown]>([
    ["nothing", undefined],
    ["a text", "output"],
    ["a line of another stream", { output: { stream: "__proto__", text: "x" } }],
    ["a line without text", { output: { stream: "stdout", text: { length: 1 } } }],
    ["no line", { output: null }],
    ["a count that is none", { outputUsed: -1 }],
    ["a count in words", { outputUsed: "many" }],
    ["an answer", { answers: "collect", value: true }],
  ])("makes nothing of %s", ([, message]) => {
    expect(readOutputMessage(message)).toBeUndefined();
  });

  test("takes no more of a line than lines have, and nothing beside it", () => {
    const message = { output: { stream: "stderr", text: "x".repeat(100_000), level: "error" }, more: 1 };
    expect(readOutputMessage(message)).toEqual(line("x".repeat(17_000), "stderr"));
    expect(readOutputMessage({ outputUsed: 7, output: 1 })).toEqual({ outputUsed: 7 });
  });
});
