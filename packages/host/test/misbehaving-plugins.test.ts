import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "@berth/base";
import {
  createTestHost,
  expectNoLeaks,
  MISBEHAVING,
  type MisbehavingConfig,
  type MisbehavingOptions,
  type PluginFault,
  type SourceFault,
  type TestHost,
  writeMisbehaving,
} from "@berth/testing";
import { describe, expect, test } from "vitest";
import { aCall, echoPlugin } from "./plugins-of-tests.ts";

const signal = (): AbortSignal => AbortSignal.timeout(20_000);

/** A host with a misbehaving plugin and one that is fine, over a clock that stands still. */
async function hostWith(options: MisbehavingOptions) {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await mkdtempDisposable(join(tmpdir(), "berth-host-")));
  const clock = new ManualClock(Date.UTC(2026, 5, 1));
  const misbehaving = await writeMisbehaving(join(folder.path, "copies"), options);
  const host = opened.use(
    await createTestHost({ folder: folder.path, plugins: [misbehaving, echoPlugin("fine")], clock }),
  );
  const owned = opened.move();
  return { host, clock, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const sourceOf = (host: TestHost, config: MisbehavingConfig = {}) =>
  host.instance({ contribution: "source/misbehaving", instanceId: "it", config });

async function expectFineToWork(host: TestHost): Promise<void> {
  await using fine = host.instance({ contribution: "source/fine", instanceId: "f" });
  expect(await fine.method("fetch")([], aCall())).toMatchObject({ title: "f" });
}

/** What the host says of each fault before the plugin is active. */
const START_FAULTS: Partial<Record<PluginFault, { code: string; message: RegExp }>> = {
  "crash-at-load": {
    code: "PLUGIN_FAILED",
    message: /^Cannot load plugin "misbehaving" from src\/plugin\.ts: crashed while loading$/,
  },
  "no-plugin": { code: "CONTRACT_BROKEN", message: /misbehaving/ },
  "breaks-promise": { code: "CONTRACT_BROKEN", message: /source\/misbehaving/ },
  "throw-at-initialize": {
    code: "PLUGIN_FAILED",
    message: /^Cannot initialize plugin "misbehaving": failed to initialize$/,
  },
  "throw-at-start": { code: "PLUGIN_FAILED", message: /^Cannot start plugin "misbehaving": failed to start$/ },
};

describe("Host with a plugin that cannot start", () => {
  test.each(Object.entries(START_FAULTS))(
    "%s: fails its use by name, and nothing else [RPT-42] [RPT-133]",
    async (fault, error) => {
      await using set = await hostWith({ fault: fault as PluginFault });
      await using source = sourceOf(set.host);
      const opening = source.open(signal());
      await expect(opening).rejects.toMatchObject({ code: error.code, message: expect.stringMatching(error.message) });
      expect(set.host.plugins.get("misbehaving").state).toBe("failed");
      await expectFineToWork(set.host);
    },
  );

  test.each(["initialize", "start"] as const)(
    "one that hangs at %s is given up after its time, which is named",
    async (step) => {
      await using set = await hostWith({ fault: `hang-at-${step}`, manifest: "[limits]\nstart_timeout_ms = 2000" });
      await using source = sourceOf(set.host);
      const opening = source.open(signal());
      const outcome = expect(opening).rejects.toMatchObject({
        code: "CALL_DEADLINE_EXCEEDED",
        message: `Cannot ${step} plugin "misbehaving": it took longer than 2 s`,
      });
      await untilTimer(set.clock);
      await expectFineToWork(set.host);
      await set.clock.advance(2_000);
      await outcome;
      expect(set.clock.pendingTimers).toBe(0);
    },
  );

  test("a required one ends the start with its error, in time", async () => {
    await using set = await hostWith({ fault: "throw-at-start", about: 'criticality = "required"' });
    await expect(set.host.start(signal())).rejects.toThrow('Cannot start plugin "misbehaving": failed to start');
  });

  test("an eager one that is optional is logged and reported, and the start goes on", async () => {
    await using set = await hostWith({ fault: "throw-at-start", manifest: '[runtime]\nload = "eager"' });
    const failures = await set.host.start(signal());
    expect(failures.map(({ message }) => message)).toEqual(['Cannot start plugin "misbehaving": failed to start']);
    expect(set.host.records).toContainEqual(
      expect.objectContaining({ level: "error", message: failures[0]?.message, fields: { plugin: "misbehaving" } }),
    );
    await expectFineToWork(set.host);
  });
});

describe("Host with a plugin that cannot stop", () => {
  test.each([
    ["throw-at-stop", /^Cannot stop plugin "misbehaving": failed to stop$/],
    ["throw-at-cleanup", /Cannot clean up "misbehaving": failed to cleanup/],
  ] as const)("%s: says so in the log and stops all the same", async (fault, message) => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-host-"));
    const plugin = await writeMisbehaving(folder.path, { fault });
    const host = await createTestHost({ plugins: [plugin, echoPlugin("fine")] });
    await sourceOf(host).open(signal());
    await host[Symbol.asyncDispose]();
    const errors = host.records.filter(({ level }) => level === "error");
    expect(errors).toMatchObject([{ message: expect.stringMatching(message), fields: { plugin: "misbehaving" } }]);
    expect(host.plugins.get("misbehaving").state).toBe("unloaded");
  });

  test("one that hangs at its end is left after its time", async () => {
    const set = await hostWith({ fault: "hang-at-stop" });
    await sourceOf(set.host).open(signal());
    const disposed = set[Symbol.asyncDispose]();
    await untilTimer(set.clock);
    await set.clock.advance(5_000);
    await disposed;
    expect(set.host.records.filter(({ level }) => level === "error")).toMatchObject([
      { message: 'Cannot stop plugin "misbehaving": it took longer than 5 s' },
    ]);
  });

  test("ten of them end together, not one after the other", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-host-"));
    const clock = new ManualClock();
    const names = Array.from({ length: 10 }, (_, index) => `misbehaving-${index}`);
    const plugins = await Promise.all(
      names.map((name) => writeMisbehaving(join(folder.path, "copies"), { name, fault: "hang-at-stop" })),
    );
    const host = await createTestHost({ plugins, clock });
    for (const name of names) await host.plugins.get(name).activate(signal());
    const disposed = host[Symbol.asyncDispose]();
    await untilTimer(clock, 10);
    await clock.advance(5_000);
    await disposed;
    expect(host.plugins.plugins.map(({ state }) => state)).toEqual(names.map(() => "unloaded"));
  });

  test("a subscription it forgot ends with it", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-host-"));
    const plugin = await writeMisbehaving(folder.path, { fault: "leak-subscription" });
    await expectNoLeaks(async () => {
      await using host = await createTestHost({ plugins: [plugin] });
      await using source = sourceOf(host, { fault: "leak-subscription" });
      await source.method("fetch")([], aCall());
      expect(await host.plugins.get("misbehaving").deactivate()).toEqual([]);
      let heard = 0;
      using _listening = host.events.subscribe({ owner: "host", pattern: "misbehaving.>" }, () => void heard++);
      host.events.publish({ subject: "misbehaving.now", data: null, from: "host" });
      await new Promise((resolve) => setImmediate(resolve));
      expect(heard).toBe(1);
      expect(host.records.filter(({ level }) => level === "error")).toEqual([]);
    });
  });
});

