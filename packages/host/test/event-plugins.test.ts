import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { ManualClock } from "@berth/base";
import { type BusEvent, type Tier, TIERS } from "@berth/contract";
import { createTestHost, type PluginToWrite, type TestHost, writePlugin } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { aCall, echoPlugin } from "./plugins-of-tests.ts";

const NEVER = new AbortController().signal;

interface WatcherOptions {
  /** What it asks to hear. */
  subscribe?: string[];
  /** What of it the contribution wants. */
  subjects?: string[];
  /** Code of `handle`. */
  handle?: string;
  manifest?: string;
}

/** An event plugin that publishes what it was shown under `seen.NAME`. */
function watcher(name: string, options: WatcherOptions = {}): PluginToWrite {
  const { subscribe = ["run.>"], subjects = subscribe, handle = "", manifest = "" } = options;
  return {
    name,
    provides: { event: [name] },
    manifest: `${manifest}\n[permissions]\nevents = { subscribe = ${JSON.stringify(subscribe)}, publish = ["seen.*"] }`,
    source: `
      import { defineEvent, definePlugin } from "@berth/sdk";
      export default definePlugin({ provides: [defineEvent("${name}", {
        create: (config, ctx) => ({
          subjects: ${JSON.stringify(subjects)},
          handle: async (event, call) => {
            ${handle}
            await ctx.events.publish("seen.${name}", [event.subject, event.data, event.from, call.caller]);
          },
        }),
      })] });`,
  };
}

/** Notes events, and waits for them. */
function listen(host: TestHost, pattern = "seen.>") {
  const heard: BusEvent[] = [];
  host.events.subscribe({ owner: "test", pattern }, (event) => void heard.push(event));
  const until = async (count: number): Promise<BusEvent[]> => {
    while (heard.length < count) await setImmediate();
    return heard;
  };
  return { heard, until };
}

const publish = (host: TestHost, subject: string, data: BusEvent["data"] = null): void =>
  host.events.publish({ subject, data, from: "host" });

