import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FaultBench, type Faulty } from "./fault-bench.ts";

/** Told a second after the last line at the latest, or when the plugin ends. */
async function outputOf(faulty: Faulty): Promise<{ kept: number; told: { lines: number; bytes: number }[] }> {
  await faulty.channel[Symbol.asyncDispose]();
  const notices = faulty.output.map(({ text }) => /^\[(\d+) lines? of (\d+) bytes dropped/.exec(text));
  const told = notices.flatMap((notice) => (notice ? [{ lines: Number(notice[1]), bytes: Number(notice[2]) }] : []));
  return { kept: notices.filter((notice) => !notice).length, told };
}

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);

// The kernel counts each page; the governor looks now and then, on a machine that is busy with other tests.
describe.each([
  { by: "control groups where they can be made", hideCgroups: [], most: 1.25 },
  { by: "the governor and rlimits alone", hideCgroups: [1, 2] as const, most: 1.5 },
])("With $by", { tags: ["slow"] }, ({ hideCgroups, most }) => {
  let bench: FaultBench;
  beforeAll(async () => {
    bench = await FaultBench.open({ hideCgroups });
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  test.each(["heap", "buffers", "wasm", "strings"])(
    "a plugin that fills its memory with %s has no more than it may, and the others go on [RPT-143, OPS-53, BWK-8]",
    async (bomb) => {
      const other = await bench.faulty({ name: "bystander" });
      const faulty = await bench.faulty({ limits: { memory_mb: 128 } });
      await expect(faulty.ask(bomb)).rejects.toMatchObject({
        code: expect.stringMatching(/LIMIT_EXCEEDED|PLUGIN_FAILED/),
      });
      expect(await other.ask("echo", "still here")).toBe("still here");
      for (const { limit, allowed, used, action } of faulty.limits.filter((event) => event.limit === "memory_mb")) {
        expect({ limit, allowed, action }).toEqual({ limit: "memory_mb", allowed: 128, action: "ended" });
        expect(used).toBeLessThanOrEqual(128 * most);
      }
      await other.channel[Symbol.asyncDispose]();
      await faulty.channel[Symbol.asyncDispose]();
    },
  );

  test("a plugin that may start no program starts none, and one that may starts so many [RPT-143, BWK-10]", async () => {
    const none = await bench.faulty();
    await expect(none.ask("startMany", 1)).rejects.toMatchObject({ code: "PLUGIN_FAILED" });
    const few = await bench.faulty({ limits: { processes: 5 } });
    await few.ask("startMany", 100).catch(() => undefined);
    await few.channel[Symbol.asyncDispose]();
    for (const { allowed, used } of few.limits.filter(({ limit }) => limit === "processes")) {
      expect(allowed).toBe(5);
      expect(used).toBeGreaterThan(5);
    }
    await none.channel[Symbol.asyncDispose]();
  });
});

describe("What a plugin writes to its standard streams", { tags: ["slow"] }, () => {
  let bench: FaultBench;
  beforeAll(async () => {
    bench = await FaultBench.open();
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  test.each([
    ["stdout", 18],
    ["stderr", 18],
    ["stdout", 65_536],
    ["stdout", 1],
  ] as const)(
    "is kept up to its rate and counted exactly beyond: 32 MiB to %s in lines of %i bytes",
    async (stream, bytes) => {
      const faulty = await bench.faulty({ limits: { log_rate: 10 } });
      const lines = Math.floor((32 * 2 ** 20) / bytes);
      await faulty.ask("flood", { stream, lines, bytes });
      const { kept, told } = await outputOf(faulty);
      expect(kept + sum(told.map((notice) => notice.lines))).toBe(lines);
      expect(kept * bytes + sum(told.map((notice) => notice.bytes))).toBe(lines * bytes);
      expect(faulty.limits.filter(({ limit }) => limit === "log_rate")).toHaveLength(told.length);
    },
  );

  test("comes whole before the plugin is called gone", async () => {
    const faulty = await bench.faulty({ limits: { log_rate: 1_000 } });
    await faulty.ask("flood", { stream: "stdout", lines: 500, bytes: 20 });
    await faulty.ask("exit", 0).catch(() => undefined);
    await faulty.channel.exited;
    expect(faulty.output).toHaveLength(500);
  });
});
