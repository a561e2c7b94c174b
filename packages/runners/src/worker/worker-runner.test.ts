import { existsSync } from "node:fs";
import { mkdir, mkdtemp, mkdtempDisposable, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { causeChain } from "@berth/base";
import { HostError } from "@berth/contract";
import { manifestSchema } from "@berth/contract/manifest";
import type { LimitEvent, ModuleText, OutputLine } from "@berth/kernel/runner";
import { give } from "@berth/protocol";
import { afterAll, describe, expect, test } from "vitest";
import { aCall, NEVER, openRequest } from "../../test/remote/open-request.ts";
import { RecordingCapabilities } from "../../test/remote/recording-capabilities.ts";
import { type OpenProbe, openProbe } from "../../test/worker/open-probe.ts";
import { WorkerRunner } from "./worker-runner.ts";

const runner = new WorkerRunner({ graceMs: 100 });
afterAll(() => runner[Symbol.asyncDispose]());

describe("WorkerRunner runs a plugin's life in a thread of its own", () => {
  test("every hook, in TypeScript, with the SDK that the guest carries", async () => {
    const recorder = new RecordingCapabilities();
    await using probe = await openProbe(runner, { host: recorder.of() });
    const { channel, ask } = probe;
    await channel.initialize(NEVER);
    await channel.start(NEVER);
    expect(await channel.health(NEVER)).toEqual({ health: "healthy", message: "2 steps" });
    expect(await ask("steps")).toEqual(["initialize", "start"]);
    expect((await channel.describe(NEVER)).map(({ id }) => id)).toContain("service/probe");
    await channel.closeInstance("one", NEVER);
    await channel.stop(NEVER);
    await channel.cleanup(NEVER);
    expect(recorder.calls).toEqual([["log", { level: "info", message: "cleanup after initialize, start, stop" }]]);
  });

  test("nothing of the host's environment but what was granted", async () => {
    await using probe = await openProbe(runner, { environment: { GRANTED: "yes" } });
    expect(await probe.ask("environment")).toEqual({ GRANTED: "yes" });
  });

  test("the context knows plugin and instance", async () => {
    await using probe = await openProbe(runner);
    expect(await probe.ask("place")).toEqual(["probe", "one", "{}"]);
  });

  test("capabilities of every kind, through the host", async () => {
    const recorder = new RecordingCapabilities();
    await using probe = await openProbe(runner, { host: recorder.of() });
    expect(await probe.ask("store")).toEqual({ kept: [1] });
    expect(await probe.ask("readFile")).toEqual([1, 2, 3]);
    expect(await probe.ask("fetch")).toEqual([201, "1", "body"]);
    await expect(probe.ask("secret", "other")).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    expect(recorder.calls.map(([name]) => name)).toEqual(["storeSet", "storeGet", "readFile", "fetch", "secret"]);
    expect(recorder.calls[0]).toEqual(["storeSet", "key", { from: "one" }]);
  });

  test("events in the order they were published", async () => {
    const recorder = new RecordingCapabilities();
    const host = recorder.of();
    const listening = Promise.withResolvers<void>();
    await using probe = await openProbe(runner, { host: { ...host, log: () => listening.resolve() } });
    const heard = probe.ask("listen", 500);
    await listening.promise;
    for (let data = 0; data < 500; data++) {
      void recorder.listeners.get("a.>")!({ subject: "a.b", data, from: "host", number: data + 1 });
    }
    expect(await heard).toEqual(Array.from({ length: 500 }, (_, n) => n));
  });
});

describe("WorkerRunner carries values and calls", () => {
  test("what is emitted arrives in order, and before the answer", async () => {
    await using probe = await openProbe(runner);
    await probe.channel.openInstance({ contribution: "executor/probe", instanceId: "e", config: {} }, NEVER);
    const args = Array.from({ length: 500 }, (_, n) => `line ${n}`);
    const emitted: string[] = [];
    const emit = ({ bytes }: { bytes: Uint8Array }): void => void emitted.push(new TextDecoder().decode(bytes));
    const result = await probe.channel.method("e", "execute")([{ command: "x", args, env: {} }, emit], aCall());
    expect(result).toEqual({ exitCode: 0, signal: null, durationMs: 1 });
    expect(emitted).toEqual(args);
  });

  test("a megabyte goes in and comes back, and stays the caller's unless it was given away", async () => {
    await using probe = await openProbe(runner);
    await probe.channel.openInstance({ contribution: "handler/probe", instanceId: "h", config: {} }, NEVER);
    const handle = probe.channel.method("h", "handle");
    const request = (body: Uint8Array) => ({ method: "POST", path: "/", params: {}, query: {}, headers: {}, body });
    const body = Uint8Array.from({ length: 1_048_576 }, (_, place) => place % 251);
    const kept = (await handle([request(body)], aCall())) as { body: Uint8Array };
    expect(Buffer.compare(kept.body, body.toReversed())).toBe(0);
    expect(body.length).toBe(1_048_576);
    const copy = body.slice();
    const given = (await handle([request(give(copy))], aCall())) as { body: Uint8Array };
    expect(Buffer.compare(given.body, body.toReversed())).toBe(0);
    expect(copy.length).toBe(0);
  });

  test("values as deep as messages may be", async () => {
    await using probe = await openProbe(runner);
    let value = await probe.ask("deep", 900);
    for (let level = 0; level < 900; level++) value = (value as { down: unknown }).down;
    expect(value).toBe("bottom");
    await expect(probe.ask("deep", 5_000)).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
    expect(await probe.ask("echo", 1)).toBe(1);
  });

  test("errors keep code, details and causes", async () => {
    await using probe = await openProbe(runner);
    const error = await probe.ask("fail").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { disk: 1 } });
    expect(causeChain(error)).toEqual(["cannot save", "disk full"]);
  });

  test("standard output and error become lines, and a flood is cut and counted", async () => {
    const all = Promise.withResolvers<LimitEvent>();
    let lines = 0;
    const output: string[] = [];
    const onOutput = ({ stream, text }: OutputLine): void => {
      output.push(`${stream}: ${text}`);
      lines += Number(/^\[(\d+) line/.exec(text)?.[1] ?? 1);
    };
    // Comes after the line that says the same.
    const onLimit = (event: LimitEvent): void => void (lines === 1_003 && all.resolve(event));
    await using probe = await openProbe(runner, { limits: { log_rate: 5 }, onOutput, onLimit });
    await probe.ask("say", "first\nsecond");
    await probe.ask("flood", 1_000);
    expect(await all.promise).toMatchObject({ limit: "log_rate", allowed: 5, action: "refused" });
    expect(output).toEqual(expect.arrayContaining(["stdout: first", "stdout: second", "stderr: and an error"]));
    expect(output.length).toBeLessThan(100);
  });
});

