import { existsSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failpoints } from "@berth/base";
import type { ReloadReport } from "@berth/kernel/reload";
import { createTestHost, type TestHost, type TestHostOptions, writePlugin } from "@berth/testing";
import { expect, test } from "vitest";
import { counter, openCounter } from "./counter.ts";

async function openWatched(
  options: Pick<TestHostOptions, "failpoints"> = {},
): Promise<{ host: TestHost; folder: string }> {
  const host = await createTestHost({
    ...options,
    plugins: [counter()],
    trust: "third-party",
    watch: true,
    config: {
      plugins: {
        counter: { enabled: true, isolation: "worker", grant: "asked", accept_unenforced: ["limits.cpu_percent"] },
      },
    },
  });
  return { host, folder: join(host.folder, "plugins") };
}

/** The next reload that says something of this kind. */
function nextReport(host: TestHost, outcome: ReloadReport["outcome"]): Promise<ReloadReport> {
  const { promise, resolve } = Promise.withResolvers<ReloadReport>();
  const listening = host.reloads.onDidReload((report) => {
    if (report.outcome !== outcome) return;
    listening[Symbol.dispose]();
    resolve(report);
  });
  return promise;
}

test("A plugin is replaced when its files change, and goes on with its state [FLX-12, FLX-13, FLX-14, OPS-44, OPS-45, RPT-56]", async () => {
  const { host, folder } = await openWatched();
  await using _host = host;
  await using count = openCounter(host);
  expect(await count.next()).toBe("one 1");
  const reloaded = nextReport(host, "reloaded");
  await writePlugin(folder, counter({ label: "two" }));
  await reloaded;
  expect(await count.next()).toBe("two 2");
});

test("Half a file, and a folder that is gone, are refused with their place; what serves goes on until it is whole again", async () => {
  const { host, folder } = await openWatched();
  await using _host = host;
  await using count = openCounter(host);
  expect(await count.next()).toBe("one 1");
  const refused = nextReport(host, "refused");
  const entry = join(folder, "counter/src/plugin.ts");
  await writeFile(entry, 'import { definePlugin } from "@berth/sdk";\nexport default definePlugin({');
  const report = await refused;
  expect(report).toMatchObject({ failed: { step: "verify" } });
  expect(report.failed?.error.message).toMatch(/counter\/src\/plugin\.ts:2:\d+/);
  expect(await count.next()).toBe("one 2");
  const gone = nextReport(host, "refused");
  await rm(join(folder, "counter"), { recursive: true });
  expect(await gone).toMatchObject({ failed: { step: "read" } });
  expect(await count.next()).toBe("one 3");
  const back = nextReport(host, "reloaded");
  await writePlugin(folder, counter({ label: "three" }));
  await back;
  expect(await count.next()).toBe("three 4");
});

test(
  "A version that hangs at its start gives way to the next save, long before its start time is over [OPS-45, OPS-47]",
  { tags: ["slow"] },
  async () => {
    const { host, folder } = await openWatched();
    await using _host = host;
    await using count = openCounter(host);
    expect(await count.next()).toBe("one 1");
    const hangs = Promise.withResolvers<void>();
    using _heard = host.events.subscribe({ owner: "test", pattern: "hangs" }, () => hangs.resolve());
    const hooks = `initialize: async (ctx) => { await ctx.events.publish("hangs", null); await new Promise(() => {}); },`;
    const manifest = '[permissions.events]\npublish = ["hangs"]';
    await writePlugin(folder, counter({ label: "two", hooks, manifest }));
    await hangs.promise;
    const refused = nextReport(host, "refused");
    const reloaded = nextReport(host, "reloaded");
    await writePlugin(folder, counter({ label: "three" }));
    expect(await refused).toMatchObject({ failed: { step: "initialize", error: { code: "CALL_CANCELLED" } } });
    await reloaded;
    expect(await count.next()).toBe("three 2");
  },
);