const CALL_FAULTS: Partial<Record<SourceFault, { name: string; message: RegExp }>> = {
  throw: { name: "Error", message: /^thrown by a plugin$/ },
  "throw-deep-causes": { name: "Error", message: /^cause 49$/ },
  "denied-fetch": { name: "HostError", message: /^Cannot fetch from 127\.0\.0\.1:9: / },
};

describe("Host with an instance that misbehaves", () => {
  test("logs by name whose listener failed on which event, and others still hear it", async () => {
    await using host = await createTestHost({ plugins: [MISBEHAVING] });
    const heard: string[] = [];
    const failing = { owner: "plugin/some", pattern: "run.*" };
    using _first = host.events.subscribe(failing, () => {
      throw new Error("not that one");
    });
    using _second = host.events.subscribe({ owner: "host", pattern: ">" }, ({ subject }) => void heard.push(subject));
    host.events.publish({ subject: "run.finished", data: null, from: "host" });
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard).toEqual(["run.finished"]);
    expect(host.records).toMatchObject([
      { level: "error", message: "plugin/some failed on an event of run.*: not that one" },
    ]);
  });

  test("is told which address of its configuration it was not granted, and why", async () => {
    const manifest = '[permissions]\nnetwork = ["config:text"]';
    await using host = await createTestHost({ plugins: [echoPlugin("reader", { manifest })] });
    const config = { text: "no address" };
    await using instance = host.instance({ contribution: "source/reader", instanceId: "r", config });
    expect(await instance.method("fetch")([], aCall())).toMatchObject({ lines: ["no address", "1"] });
    expect(host.records).toMatchObject([
      { level: "warn", message: expect.stringMatching(/^Plugin "reader" is not granted config:text for "r": /) },
    ]);
  });

  test.each(Object.entries(CALL_FAULTS))("%s reaches the caller as it is", async (fault, { name, message }) => {
    await using host = await createTestHost({ plugins: [MISBEHAVING] });
    await using source = sourceOf(host, { fault: fault as SourceFault });
    const error = await source
      .method("fetch")([], aCall())
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name, message: expect.stringMatching(message) });
  });

  test.each([
    ["throw-in-create", "PLUGIN_FAILED", /^Cannot create "it" of misbehaving: cannot be created$/],
    ["no-fetch", "CONTRACT_BROKEN", /source\/misbehaving.*fetch/],
  ] as const)("%s is refused when it is opened", async (fault, code, message) => {
    await using host = await createTestHost({ plugins: [MISBEHAVING] });
    await using source = sourceOf(host, { fault });
    await expect(source.open(signal())).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(host.plugins.get("misbehaving").state).toBe("active");
  });

  test("hang-in-create is given up after the plugin's time to start", async () => {
    await using set = await hostWith({});
    await using source = sourceOf(set.host, { fault: "hang-in-create" });
    const outcome = expect(source.open(signal())).rejects.toThrow(
      'Cannot open "it" of plugin "misbehaving": it took longer than 30 s',
    );
    await untilTimer(set.clock);
    await set.clock.advance(30_000);
    await outcome;
  });

  test("flood-log is cut to what a plugin may log in a second, and the rest is counted", async () => {
    await using set = await hostWith({});
    await using source = sourceOf(set.host, { fault: "flood-log" });
    await source.method("fetch")([], aCall());
    const lines = () => set.host.records.filter(({ source }) => source === "plugin/misbehaving");
    expect(lines()).toHaveLength(100);
    await set.clock.advance(1_000);
    expect(lines().at(-1)).toMatchObject({
      level: "warn",
      message: "9900 log lines dropped: more than 100 in a second",
    });
  });
});

/** Waits until as many timers are set: loading code takes real time, the clock stands still meanwhile. */
async function untilTimer(clock: ManualClock, count = 1): Promise<void> {
  while (clock.pendingTimers < count) await new Promise((resolve) => setImmediate(resolve));
}
