import { HostError } from "@berth/contract";
import { MISBEHAVING } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { closeAfter, GOOD, openRig, type Rig, type ScriptedFetch, settle, START, until } from "./signage-rig.ts";

const failure = (message = "no answer"): never => {
  throw new HostError("PLUGIN_FAILED", message);
};

/** Never answers, and does not hear that nobody waits any more. */
const never = (): Promise<never> => new Promise(() => undefined);

describe("an attempt", () => {
  test("is given up after the source's own timeout; the message says after how many seconds [SIG-91] [SIG-108] [SIG-166]", async () => {
    const aborted: string[] = [];
    const script = {
      fetch: ({ id, signal }: ScriptedFetch) => {
        signal.addEventListener("abort", () => aborted.push(id));
        return never();
      },
    };
    const sources = [
      { id: "patient", timeout: 45, retry: { enabled: false } },
      { id: "hasty", timeout: 5, retry: { enabled: false } },
    ];
    await using rig = await openRig({ sources, script });
    const runs = rig.runOnce();
    await untilRunning(rig, 2);
    await rig.clock.advance(5_000);
    await until(() => rig.signage.sources[1]?.isRunning === false);
    expect(aborted).toEqual(["hasty"]);
    expect(rig.signage.sources[0]?.isRunning).toBe(true);
    await rig.clock.advance(40_000);
    const { patient, hasty } = await runs;
    expect([hasty?.error, patient?.error]).toEqual([
      { code: "CALL_DEADLINE_EXCEEDED", message: expect.stringMatching(/source\/scripted \(hasty\).*within 5 s/) },
      { code: "CALL_DEADLINE_EXCEEDED", message: expect.stringMatching(/source\/scripted \(patient\).*within 45 s/) },
    ]);
    expect([hasty?.durationMs, patient?.durationMs]).toEqual([5_000, 45_000]);
    expect(rig.host.storage.runs.latest("hasty")).toMatchObject({
      outcome: "failed",
      errorCode: "CALL_DEADLINE_EXCEEDED",
    });
  });

  test("has the whole timeout, each one anew [SIG-91] [SIG-108]", async () => {
    const script = { fetch: ({ attempt }: ScriptedFetch) => (attempt < 3 ? never() : GOOD) };
    const sources = [{ id: "home", timeout: 10, retry: { max_attempts: 3, backoff_seconds: [1] } }];
    await using rig = await openRig({ sources, script });
    const runs = rig.runOnce();
    await untilRunning(rig, 1);
    await rig.clock.advance(10_000);
    await rig.clock.advance(1_000);
    await rig.clock.advance(10_000);
    await rig.clock.advance(1_000);
    expect((await runs)["home"]).toMatchObject({ outcome: "success", attempts: 3, durationMs: 22_000 });
  });

  test("sets no timer that outlives it [SIG-92]", async () => {
    const script = { fetch: ({ id }: ScriptedFetch) => (id === "bad" ? failure() : GOOD) };
    const sources = [{ id: "good" }, { id: "bad", retry: { enabled: false } }];
    await using rig = await openRig({ sources, script });
    await rig.runOnce();
    await settle();
    expect(rig.clock.pendingTimers).toBe(0);
  });

  test("that fails is made again after the waits of the file, the last of which repeats [SIG-96] [SIG-110] [SIG-167]", async () => {
    const at: number[] = [];
    const script = {
      fetch: () => {
        at.push(rig.clock.now() - START);
        return failure(`no answer ${at.length}`);
      },
    };
    const sources = [{ id: "home", retry: { max_attempts: 5, backoff_seconds: [1, 3] } }];
    await using rig: Rig = await openRig({ sources, script });
    const runs = rig.runOnce();
    await until(() => at.length === 1);
    for (let second = 0; second < 10; second++) await rig.clock.advance(1_000);
    const { home } = await runs;
    expect(at).toEqual([0, 1_000, 4_000, 7_000, 10_000]);
    expect(home).toMatchObject({
      outcome: "failed",
      attempts: 5,
      error: { code: "PLUGIN_FAILED", message: "no answer 5" },
    });
  });

  test("is made once where the file switches retry off [SIG-96] [SIG-110]", async () => {
    let asked = 0;
    const script = {
      fetch: () => {
        asked++;
        return failure();
      },
    };
    await using rig = await openRig({ sources: [{ id: "home", retry: { enabled: false, max_attempts: 5 } }], script });
    expect((await rig.runOnce())["home"]).toMatchObject({ outcome: "failed", attempts: 1 });
    expect(asked).toBe(1);
  });

  test("is not made again where that cannot help", async () => {
    const script = {
      fetch: (): never => {
        throw new HostError("CONFIG_INVALID", "scripted: city is required");
      },
    };
    await using rig = await openRig({ script });
    expect((await rig.runOnce())["home"]).toMatchObject({
      outcome: "failed",
      attempts: 1,
      error: { code: "CONFIG_INVALID", message: "scripted: city is required" },
    });
  });

  test("with no data at all has failed, and says so by the source's name", async () => {
    const sources = [{ id: "home", retry: { enabled: false } }];
    await using rig = await openRig({ sources, script: { fetch: () => undefined } });
    expect((await rig.runOnce())["home"]).toMatchObject({
      outcome: "failed",
      error: { code: "PLUGIN_FAILED", message: 'Source "home" returned no data' },
    });
  });
});

