import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FaultBench, never } from "./fault-bench.ts";

interface Seen {
  code: string;
  cwd: string;
  pid: number;
  env: Record<string, string>;
  memoryMb: number;
}

let bench: FaultBench;
beforeAll(async () => {
  bench = await FaultBench.open();
});
afterAll(() => bench[Symbol.asyncDispose]());

describe("ProcessRunner", { tags: ["slow"] }, () => {
  test("runs the hooks of a plugin, and answers its health, until it is unloaded [RPT-44, FLX-35]", async () => {
    const { channel, ask, output } = await bench.faulty();
    expect(await channel.describe(never)).toEqual([{ id: "service/faults", description: "" }]);
    await channel.initialize(never);
    await channel.start(never);
    expect(await channel.health(never)).toEqual({ health: "degraded", message: "as ever" });
    await channel.stop(never);
    await channel.cleanup(never);
    await channel[Symbol.asyncDispose]();
    expect(output.map(({ text }) => text)).toEqual(["initialize", "start", "stop", "cleanup"]);
    expect(await channel.exited).toMatchObject({ expected: true, reason: "unloaded" });
    await expect(ask("echo", 1)).rejects.toMatchObject({ code: "PLUGIN_FAILED" });
  });

  test("a plugin sees nothing of the machine but what runs it, and an environment of its own [OPS-20, RPT-142]", async () => {
    const { ask } = await bench.faulty({ environment: { PLACE: "here" } });
    const { code, cwd, pid, env, memoryMb } = await ask<Seen>("seen");
    expect({ code, cwd }).toEqual({ code: "file:///plugin/faults.mjs", cwd: "/plugin" });
    expect(pid).toBeLessThan(10);
    expect(Object.keys(env).toSorted()).toEqual(
      ["HOME", "OPENSSL_CONF", "PLACE", "PWD", "TMPDIR", "TZ"].filter((name) => name in env),
    );
    expect(env).toMatchObject({ PLACE: "here", HOME: "/tmp" });
    expect(memoryMb).toBeLessThan(60);
  });

  describe("tells why a plugin ended that", () => {
    test.each([
      ["called process.exit", "exit", 3, "it ended with exit code 3", "crash"],
      [
        "threw where nobody catches",
        "throwLater",
        null,
        /^it ended with exit code 1; its last words: SyntaxError/,
        "crash",
      ],
      ["ended itself by a signal", "signal", "SIGKILL", "it was ended by SIGKILL", "killed"],
      ["aborted", "abort", null, /^it was ended by SIGABRT/, "crash"],
    ])("%s", async (_title, method, input, reason, kind) => {
      const { channel, ask } = await bench.faulty();
      await ask(method, input).catch(() => undefined);
      const exit = await channel.exited;
      expect(exit).toEqual({
        expected: false,
        kind,
        reason: typeof reason === "string" ? reason : (expect.stringMatching(reason) as string),
      });
      await expect(ask("echo")).rejects.toMatchObject({
        code: "PLUGIN_FAILED",
        message: expect.stringContaining(exit.reason),
      });
    });

    test("does not stop when its call is cancelled", async () => {
      const { channel, ask } = await bench.faulty({ timeoutMs: 200 });
      await expect(ask("spin")).rejects.toThrow();
      expect(await channel.exited).toEqual({
        expected: false,
        kind: "killed",
        reason: "it did not stop when its spin was cancelled",
      });
    });

    test("cannot be loaded", async () => {
      await expect(bench.faulty({ code: "export default 5 +" })).rejects.toMatchObject({
        code: "PLUGIN_FAILED",
        message: expect.stringContaining('Cannot load plugin "faulty" from faults.mjs'),
      });
      await expect(bench.faulty({ code: "process.exit(7)" })).rejects.toThrow("it ended with exit code 7");
      await expect(bench.faulty({ code: "export default 5" })).rejects.toMatchObject({ code: "CONTRACT_BROKEN" });
    });
  });

  describe("ends a plugin that does not keep to the protocol:", () => {
    test.each([
      ["an answer to nothing that was asked", "unknown-answer"],
      ["two answers to one request", "second-answer"],
      ["a frame without end", "giant-frame"],
      ["a length that is not meant", "giant-length"],
      ["a line that is no JSON", "no-json"],
      ["ids that do not count up", "id-goes-back"],
    ])("%s", async (_title, kind) => {
      const { channel, ask } = await bench.faulty();
      const asked = ask("forge", kind).catch((error: unknown) => error);
      expect(await channel.exited).toMatchObject({
        expected: false,
        reason: expect.stringContaining("broke the protocol"),
      });
      expect(await asked).toMatchObject({ message: expect.stringContaining("broke the protocol") });
    });

    test("but an instance of another plugin only gets an error: identity is the channel's", async () => {
      const asked: string[] = [];
      const capabilities = { storeGet: async (key: string): Promise<undefined> => void asked.push(key) };
      const { channel, ask } = await bench.faulty({ capabilities, timeoutMs: 1_000 });
      await ask("forge", "foreign-instance").catch(() => undefined);
      // Whoever asks, it is this plugin's own capabilities that are looked up.
      expect(asked).toEqual(["a"]);
      await channel[Symbol.asyncDispose]();
    });
  });
});