test("A reload that was begun before a save was over gives way to the rest of it, and is no refusal [FLX-49]", async () => {
  const failpoints = new Failpoints();
  const { host, folder } = await openWatched({ failpoints });
  await using _host = host;
  await using count = openCounter(host);
  const entry = join(folder, "counter/src/plugin.ts");
  const outcomes: string[] = [];
  // A thread that others hold up begins when a save is over: what comes then is a save of its own.
  for (let save = 1; !outcomes.includes("unchanged"); save++) {
    outcomes.length = 0;
    const served = Promise.withResolvers<void>();
    using _listening = host.reloads.onDidReload(({ outcome }) => {
      outcomes.push(outcome);
      if (outcome === "reloaded")
        void count.next().then((answer) => answer.startsWith(`rest ${save} `) && served.resolve());
    });
    using armed = failpoints.arm("reload.verify", () => {
      armed[Symbol.dispose]();
      writeFileSync(entry, counter({ label: `rest ${save}` }).source);
    });
    writeFileSync(entry, counter({ label: `save ${save}` }).source);
    await served.promise;
  }
  expect(outcomes).toEqual(["unchanged", "reloaded"]);
  // Whoever reads the audit log finds what became of each that was begun.
  const recorded = (kind: string): number => host.storage.audit.list({ kind }).length;
  await expect
    .poll(() => recorded("plugin.reload_refused") + recorded("plugin.reloaded"))
    .toBe(recorded("plugin.reload"));
});

test("A finished file that took the place of another is checked while it is loaded, and refused all the same", async () => {
  const { host, folder } = await openWatched();
  await using _host = host;
  await using count = openCounter(host);
  expect(await count.next()).toBe("one 1");
  const entry = join(folder, "counter/src/plugin.ts");
  const refused = nextReport(host, "refused");
  const draft = join(host.folder, "draft.ts");
  writeFileSync(draft, `${counter({ label: "two" }).source}\nexport const lost = () => gone();`);
  // It was written before it came: so it is known for whole.
  utimesSync(draft, 1, 1);
  renameSync(draft, entry);
  const { failed } = await refused;
  expect(failed).toMatchObject({ step: "verify", error: { code: "PLUGIN_FAILED" } });
  expect(failed?.error.message).toContain("uses gone, which is not defined");
  expect(await count.next()).toBe("one 2");
});

test("What cannot be written down in the audit log is not run [FLX-53]", async () => {
  const failpoints = new Failpoints();
  const { host, folder } = await openWatched({ failpoints });
  await using _host = host;
  await using count = openCounter(host);
  expect(await count.next()).toBe("one 1");
  const ran = join(host.folder, "ran");
  const traced = (label: string): string =>
    `import { writeFileSync } from "node:fs";\nwriteFileSync(${JSON.stringify(ran)}, "");\n${counter({ label }).source}`;
  const entry = join(folder, "counter/src/plugin.ts");
  {
    using _full = failpoints.arm("audit.write", () => {
      throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    });
    const refused = nextReport(host, "refused");
    writeFileSync(entry, traced("two"));
    expect(await refused).toMatchObject({ failed: { error: { code: "STORAGE_FAILED" } } });
    expect(existsSync(ran)).toBe(false);
    expect(await count.next()).toBe("one 2");
  }
  const reloaded = nextReport(host, "reloaded");
  writeFileSync(entry, traced("three"));
  await reloaded;
  expect(existsSync(ran)).toBe(true);
  expect(await count.next()).toBe("three 3");
});

test("A storm of saves ends on the last one, with two generations at most [FLX-49]", async () => {
  const { host, folder } = await openWatched();
  await using _host = host;
  await using count = openCounter(host);
  expect(await count.next()).toBe("one 1");
  const last = Promise.withResolvers<void>();
  using _listening = host.reloads.onDidReload(({ outcome }) => {
    if (outcome !== "reloaded") return;
    void count.next().then((answer) => answer.startsWith("save 299 ") && last.resolve());
  });
  for (let save = 0; save < 300; save++) await writePlugin(folder, counter({ label: `save ${save}` }));
  await last.promise;
  expect(await count.next()).toContain("save 299 ");
});