describe("Event plugins [OPS-10]", () => {
  test("are loaded by the first event that is for them, and shown it and all that follow, in order", async () => {
    await using host = await createTestHost({
      plugins: [watcher("watch"), watcher("idle", { subscribe: ["other.*"] })],
    });
    await host.start(NEVER);
    const { until } = listen(host);
    expect(host.plugins.get("watch").state).toBe("unloaded");
    for (let n = 0; n < 50; n++) publish(host, "run.a.b", n);
    const heard = await until(50);
    expect(heard.map(({ data }) => data)).toEqual(Array.from({ length: 50 }, (_, n) => ["run.a.b", n, "host", "host"]));
    expect(host.plugins.get("idle").state).toBe("unloaded");
    expect(host.eventPlugins.counts).toMatchObject([
      { plugin: "watch", contribution: "event/watch", handled: 50, failed: 0, skipped: 0, dropped: 0 },
      { plugin: "idle", handled: 0 },
    ]);
  });

  test("hear nothing in a host that was not started: to look at plugins does nothing", async () => {
    await using host = await createTestHost({ plugins: [watcher("watch")] });
    publish(host, "run.a");
    await setImmediate();
    await setImmediate();
    expect([host.plugins.get("watch").state, host.eventPlugins.counts]).toEqual(["unloaded", []]);
  });

  test("that are to run from the start have their instance then", async () => {
    const failing = watcher("bad", { manifest: '[runtime]\nload = "eager"' });
    failing.source = failing.source.replace("create: (config, ctx) => ({", "create: (config, ctx) => nothing ?? ({");
    const eager = watcher("watch", { manifest: '[runtime]\nload = "eager"' });
    await using host = await createTestHost({ plugins: [eager, failing] });
    const started = listen(host, "host.started");
    const failures = await host.start(NEVER);
    expect(failures.map(({ message }) => message)).toEqual([expect.stringContaining("nothing is not defined")]);
    expect((await started.until(1))[0]!.data).toEqual({ plugins: ["watch", "bad"], failed: 1 });
  });

  test("hear only what was granted, and of that only what they ask for", async () => {
    const plugins = [watcher("watch", { subscribe: ["run.*", "secret.*"], subjects: ["run.finished", "secret.*"] })];
    const config = {
      plugins: {
        watch: {
          enabled: true,
          isolation: "inline" as const,
          accept_unenforced: [],
          grant: { events: { subscribe: ["run.*"], publish: ["seen.*"] } },
        },
      },
    };
    await using host = await createTestHost({ plugins, config, trust: "third-party" });
    await host.start(NEVER);
    const { until } = listen(host);
    for (const subject of ["secret.key", "run.began", "run.finished"]) publish(host, subject);
    expect((await until(1)).map(({ data }) => (data as string[])[0])).toEqual(["run.finished"]);
  });

  test("that fail are logged and counted, and neither they nor others stop hearing", async () => {
    const plugins = [
      watcher("bad", { handle: 'if (event.data === 1) throw new Error("cannot take one");' }),
      watcher("good"),
    ];
    await using host = await createTestHost({ plugins });
    await host.start(NEVER);
    const { until } = listen(host);
    for (const n of [0, 1, 2]) publish(host, "run.a", n);
    const heard = await until(5);
    const of = (name: string): unknown[] =>
      heard.filter(({ subject }) => subject === `seen.${name}`).map(({ data }) => (data as unknown[])[1]);
    expect([of("bad"), of("good")]).toEqual([
      [0, 2],
      [0, 1, 2],
    ]);
    expect(host.eventPlugins.counts[0]).toMatchObject({ plugin: "bad", handled: 2, failed: 1 });
    expect(host.records.filter(({ level }) => level === "error").map(({ message }) => message)).toEqual([
      'Plugin "bad" failed on run.a (event/bad): cannot take one',
    ]);
  });

  test("that cannot be loaded are left alone for a while, twice as long each time", async () => {
    const clock = new ManualClock();
    const broken: PluginToWrite = { ...watcher("broken"), source: 'throw new Error("no such thing");' };
    await using host = await createTestHost({ plugins: [broken], clock });
    await host.start(NEVER);
    const failed = listen(host, "plugin.failed");
    const skippedAfter = async (advanceMs: number): Promise<number> => {
      await clock.advance(advanceMs);
      publish(host, "run.a");
      for (let turn = 0; turn < 5; turn++) await setImmediate();
      return host.eventPlugins.counts[0]!.skipped;
    };
    publish(host, "run.a");
    await failed.until(1);
    expect(await skippedAfter(999)).toBe(1);
    expect(await skippedAfter(1)).toBe(1);
    await failed.until(2);
    expect(await skippedAfter(1_999)).toBe(2);
    expect(await skippedAfter(1)).toBe(2);
    await failed.until(3);
    expect(host.eventPlugins.counts[0]).toMatchObject({ handled: 0, failed: 3, skipped: 2 });
  });

  test("are not loaded by what is said of themselves", async () => {
    await using host = await createTestHost({ plugins: [watcher("watch", { subscribe: ["plugin.*"] })] });
    await host.start(NEVER);
    const { until } = listen(host);
    publish(host, "plugin.custom", { plugin: "other" });
    await until(1);
    await host.plugins.get("watch").deactivate();
    const stopped = listen(host, "plugin.stopped");
    publish(host, "plugin.stopped", { plugin: "watch" });
    await stopped.until(1);
    await setImmediate();
    expect(host.plugins.get("watch").state).toBe("unloaded");
  });

  test("hear that the host stops, while all is there", async () => {
    const subjects: string[] = [];
    const host = await createTestHost({ plugins: [watcher("watch", { subscribe: ["host.*"] })] });
    host.events.subscribe({ owner: "test", pattern: ">" }, ({ subject }) => void subjects.push(subject));
    await host.start(NEVER);
    while (!subjects.includes("seen.watch")) await setImmediate();
    subjects.length = 0;
    await host[Symbol.asyncDispose]();
    await setImmediate();
    expect(subjects).toEqual(["host.stopping", "seen.watch", "plugin.stopped"]);
  });

  test("that hang are cancelled in time, and hear the next", async () => {
    const clock = new ManualClock();
    const handle = 'if (event.data === 0) await new Promise((_, no) => call.signal.addEventListener("abort", no));';
    await using host = await createTestHost({ plugins: [watcher("watch", { handle })], clock });
    await host.start(NEVER);
    const { until } = listen(host);
    for (const n of [0, 1]) publish(host, "run.a", n);
    while (host.plugins.get("watch").state !== "active") await setImmediate();
    for (let turn = 0; turn < 5; turn++) await setImmediate();
    await clock.advance(30_000);
    expect((await until(1)).map(({ data }) => (data as unknown[])[1])).toEqual([1]);
    expect(host.eventPlugins.counts[0]).toMatchObject({ failed: 1 });
  });

  test("in words of the log: one without a subject is told so", async () => {
    await using host = await createTestHost({ plugins: [watcher("deaf", { subscribe: [] })] });
    await host.start(NEVER);
    expect(host.records.map(({ message }) => message)).toContainEqual(
      'Plugin "deaf" hears nothing by event/deaf: its manifest asks for no permissions.events.subscribe',
    );
  });
});