describe("a source that misbehaves", () => {
  const misbehaving = (fault: string, more: object = {}) => ({
    id: fault,
    type: "misbehaving",
    config: { fault },
    timeout: 3,
    retry: { enabled: false },
    ...more,
  });

  test("fails by itself, in its own words, beside one that is well [SIG-13] [SIG-112]", async () => {
    const faults = [
      "throw",
      "throw-deep-causes",
      "reject-with-non-error",
      "no-content",
      "wrong-content",
      "too-large",
      "throw-in-create",
    ];
    const sources = [...faults.map((fault) => misbehaving(fault)), { id: "home" }];
    await using rig = await openRig({ sources, plugins: [MISBEHAVING] });
    const runs = await rig.runOnce();
    const told = Object.values(runs).map(({ id, outcome, error }) => [id, outcome, error?.code, error?.message]);
    expect(told).toEqual([
      ["throw", "failed", "PLUGIN_FAILED", expect.stringContaining("thrown by a plugin")],
      ["throw-deep-causes", "failed", "PLUGIN_FAILED", expect.stringContaining("cause 49")],
      ["reject-with-non-error", "failed", "PLUGIN_FAILED", expect.stringContaining("a thrown object")],
      ["no-content", "failed", "PLUGIN_FAILED", 'Source "no-content" returned no data'],
      [
        "wrong-content",
        "failed",
        "CONTRACT_BROKEN",
        expect.stringMatching(
          /^Cannot use what "wrong-content" returned: title: .*; lines: .*; content: Unrecognized key: "html"$/,
        ),
      ],
      [
        "too-large",
        "failed",
        "LIMIT_EXCEEDED",
        expect.stringMatching(/^Cannot use what "too-large" returned: title: /),
      ],
      [
        "throw-in-create",
        "failed",
        "PLUGIN_FAILED",
        'Cannot create "throw-in-create" of misbehaving: cannot be created',
      ],
      ["home", "success", undefined, undefined],
    ]);
    expect(rig.host.storage.cache.get("signage/misbehaving/wrong-content")).toBeUndefined();
  });

  test("and hears no signal is left behind when its time is over, and is asked again another time [SIG-91]", async () => {
    const sources = [misbehaving("ignore-signal"), misbehaving("hang"), misbehaving("hang-in-create")];
    const rig = await openRig({ sources, plugins: [MISBEHAVING] });
    for (let round = 0; round < 2; round++) {
      const runs = rig.runOnce();
      await untilRunning(rig, 3);
      await rig.clock.advance(3_000);
      expect(Object.values(await runs).map(({ error }) => error?.code)).toEqual(
        sources.map(() => "CALL_DEADLINE_EXCEEDED"),
      );
    }
    // The call that goes on although nobody waits for it has a second at the end, not the time of one that is waited for.
    await closeAfter(rig, 1_000);
  });

  test("does not spoil the end: what fails then is logged", async () => {
    const sources = [misbehaving("throw-in-dispose"), misbehaving("hang-in-dispose"), { id: "home" }];
    await using rig = await openRig({ sources, plugins: [MISBEHAVING] });
    expect(Object.values(await rig.runOnce()).map(({ outcome }) => outcome)).toEqual(["success", "success", "success"]);
    const closed = rig.signage[Symbol.asyncDispose]();
    await until(() => rig.clock.pendingTimers > 0);
    await rig.clock.advance(5_000);
    await closed;
    expect(
      rig.host.records
        .filter(({ level }) => level === "error")
        .map(({ message }) => message)
        .sort(),
    ).toEqual([
      'Cannot close "hang-in-dispose" of plugin "misbehaving": it took longer than 5 s',
      'Cannot close "throw-in-dispose" of plugin "misbehaving": cannot be disposed',
    ]);
  });

  test("by a layout that cannot be drawn fails the run, and its content is kept all the same", async () => {
    const sources = [{ id: "home", rendering: { layout: "impossible", background: "gradient" } }];
    await using rig = await openRig({ sources, plugins: [MISBEHAVING] });
    expect((await rig.runOnce())["home"]).toMatchObject({
      outcome: "failed",
      error: { code: "RENDER_FAILED", message: expect.stringMatching(/hologram/) },
      pictures: [],
    });
    expect(rig.host.storage.cache.get("signage/scripted/home")?.value).toEqual(GOOD);
  });

  test("by a layout that throws is drawn by the plain one, and that is said [BWK-3] [BWK-7]", async () => {
    const sources = [{ id: "home", rendering: { layout: "throwing", background: "gradient" } }];
    await using rig = await openRig({ sources, plugins: [MISBEHAVING] });
    expect((await rig.runOnce())["home"]).toMatchObject({ outcome: "success" });
    expect(warnings(rig)).toEqual([
      expect.stringMatching(/^Drew by the layout default, since throwing is broken: .*no pencil/),
    ]);
  });

  test("by a layout that hangs is given up, and drawn by the plain one", async () => {
    const sources = [{ id: "home", rendering: { layout: "hanging", background: "gradient" } }];
    const rig = await openRig({ sources, plugins: [MISBEHAVING] });
    const runs = rig.runOnce();
    await until(() => rig.host.storage.cache.get("signage/scripted/home") !== undefined);
    await until(() => rig.host.plugins.get("misbehaving").state === "active");
    await settle();
    await rig.clock.advance(10_000);
    expect((await runs)["home"]).toMatchObject({ outcome: "success" });
    expect(warnings(rig)).toEqual([expect.stringMatching(/since hanging is broken: .* did not answer within 10 s$/)]);
    await closeAfter(rig, 1_000);
  });
});

function warnings(rig: Rig): string[] {
  return rig.host.records.filter(({ level }) => level === "warn").map(({ message }) => message);
}

/** Until so many attempts wait for their answer; those that wait for a plugin to be loaded are not yet there. */
async function untilRunning(rig: Rig, count: number): Promise<void> {
  await until(() => rig.signage.sources.filter(({ isRunning }) => isRunning).length === count);
  await settle();
}