describe("WorkerRunner ends", () => {
  const reason = new HostError("CALL_CANCELLED", "enough");

  /** Gives the call up when it is under way. */
  async function giveUp(probe: OpenProbe, method: string): Promise<unknown> {
    const controller = new AbortController();
    const call = probe.ask(method, null, { signal: controller.signal });
    // What was asked in one turn arrives together, in order.
    setImmediate(() => controller.abort(reason));
    return call;
  }

  test("nothing, when the call stops that was cancelled", async () => {
    await using probe = await openProbe(runner);
    await expect(giveUp(probe, "waitForSignal")).rejects.toBe(reason);
    expect(await probe.ask("echo", 1)).toBe(1);
  });

  test("nothing, when a call notices itself that its time is over", async () => {
    await using probe = await openProbe(runner);
    expect(await probe.ask("whyGivenUp", null, { deadline: probe.request.now() + 20 })).toBe("CALL_DEADLINE_EXCEEDED");
  });

  test.each(["spin", "hang"])("a plugin that goes on after its call was cancelled (%s) [RPT-145]", async (method) => {
    await using probe = await openProbe(runner);
    await expect(giveUp(probe, method)).rejects.toBe(reason);
    const why = `it did not stop when its ${method} was cancelled`;
    expect(await probe.channel.exited).toMatchObject({ expected: false, reason: why });
    await expect(probe.ask("echo", 1)).rejects.toMatchObject({
      code: "PLUGIN_FAILED",
      message: `Cannot call plugin "probe": it ended: ${why}`,
    });
  });

  test.each([
    ["exit", 3, "it called process.exit(3)"],
    ["exit", 0, "it ended by itself"],
    ["throwLater", null, "an error that it did not catch: late boom"],
    ["rejectLater", null, "an error that it did not catch: nobody caught this"],
    ["closePort", null, "it ended by itself"],
    ["forge", null, expect.stringContaining("broke the protocol")],
  ])("alone a plugin that does %s(%j), and tells why [BWK-1]", async (method, input, why) => {
    await using bystander = await openProbe(runner);
    await using probe = await openProbe(runner);
    await expect(probe.ask(method, input)).rejects.toBeInstanceOf(HostError);
    expect(await probe.channel.exited).toMatchObject({ expected: false, reason: why });
    expect(await bystander.ask("echo", 1)).toBe(1);
  });

  test("what is being opened, with the runner", async () => {
    const own = new WorkerRunner({ warm: 1 });
    const opening = openProbe(own);
    opening.catch(() => undefined);
    await own[Symbol.asyncDispose]();
    await expect(opening).rejects.toThrow("the host is stopping");
  });

  test("what is open, with the runner, and opens nothing after", async () => {
    const own = new WorkerRunner({ warm: 2 });
    const probes = await Promise.all([openProbe(own), openProbe(own)]);
    const hanging = probes[0].ask("hang");
    hanging.catch(() => undefined);
    await own[Symbol.asyncDispose]();
    await expect(hanging).rejects.toThrow("it was unloaded");
    for (const { channel } of probes) expect(await channel.exited).toMatchObject({ expected: true });
    await expect(openProbe(own)).rejects.toThrow("the host is stopping");
  });
});

