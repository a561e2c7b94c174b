import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "@berth/base";
import { formatProblem, type HostError, type Problem } from "@berth/contract";
import { createTestHost, type PluginToWrite, type TestHost, writeMisbehaving } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { checkSourceConfigs, openSignage, selectSources } from "../src/index.ts";
import { GOOD, load, openRig, type ScriptedFetch, settle, until } from "./signage-rig.ts";

const signal = (): AbortSignal => AbortSignal.timeout(20_000);

/** Wants one field of each kind, one of them secret. */
const STATION: PluginToWrite = {
  name: "station",
  provides: { source: ["station"] },
  source: `
    import { configError, definePlugin, defineSource, fields } from "@berth/sdk";
    export default definePlugin({
      provides: [defineSource("station", {
        config: fields({
          code: { type: "string", required: true, pattern: /[A-Z]{4}/ },
          floors: { type: "int", default: 1, min: 1, max: 9 },
          open: { type: "bool", default: true },
          every: { type: "duration", default: "5m", min: "1m" },
          pass: { type: "string", secret: true },
        }),
        create: ({ code, floors, open }, ctx) => {
          if (code === "NONE") throw configError(ctx, "code", "is no station");
          return { fetch: async () => ({ title: code, lines: [String(floors), String(open)] }) };
        },
      })],
    });`,
};

async function stationHost() {
  return createTestHost({ plugins: [STATION] });
}

async function problemsOf(text: string, env: Record<string, string> = {}): Promise<string[]> {
  await using host = await stationHost();
  const loaded = await load(text, host, host.folder, env);
  const problems = await checkSourceConfigs(host, loaded, selectSources(loaded, undefined), signal());
  return problems.map(formatProblem);
}

describe("what a source's own plugin says of its settings", () => {
  test("is placed in the file, every problem of every source at once [SIG-89] [SIG-160]", async () => {
    const text = `
sources:
  - id: north
    type: station
    schedule: "* * * * *"
    config:
      code: K1
      floors: 12
      colour: red
  - id: south
    type: station
    schedule: "* * * * *"
    config: { every: 10s }
`;
    expect(await problemsOf(text)).toEqual([
      expect.stringMatching(/^sources\.yaml:7:13 sources\[0\]\.config\.code: .*must match/),
      expect.stringMatching(/^sources\.yaml:8:15 sources\[0\]\.config\.floors: .*at most 9/),
      expect.stringMatching(/^sources\.yaml:9:(7|15) sources\[0\]\.config\.colour: .*not a known field/),
      expect.stringMatching(/^sources\.yaml:13:\d+ sources\[1\]\.config.*code.*required/),
      expect.stringMatching(/^sources\.yaml:13:22 sources\[1\]\.config\.every: .*1m/),
    ]);
  });

  test("ends the opening with all of it, as an error that is the user's to mend [SIG-89]", async () => {
    await using host = await stationHost();
    const text = 'sources: [{ id: a, type: station, schedule: "* * * * *", config: { code: lower } }]';
    const loaded = await load(text, host, host.folder, {});
    const sources = selectSources(loaded, undefined);
    const opening = openSignage({ host, loaded, sources, workingFolder: host.folder, signal: signal() });
    const error = (await opening.catch((thrown: unknown) => thrown)) as HostError;
    expect(error).toMatchObject({ code: "CONFIG_INVALID" });
    expect(error.details as unknown as Problem[]).toMatchObject([
      { file: "sources.yaml", line: 1, path: "sources[0].config.code" },
    ]);
  });

  test("is not asked of sources that are switched off [SIG-89]", async () => {
    const text = 'sources: [{ id: a, type: nobody, schedule: "* * * * *", enabled: false, config: { x: "${UNSET}" } }]';
    expect(await problemsOf(text)).toEqual([]);
  });

  test("never quotes a value from the environment [SIG-160]", async () => {
    const text = 'sources: [{ id: a, type: station, schedule: "* * * * *", config: { code: "${STATION_KEY}" } }]';
    const [problem] = await problemsOf(text, { STATION_KEY: "s3cr3t-value" });
    expect(problem).toContain("sources[0].config.code");
    expect(problem).not.toContain("s3cr3t-value");
  });

  test("takes numbers and booleans from the environment for what they are [SIG-89]", async () => {
    const config = { code: "KSEA", floors: "${FLOORS}", open: "${OPEN}" };
    const sources = [{ id: "home", type: "station", config }];
    await using rig = await openRig({ sources, plugins: [STATION], env: { FLOORS: "7", OPEN: "false" } });
    await rig.runOnce();
    expect(rig.drawn).toMatchObject([{ title: "KSEA" }]);
    expect(rig.host.storage.cache.get("signage/station/home")?.value).toMatchObject({ lines: ["7", "false"] });
  });

  test("and only finds out when it is made, fails the run in its words and no other [SIG-160]", async () => {
    const sources = [
      { id: "none", type: "station", config: { code: "NONE" }, retry: { enabled: false } },
      { id: "home" },
    ];
    await using rig = await openRig({ sources, plugins: [STATION] });
    const runs = await rig.runOnce();
    expect(runs).toMatchObject({
      none: { outcome: "failed", error: { code: "CONFIG_INVALID", message: "station: code is no station" } },
      home: { outcome: "success" },
    });
  });
});

