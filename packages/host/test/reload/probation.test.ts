import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ReloadReport } from "@berth/kernel/reload";
import { writePlugin } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { openReloadingHost, type ReloadingHost, until } from "./reloading-host.ts";

const WINDOW_MS = 10_000;
const signal = new AbortController().signal;

/** The reports of all reloads, in order. */
function reportsOf({ host }: ReloadingHost): ReloadReport[] {
  const reports: ReloadReport[] = [];
  host.reloads.onDidReload((report) => reports.push(report));
  return reports;
}

/** Answers take real time: what the host asked is answered before it asks again. */
async function passProbation({ host, clock }: ReloadingHost): Promise<void> {
  for (let ms = 0; ms < WINDOW_MS; ms += 250) {
    await clock.advance(250);
    await host.plugins.get("counter").health(signal);
  }
}

const generationOf = ({ host }: ReloadingHost): number | undefined => host.plugins.get("counter").serving?.number;
const isCurrent = async ({ host }: ReloadingHost): Promise<boolean[]> =>
  (await host.reloads.history("counter")).map((kept) => kept.isCurrent);

describe("Probation", () => {
  test("passes after its time: the old generation is gone, and what failed before does not count any more [OPS-47]", async () => {
    await using at = await openReloadingHost("worker");
    await at.save({ label: "two", each: "if (count > 4) throw new Error('not today');" });
    await at.host.reloads.reload("counter");
    expect([...at.runner.alive]).toEqual([1, 2]);
    await passProbation(at);
    await at.untilOneIsLeft();
    expect([...at.runner.alive]).toEqual([2]);
    for (let calls = 0; calls < 20; calls++) await at.count.next().catch(() => undefined);
    expect(generationOf(at)).toBe(2);
  });

  test("is told by the reload, with what is left of it; not of what is unchanged, or not loaded [OPS-47]", async () => {
    const other = {
      name: "other",
      provides: { source: ["other"] },
      manifest: '[runtime]\nload = "eager"',
      source: `
        import { definePlugin, defineSource } from "@berth/sdk";
        export default definePlugin({
          provides: [defineSource("other", { create: () => ({ fetch: async () => ({ title: "o", lines: [] }) }) })],
        });`,
    };
    await using at = await openReloadingHost("worker", {}, [other]);
    await at.host.start(signal);
    await at.save({ label: "two" });
    const told = await at.host.reloads.reload("counter");
    expect([told.outcome, told.probationMs]).toEqual(["reloaded", WINDOW_MS]);
    const unchanged = await at.host.reloads.reload("counter", { always: false });
    expect([unchanged.outcome, unchanged.probationMs]).toEqual(["unchanged", undefined]);
    using _armed = at.failpoints.arm("reload.detect", (visit) => (visit === 2 ? at.clock.advance(100) : undefined));
    const all = await at.host.reloads.reloadAll();
    expect(all.map(({ plugin, probationMs }) => [plugin, probationMs])).toEqual([
      ["counter", WINDOW_MS - 100],
      ["other", WINDOW_MS],
    ]);
    await at.host.plugins.get("counter").deactivate();
    await at.save({ label: "three" });
    const later = await at.host.reloads.reload("counter");
    expect([later.outcome, later.serving, later.probationMs]).toEqual(["reloaded", undefined, undefined]);
  });

  test("a few failures among many calls, and those that the caller is at fault for, are no reason to go back", async () => {
    await using at = await openReloadingHost("worker");
    const each = "if (failures++ % 3 === 0) throw new Error('not today');";
    await at.save({ label: "two", top: "let failures = 1;", each });
    await at.host.reloads.reload("counter");
    for (let calls = 0; calls < 30; calls++) await at.count.next().catch(() => undefined);
    expect(generationOf(at)).toBe(2);
    await using other = await openReloadingHost("worker");
    await other.save({ label: "two", each: "await new Promise((resolve) => setTimeout(resolve, 1));" });
    await other.host.reloads.reload("counter");
    for (let calls = 0; calls < 10; calls++) {
      const caller = new AbortController();
      const answer = other.count.next(caller.signal);
      caller.abort(new Error("enough"));
      await expect(answer).rejects.toThrow("enough");
    }
    expect(generationOf(other)).toBe(2);
  });

  test("a version that ends with the first call that waited for it is gone back from, once, and is not written down as the current one [OPS-47, BWK-84]", async () => {
    await using at = await openReloadingHost("worker");
    const reports = reportsOf(at);
    await at.save({ label: "two", each: "process.exit(3);" });
    let waiting: Promise<unknown> | undefined;
    using _armed = at.failpoints.arm("reload.handover", () => {
      waiting = at.count.next().catch((error: unknown) => error);
    });
    await at.host.reloads.reload("counter");
    expect(await waiting).toMatchObject({ code: "PLUGIN_FAILED" });
    await until(() => reports.some(({ outcome }) => outcome === "rolled-back"));
    expect(reports.at(-1)).toMatchObject({
      outcome: "rolled-back",
      serving: { generation: 1 },
      other: { generation: 2 },
    });
    expect(await at.count.next()).toBe("one 2");
    await until(() => at.runner.alive.size === 1);
    await expect.poll(() => isCurrent(at), { interval: 1 }).toEqual([false, true]);
    const kept = await at.host.reloads.history("counter");
    expect(kept.map(({ hasFailed }) => hasFailed)).toEqual([true, false]);
  });

  test("the next reload takes the one that is on probation for good [OPS-47]", async () => {
    await using at = await openReloadingHost("worker");
    const reports = reportsOf(at);
    for (const label of ["two", "three", "four"]) {
      await at.save({ label });
      at.runner.most = 0;
      expect(await at.host.reloads.reload("counter")).toMatchObject({ outcome: "reloaded" });
      expect(at.runner.most).toBe(2);
      expect([...at.runner.alive]).toEqual([generationOf(at)! - 1, generationOf(at)!]);
    }
    expect(await at.count.next()).toBe("four 2");
    expect(reports.map(({ outcome }) => outcome)).toEqual(["reloaded", "reloaded", "reloaded"]);
  });

  test("a plugin that is disabled meanwhile is stopped, with both generations, and nothing is held against the new one [OPS-11]", async () => {
    await using at = await openReloadingHost("worker");
    const reports = reportsOf(at);
    await at.save({ label: "two" });
    await at.host.reloads.reload("counter");
    await at.host.switches.switchOff("counter", { by: "ada" });
    expect(at.host.plugins.get("counter").state).toBe("unloaded");
    await until(() => at.runner.alive.size === 0);
    await at.clock.advance(WINDOW_MS);
    expect(reports.map(({ outcome }) => outcome)).toEqual(["reloaded"]);
    expect(await isCurrent(at)).toEqual([true, false]);
    await at.host.switches.switchOn("counter", "ada", signal);
    expect(await at.count.next()).toBe("two 1");
  });

  test("ends with the host, which leaves no generation behind", async () => {
    const at = await openReloadingHost("worker");
    await at.save({ label: "two" });
    await at.host.reloads.reload("counter");
    expect(at.runner.alive.size).toBe(2);
    await at[Symbol.asyncDispose]();
    expect(at.runner.alive.size).toBe(0);
    expect(at.clock.pendingTimers).toBe(0);
  });

  test("when the old generation has ended meanwhile it is loaded again with the state that it handed on, and calls wait for it [OPS-47]", async () => {
    await using at = await openReloadingHost("worker");
    const reports = reportsOf(at);
    expect(await at.count.next()).toBe("one 2");
    await at.save({ label: "two", each: "process.exit(3);" });
    await at.host.reloads.reload("counter");
    await at.runner.channels.get(1)![Symbol.asyncDispose]();
    await expect(at.count.next()).rejects.toMatchObject({ code: "PLUGIN_FAILED" });
    expect(await at.count.next()).toBe("one 3");
    expect(reports.at(-1)).toMatchObject({
      outcome: "rolled-back",
      serving: { generation: 3 },
      other: { generation: 2 },
    });
    expect([...at.runner.alive]).toEqual([3]);
  });

  test("when the old generation has ended and cannot be loaded again the plugin has failed, and is tried afresh", async () => {
    await using at = await openReloadingHost("worker");
    expect(await at.count.next()).toBe("one 2");
    await at.save({ label: "two", each: "process.exit(3);" });
    await at.host.reloads.reload("counter");
    await at.runner.channels.get(1)![Symbol.asyncDispose]();
    const { channels } = at.runner;
    at.runner.refuse = () => new Error("no thread to be had");
    await expect(at.count.next()).rejects.toMatchObject({ code: "PLUGIN_FAILED" });
    await until(() => at.host.plugins.get("counter").state === "failed");
    expect(channels.size).toBe(2);
    delete at.runner.refuse;
    // The first restart may have been refused already; the second comes after a while.
    let answer: string | undefined;
    let leftMs = 200;
    void at.count.next().then((value) => (answer = value));
    await until(() => {
      if (leftMs-- > 0) void at.clock.advance(1);
      return answer !== undefined;
    });
    expect(answer).toBe("one 1");
  });

  test("what is replaced in one transaction goes back in one [OPS-46, OPS-47]", async () => {
    const dependent = {
      name: "dependent",
      provides: { source: ["dependent"] },
      manifest: '[runtime]\nload = "eager"\n[dependencies.requires]\ncounter = "*"',
      source: `
        import { definePlugin, defineSource } from "@berth/sdk";
        export default definePlugin({
          provides: [defineSource("dependent", { create: () => ({ fetch: async () => ({ title: "d", lines: [] }) }) })],
        });`,
    };
    await using at = await openReloadingHost("worker", {}, [dependent]);
    await at.host.start(signal);
    const dependentBefore = at.host.plugins.get("dependent").serving;
    // Nobody asked for this version of it.
    await writeFile(join(at.host.folder, "plugins/dependent/src/plugin.ts"), "throw new Error('not today');\n");
    const reports = reportsOf(at);
    await at.save({ label: "two", each: "process.exit(3);" });
    expect(await at.host.reloads.reload("counter")).toMatchObject({ outcome: "reloaded", dependents: ["dependent"] });
    expect(at.host.plugins.get("dependent").serving).not.toBe(dependentBefore);
    expect(at.host.plugins.get("dependent").serving?.digest).toBe(dependentBefore?.digest);
    await expect(at.count.next()).rejects.toMatchObject({ code: "PLUGIN_FAILED" });
    await until(() => reports.length === 2);
    expect(reports.at(-1)).toMatchObject({
      outcome: "rolled-back",
      dependents: ["dependent"],
      serving: { generation: 1 },
    });
    expect(at.host.plugins.get("dependent").serving).toBe(dependentBefore);
    expect(await at.count.next()).toBe("one 2");
  });
});

test("What a version provides goes back with it", async () => {
  await using at = await openReloadingHost("inline", { hooks: "" });
  const folder = join(at.host.folder, "plugins");
  await writePlugin(folder, {
    name: "counter",
    version: "2.0.0",
    provides: { source: ["count", "more"] },
    source: `
      import { definePlugin, defineSource } from "@berth/sdk";
      const source = { create: () => ({ fetch: async () => { throw new Error("not today"); } }) };
      export default definePlugin({ provides: [defineSource("count", source), defineSource("more", source)] });\n`,
  });
  expect(await at.host.reloads.reload("counter")).toMatchObject({ outcome: "reloaded" });
  expect(at.host.plugins.names("source")).toEqual(["count", "more"]);
  for (let calls = 0; calls < 6; calls++) await at.count.next().catch(() => undefined);
  expect(generationOf(at)).toBe(1);
  expect(at.host.plugins.names("source")).toEqual(["count"]);
});