describe("An event plugin that is replaced [OPS-10]", () => {
  const config = { plugins: { watch: { enabled: true, isolation: "worker" as const, accept_unenforced: [] } } };
  const versions = { subscribe: ["run.*", "other.*"], manifest: '[runtime]\nload = "eager"' };

  test("hears with its new code, and what its new manifest asks for", async () => {
    await using host = await createTestHost({
      plugins: [watcher("watch", { ...versions, subscribe: ["run.*"] })],
      config,
    });
    await host.start(NEVER);
    const seen = listen(host);
    const reloaded = listen(host, "plugin.reloaded");
    publish(host, "run.a", 1);
    await seen.until(1);
    await writePlugin(join(host.folder, "plugins"), watcher("watch", { ...versions, subscribe: ["other.*"] }));
    expect(await host.reloads.reload("watch")).toMatchObject({ outcome: "reloaded" });
    expect((await reloaded.until(1))[0]).toMatchObject({ data: { plugin: "watch" }, from: "host" });
    publish(host, "run.a", 2);
    // What it wants to hear now is taken up a moment after it was replaced.
    for (let number = 3; seen.heard.length < 2; number++) {
      publish(host, "other.a", number);
      await setImmediate();
    }
    expect(seen.heard.slice(0, 2).map(({ data }) => (data as unknown[])[0])).toEqual(["run.a", "other.a"]);
  });

  test("loses nothing and hears nothing twice meanwhile", async () => {
    await using host = await createTestHost({ plugins: [watcher("watch", versions)], config });
    await host.start(NEVER);
    const seen = listen(host);
    let published = 0;
    for (let times = 0; times < 3; times++) {
      const next = { ...versions, handle: `/* ${times} */` };
      await writePlugin(join(host.folder, "plugins"), watcher("watch", next));
      const reloading = { isOver: false };
      const report = host.reloads.reload("watch").finally(() => (reloading.isOver = true));
      while (!reloading.isOver) {
        if (published - seen.heard.length < 500) publish(host, "run.a", published++);
        await setImmediate();
      }
      expect(await report).toMatchObject({ outcome: "reloaded" });
    }
    const heard = await seen.until(published);
    expect(heard.map(({ data }) => (data as unknown[])[1])).toEqual(Array.from({ length: published }, (_, n) => n));
  });

  test("may no longer provide the contribution: nothing is shown to it then", async () => {
    await using host = await createTestHost({ plugins: [watcher("watch", versions)], config });
    await host.start(NEVER);
    const next = { ...echoPlugin("watch"), manifest: versions.manifest };
    await writePlugin(join(host.folder, "plugins"), next);
    const report = await host.reloads.reload("watch");
    expect([report.failed, report.outcome]).toEqual([undefined, "reloaded"]);
    while (host.eventPlugins.counts.length > 0) await setImmediate();
    publish(host, "run.a");
  });
});

describe("The host tells [OPS-10]", () => {
  test("of every step of a plugin's life, and of its failure", async () => {
    const broken: PluginToWrite = { ...echoPlugin("broken"), source: 'throw new Error("no such thing");' };
    await using host = await createTestHost({ plugins: [echoPlugin("echo"), broken] });
    const { until } = listen(host, "plugin.*");
    await using source = host.instance({ contribution: "source/echo", instanceId: "e" });
    await source.method("fetch")([], aCall());
    await host.plugins.get("echo").deactivate();
    await host.plugins
      .get("broken")
      .activate(NEVER)
      .catch(() => undefined);
    const about = { plugin: "echo", version: "1.0.0" };
    expect(await until(4)).toMatchObject([
      { subject: "plugin.loaded", data: about, from: "host" },
      { subject: "plugin.active", data: about },
      { subject: "plugin.stopped", data: about },
      {
        subject: "plugin.failed",
        data: { plugin: "broken", code: "PLUGIN_FAILED", message: expect.stringContaining("no such thing") },
      },
    ]);
  });
});

describe.each(TIERS.filter((tier) => tier !== "wasm"))("An event plugin in tier %s [OPS-10]", (tier: Tier) => {
  test("reacts to what another plugin did", async () => {
    const plugin = (name: string) => ({ [name]: { enabled: true, isolation: tier, accept_unenforced: [] } });
    const config = { plugins: plugin("watch") };
    await using host = await createTestHost({
      plugins: [watcher("watch", { subscribe: ["plugin.*"], subjects: ["plugin.stopped"] }), echoPlugin("echo")],
      config,
    });
    await host.start(NEVER);
    const { until } = listen(host);
    await host.plugins.get("echo").activate(NEVER);
    await host.plugins.get("echo").deactivate();
    const [seen] = await until(1);
    expect(seen!.data).toEqual(["plugin.stopped", { plugin: "echo", version: "1.0.0" }, "host", "host"]);
    expect(seen!.from).toBe("plugin/watch");
  });
});