describe("WorkerRunner refuses", () => {
  async function openText(text: string, signal = NEVER): Promise<unknown> {
    const folder = await mkdtemp(join(tmpdir(), "berth-worker-"));
    try {
      await writeFile(join(folder, "plugin.ts"), text);
      return await runner.open(openRequest([], { folder }), signal);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  test.each([
    ["code that does not parse", "export default 5 +", "PLUGIN_FAILED", 'Cannot load plugin "probe" from plugin.ts: '],
    ["code that throws", `throw new Error("not today");`, "PLUGIN_FAILED", "from plugin.ts: not today"],
    ["code that exits", "process.exit(4);", "PLUGIN_FAILED", "it called process.exit(4)"],
    ["a module without a plugin", "export const a = 1;", "CONTRACT_BROKEN", "export default definePlugin"],
  ])("%s", async (_what, text, code, message) => {
    await expect(openText(text)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  test("code that does not end loading, when the one who waits gives up", async () => {
    const giveUp = new AbortController();
    const opening = openText("for (;;);", giveUp.signal);
    setImmediate(() => giveUp.abort(new Error("too slow")));
    await expect(opening).rejects.toThrow("too slow");
  });
});

describe("WorkerRunner loads", () => {
  const PLUGIN = 'import { definePlugin } from "@berth/sdk"; export default definePlugin({ provides: [] });';

  async function folderOf(files: Readonly<Record<string, string>>) {
    const folder = await mkdtempDisposable(join(tmpdir(), "berth-worker-"));
    await mkdir(join(folder.path, "plugin"));
    for (const [path, text] of Object.entries(files)) await writeFile(join(folder.path, path), text);
    return { folder: join(folder.path, "plugin"), [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
  }

  test("modules that somebody knows as they are told, whatever lies in the folder by now", async () => {
    await using at = await folderOf({ "plugin/plugin.ts": "another", "plugin/a.ts": "const another = ;" });
    const modules = [
      { path: "plugin.ts", text: `import "./a.ts"; ${PLUGIN}` },
      { path: "a.ts", text: "globalThis.a = 1;" },
    ];
    const request = openRequest([], { folder: at.folder, modules: Promise.resolve(modules) });
    await using channel = await runner.open(request, NEVER);
    expect(await channel.describe(NEVER)).toEqual([]);
  });

  test("modules that are known later than all else", async () => {
    await using at = await folderOf({ "plugin/plugin.ts": "another" });
    const { promise: modules, resolve } = Promise.withResolvers<ModuleText[]>();
    const opening = runner.open(openRequest([], { folder: at.folder, modules }), NEVER);
    // One that was begun later, and knows its own, is open by now.
    await using _other = await openProbe(runner);
    resolve([{ path: "plugin.ts", text: PLUGIN }]);
    await using channel = await opening;
    expect(await channel.describe(NEVER)).toEqual([]);
  });

  test("a module of a plugin that says nothing of it, below a package of scripts", async () => {
    await using at = await folderOf({ "plugin/plugin.js": PLUGIN, "package.json": '{ "type": "commonjs" }' });
    const plugin = { name: "probe", version: "1.0.0" };
    const manifest = manifestSchema.parse({ plugin, runtime: { entry: "plugin.js" } });
    await using channel = await runner.open(openRequest([], { folder: at.folder, manifest }), NEVER);
    expect(await channel.describe(NEVER)).toEqual([]);
  });
});

describe("WorkerRunner gets ready for code of which it is not known yet whether it may run", () => {
  const WRITES = "writeFileSync(new URL('ran', import.meta.url), '');";
  const ENTRIES = {
    "plugin.ts": `import { writeFileSync } from "node:fs"; const a: number = 1; ${WRITES} export default a;`,
    "plugin.js": `import { writeFileSync } from "node:fs"; ${WRITES} export default 1;`,
    "plugin.cjs": `require("node:fs").writeFileSync(__dirname + "/ran", "");`,
  };

  async function openHeld(entry: keyof typeof ENTRIES, cleared: Promise<void>, signal = NEVER) {
    const folder = await mkdtempDisposable(join(tmpdir(), "berth-worker-"));
    await writeFile(join(folder.path, entry), ENTRIES[entry]);
    const plugin = { name: "probe", version: "1.0.0" };
    const manifest = manifestSchema.parse({ plugin, runtime: { entry } });
    const opening = runner.open(openRequest([], { folder: folder.path, manifest, cleared }), signal);
    opening.catch(() => undefined);
    const hasRun = (): boolean => existsSync(join(folder.path, "ran"));
    return { opening, hasRun, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
  }

  test.each(Object.keys(ENTRIES) as (keyof typeof ENTRIES)[])("and runs none of %s before", async (entry) => {
    const { promise: cleared, resolve: clear } = Promise.withResolvers<void>();
    await using held = await openHeld(entry, cleared);
    // One that was begun later, and waits for nothing, is open by now.
    await using _other = await openProbe(runner);
    expect(held.hasRun()).toBe(false);
    clear();
    await expect(held.opening).rejects.toMatchObject({ code: "CONTRACT_BROKEN" });
    expect(held.hasRun()).toBe(true);
  });

  test("and ends what it got ready when it may not", async () => {
    const stop = new AbortController();
    const { promise: cleared, reject: refuse } = Promise.withResolvers<void>();
    await using held = await openHeld("plugin.ts", cleared, stop.signal);
    await using _other = await openProbe(runner);
    const why = new Error("it is not whole");
    refuse(why);
    stop.abort(why);
    await expect(held.opening).rejects.toBe(why);
    expect(held.hasRun()).toBe(false);
  });
});

test("WorkerRunner promises to hold faults, memory and what the host counts, and no more", async () => {
  const { level, mechanisms, enforces } = await runner.report();
  expect(level).toBe("fault");
  expect(mechanisms[0]?.detail).toContain("all rights of the host's process");
  expect(Object.keys(enforces)).toContain("limits.memory_mb");
  expect(Object.keys(enforces)).not.toContain("limits.cpu_percent");
});