describe("selectSources", () => {
  const TEXT = `sources:
  - { id: one, type: station, schedule: "* * * * *", config: { code: KSEA } }
  - { id: two, type: station, schedule: "* * * * *", config: { code: KSEA }, enabled: false }`;

  test("gives the ones that are switched on, or those asked for, and refuses the others with a reason", async () => {
    await using host = await stationHost();
    const loaded = await load(TEXT, host, host.folder, {});
    const ids = (asked?: string[]) => selectSources(loaded, asked).map(({ id }) => id);
    expect([ids(), ids([]), ids(["one"])]).toEqual([["one"], ["one"], ["one"]]);
    expect(() => ids(["three", "one"])).toThrow('No source has the id "three"; there are: one, two');
    expect(() => ids(["two"])).toThrow('Cannot run "two": switched off in sources.yaml; set enabled: true');
  });
});

describe("several sources of one kind", () => {
  test("keep their settings apart, also while all of them run [SIG-159]", async () => {
    const waiting: (() => void)[] = [];
    const script = {
      fetch: async ({ id, config }: ScriptedFetch) => {
        await new Promise<void>((resolve) => waiting.push(resolve));
        return { title: id, lines: [JSON.stringify(config)] };
      },
    };
    const sources = Array.from({ length: 10 }, (_, n) => ({ id: `s${n}`, config: { secret: `of ${n}`, n } }));
    await using rig = await openRig({ sources, script, top: { width: 10 } });
    const running = rig.runOnce();
    await until(() => waiting.length === 10);
    for (const go of waiting.toReversed()) go();
    await running;
    for (const { id, config } of sources) {
      const kept = rig.host.storage.cache.get(`signage/scripted/${id}`)?.value;
      expect(kept).toEqual({ title: id, lines: [JSON.stringify(config)] });
    }
  });

  test("give the same whether chosen one by one, run all at once or by their schedule [SIG-152]", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-signage-"));
    const script = {
      fetch: ({ id, config }: ScriptedFetch) => ({ ...GOOD, title: `${id} ${JSON.stringify(config)}` }),
    };
    const sources = [
      { id: "one", config: { city: "Oslo" } },
      { id: "two", config: { city: "Rome" } },
    ];
    const seen: unknown[] = [];
    const note = (rig: Awaited<ReturnType<typeof openRig>>): void => {
      const kept = sources.map(({ id }) => rig.host.storage.cache.get(`signage/scripted/${id}`)?.value);
      const ended = rig.signage.sources.map(({ last }) => [last?.outcome, last?.dataPoints, last?.pictures]);
      seen.push({ kept, ended });
    };
    {
      await using rig = await openRig({ sources, script, folder: folder.path });
      await rig.runOnce();
      note(rig);
    }
    {
      await using rig = await openRig({
        sources,
        script,
        folder: folder.path,
        clock: new ManualClock(Date.UTC(2027, 0, 1)),
      });
      const running = rig.signage.runOnSchedule(rig.request);
      await until(() => rig.signage.sources.every(({ last }) => last !== undefined));
      rig.stop.abort();
      await running;
      note(rig);
    }
    {
      await using rig = await openRig({ sources, script, folder: folder.path });
      const { host, loaded } = rig;
      const kept: unknown[] = [];
      const ended: unknown[] = [];
      for (const { id } of sources) {
        const chosen = selectSources(loaded, [id]);
        const options = { host, loaded, sources: chosen, workingFolder: folder.path, signal: signal() };
        await using signage = await openSignage(options);
        const [run] = await signage.runOnce(rig.request);
        kept.push(host.storage.cache.get(`signage/scripted/${id}`)?.value);
        ended.push([run?.outcome, run?.dataPoints, run?.pictures]);
      }
      seen.push({ kept, ended });
    }
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
  });
});

describe("a plugin that hangs when it is started", () => {
  test("holds up neither the opening nor the other sources; its own fail when they run [SIG-112]", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-signage-"));
    const hanging = await writeMisbehaving(folder.path, { fault: "hang-at-start" });
    const sources = [
      { id: "hanging", type: "misbehaving", timeout: 2, retry: { enabled: false } },
      { id: "too", type: "misbehaving", timeout: 2, retry: { enabled: false } },
      { id: "home" },
    ];
    const clock = new ManualClock(Date.UTC(2026, 0, 1));
    const hosts: TestHost[] = [];
    const opening = openRig({ sources, plugins: [hanging], clock, onHost: (host) => void hosts.push(host) });
    const stateOf = (name: string) => hosts[0]?.plugins.get(name).state;
    await until(() => stateOf("scripted") === "active" && stateOf("misbehaving") === "loaded");
    await settle();
    await clock.advance(5_000);
    const rig = await opening;
    expect(rig.host.records.filter(({ level }) => level === "error").map(({ message }) => message)).toEqual(
      ["hanging", "too"].map((id) => `Cannot check the configuration of "${id}": its plugin did not answer within 5 s`),
    );
    const running = rig.runOnce();
    await until(() => rig.signage.sources.at(-1)?.last !== undefined);
    await settle();
    await clock.advance(2_000);
    expect(Object.values(await running).map(({ outcome, error }) => [outcome, error?.code])).toEqual([
      ["failed", "CALL_DEADLINE_EXCEEDED"],
      ["failed", "CALL_DEADLINE_EXCEEDED"],
      ["success", undefined],
    ]);
    await rig[Symbol.asyncDispose]();
  });
});
