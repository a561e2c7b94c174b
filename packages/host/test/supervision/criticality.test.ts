import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestHost, type TestHost, writePlugin } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { aCall, echoPlugin } from "../plugins-of-tests.ts";
import { BROKEN_WAYS, brokenPlugin, type BrokenWay } from "./broken-plugins.ts";

const never = new AbortController().signal;
const ways = Object.entries(BROKEN_WAYS);

/** A host with a plugin that is broken and one that is fine. */
async function hostWith(way: BrokenWay, criticality: "required" | "optional") {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await mkdtempDisposable(join(tmpdir(), "berth-broken-")));
  const path = await writePlugin(join(folder.path, "plugins"), brokenPlugin(way, criticality));
  const isolation = way.isForeign ? {} : ({ isolation: "worker" } as const);
  const host: TestHost = opened.use(
    await createTestHost({
      folder: folder.path,
      plugins: [echoPlugin("fine")],
      roots: [{ kind: "plugin", path, trust: way.isForeign ? "third-party" : "first-party" }],
      config: { plugins: { broken: { enabled: true, accept_unenforced: [], ...isolation } } },
    }),
  );
  const owned = opened.move();
  return { host, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

describe.each(ways)("A plugin with %s", (_, way) => {
  test("that is optional leaves the host ready, and is named with the reason and what to do [BWK-7, FLX-35]", async () => {
    await using set = await hostWith(way, "optional");
    const { host } = set;
    await host.start(never);
    const { isReady, broken } = host.supervision.report();
    expect(isReady).toBe(true);
    expect(broken).toEqual([
      {
        plugin: expect.stringMatching(/(?:^|\/)broken$/) as string,
        isRequired: false,
        code: way.code,
        reason: expect.stringMatching(way.reason) as string,
        fix: expect.stringMatching(/^[^\n]{10,}$/) as string,
      },
    ]);
    expect(broken[0]?.reason).not.toContain("\n");
    await using fine = host.instance({ contribution: "source/fine", instanceId: "f" });
    expect(await fine.method("fetch")([], aCall())).toMatchObject({ title: "f" });
  });

  test("that is required ends the start with one line that says why and what to do [BWK-7, FLX-35]", async () => {
    await using set = await hostWith(way, "required");
    const error: unknown = await set.host.start(never).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "PLUGIN_REQUIRED", details: { code: way.code } });
    const { message } = error as Error;
    expect(message).toMatch(
      /^Cannot start without plugin "[^"]*broken", which is required: [^\n]+ \([A-Z_]+\)\. [^\n]+$/,
    );
    expect(message).toMatch(way.reason);
    expect(set.host.supervision.report().isReady).toBe(false);
  });
});

test("There are at least ten ways", () => {
  expect(ways.length).toBeGreaterThanOrEqual(10);
});

describe("Safe mode", () => {
  test("takes what comes with Berth and runs inline, leaves out the rest by name, and starts without what is required [BWK-7]", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-safe-"));
    const broken = await writePlugin(folder.path, {
      ...brokenPlugin({ code: "", reason: /x/ }, "required"),
      name: "broken",
    });
    await using host = await createTestHost({
      plugins: [echoPlugin("fine"), echoPlugin("apart")],
      roots: [{ kind: "plugin", path: broken, trust: "third-party" }],
      config: { plugins: { apart: { enabled: true, accept_unenforced: [], isolation: "worker" } } },
      isSafe: true,
    });
    expect(await host.start(never)).toEqual([]);
    expect(host.plugins.plugins.map(({ name }) => name)).toEqual(["fine"]);
    expect(host.supervision.report()).toEqual({ isReady: true, broken: [], leftOut: ["apart", "broken"] });
    expect(host.plugins.troubles.map(({ error }) => error.code)).toEqual(["PLUGIN_LEFT_OUT", "PLUGIN_LEFT_OUT"]);
    expect(() => host.plugins.get("broken")).toThrow(
      'Plugin "broken" is left out in safe mode: it does not come with Berth',
    );
    expect(() => host.plugins.get("apart")).toThrow('Plugin "apart" is left out in safe mode: it runs in tier worker');
  });
});
