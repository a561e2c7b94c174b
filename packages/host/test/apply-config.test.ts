import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errorMessage, systemClock } from "@berth/base";
import { type HeldConfig, loadHostConfig } from "@berth/kernel/config";
import { createTestHost, type PluginToWrite, type TestHost, writePlugin } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findShapes, watchConfig } from "../src/config/index.ts";
import { saying } from "./graph/plugins.ts";
import { aCall } from "./plugins-of-tests.ts";

/** Counts, and hands its count on; says what it is set, and does not start when it is told so. */
const counting = (name: string): PluginToWrite => ({
  name,
  provides: { service: [name], config: [`${name}-pages`] },
  manifest: `
[config.schema.properties]
step = { type = "integer", minimum = 1, maximum = 9, default = 1 }
mode = { enum = ["well", "throw", "sick"], default = "well" }
label = { type = "string", pattern = "^[a-z]+$" }
[config.sections.${name}-pages]
properties = { from = { type = "integer" } }
`,
  source: `
    import { defineConfigSection, definePlugin, defineService } from "@berth/sdk";
    let count = 0;
    export default definePlugin({
      initialize(ctx) { if (ctx.settings.mode === "throw") throw new Error("not with these settings"); },
      health: (ctx) => ({ health: ctx.settings.mode === "sick" ? "unhealthy" : "healthy", message: "as it was told" }),
      saveState: () => count,
      restoreState: (state) => { count = Number(state); },
      provides: [
        defineConfigSection("${name}-pages", { create: () => ({}) }),
        defineService("${name}", {
          create: (_config, ctx) => ({ methods: { bump: () => (count += Number(ctx.settings.step)), said: () => ctx.settings } }),
        }),
      ],
    });`,
});

const GOOD = `plugins:
  counter:
    settings: { step: 2 }
  second:
    settings: { step: 3 }
`;

const counter = (line: string): string => GOOD.replace("{ step: 2 }", line);
const second = (line: string): string => GOOD.replace("{ step: 3 }", line);

/** Thirty ways to get it wrong, and what is told of each. */
const BAD: readonly (readonly [text: string, told: string])[] = [
  ["plugins: [", "berth.yaml:1:"],
  ["plugins:\n\tcounter: {}", "berth.yaml:2:1"],
  ["a: 1\na: 2", "berth.yaml:2:1"],
  ["- a list", "berth.yaml:1:1 must be a map"],
  [`${GOOD}rots: []\n`, "berth.yaml:6:1 rots: unknown key `rots`; did you mean `roots`?"],
  [`${GOOD}data_dir: 5\n`, "berth.yaml:6:11 data_dir: must be text, found 5"],
  [`${GOOD}roots: plugins\n`, "berth.yaml:6:8 roots: must be a list"],
  [`${GOOD}log: { level: loud }\n`, "berth.yaml:6:15 log.level: must be one of"],
  [`${GOOD}log: { level: "\${LEVEL}" }\n`, "berth.yaml:6:15 log.level: the environment variable LEVEL is not set"],
  [`${GOOD}version: 2\n`, "berth.yaml:6:10 version: must be 1, found 2"],
  [`${GOOD}plugin_limits: { memory_mb: 0 }\n`, "berth.yaml:6:29 plugin_limits.memory_mb: must be from 1 to 65536"],
  [`${GOOD}plugin_limits: { memory: 5 }\n`, "berth.yaml:6:18 plugin_limits.memory: unknown key"],
  [`${GOOD}warm_pool: { workers: 65 }\n`, "berth.yaml:6:23 warm_pool.workers: must be from 0 to 64"],
  [`${GOOD}counter-pages: { from: x }\n`, "berth.yaml:6:24 counter-pages.from: must be a whole number"],
  [`${GOOD}counter-page: { from: 1 }\n`, "berth.yaml:6:1"],
  [GOOD.replace("counter:", "Counter:"), "berth.yaml:2:3 plugins.Counter: the key must be lower-case words"],
  [counter("{ step: 0 }"), "berth.yaml:3:23 plugins.counter.settings.step: must be from 1 to 9, found 0"],
  [counter("{ step: two }"), 'plugins.counter.settings.step: must be a whole number from 1 to 9, found "two"'],
  [
    counter("{ stepp: 2 }"),
    "berth.yaml:3:17 plugins.counter.settings.stepp: unknown key `stepp`; did you mean `step`?",
  ],
  [counter("{ label: A1 }"), "berth.yaml:3:24 plugins.counter.settings.label: must match /^[a-z]+$/"],
  [counter("{ mode: sik }"), "plugins.counter.settings.mode: must be one of well, throw or sick"],
  [counter("5"), "berth.yaml:3:15 plugins.counter.settings: must be a map, found 5"],
  [counter("{ step: 2 }\n    step: 3"), "plugins.counter.step: unknown key `step`; did you mean `settings.step`?"],
  [counter("{ step: 2 }\n    isolation: wrker"), "plugins.counter.isolation: must be one of"],
  [counter("{ step: 2 }\n    settings_version: 0"), "plugins.counter.settings_version: must be from 1 to"],
  [counter("{ step: 2 }\n    grant: all"), "plugins.counter.grant: must be"],
  [second("{ mode: throw }"), 'Cannot initialize plugin "second": not with these settings'],
  [second("{ mode: sick }"), "as it was told"],
  [second("{ step: 3 }\n    isolation: wasm"), 'plugin "second"'],
  [counter("{ step: 4 }").replace("{ step: 3 }", "{ mode: throw }"), "not with these settings"],
];

const CONFIGURED = { enabled: true, accept_unenforced: [] };

let folder: string;
let host: TestHost;
const owned = new AsyncDisposableStack();
const signal = AbortSignal.timeout(120_000);
const file = (): string => join(folder, "berth.yaml");

async function load(): Promise<HeldConfig> {
  const { config, sections } = await loadHostConfig("berth.yaml", {
    cwd: folder,
    env: {},
    pluginsOf: () =>
      findShapes(
        ["counter", "second"].map((name) => ({
          kind: "plugin",
          path: join(folder, "plugins", name),
          trust: "first-party",
        })),
      ),
  });
  return { config: { ...config, log: { level: "trace", format: "text" } }, sections };
}

/** What a watcher does when the file changes. */
async function change(text: string): Promise<string> {
  await writeFile(file(), text);
  const before = host.records.length;
  try {
    await host.applyConfig(await load(), signal);
  } catch (error) {
    host.refuseConfig(error);
    return errorMessage(error);
  }
  return host.records
    .slice(before)
    .map(({ message }) => message)
    .join("\n");
}

const ask = async (name: string, method: string): Promise<unknown> => {
  await using instance = host.instance({ contribution: `service/${name}`, instanceId: `for-${method}` });
  return await instance.method(method)([], aCall());
};

beforeAll(async () => {
  folder = owned.use(await mkdtempDisposable(join(tmpdir(), "berth-apply-"))).path;
  await writeFile(file(), GOOD);
  const plugins: string[] = [];
  for (const name of ["counter", "second"]) plugins.push(await writePlugin(join(folder, "plugins"), counting(name)));
  const { config } = await load();
  host = owned.use(await createTestHost({ folder, plugins, config }));
  for (const name of ["counter", "second"]) await ask(name, "bump");
});
afterAll(() => owned.disposeAsync());

describe("A changed configuration of a live host", () => {
  test("there are thirty bad ones", () => {
    expect(BAD).toHaveLength(30);
  });

  let count = 2;
  test.each(BAD.map(([text, told], index) => [index + 1, text, told] as const))(
    "bad one %i disturbs nothing that runs, and is told with its place [BWK-17]",
    async (_, text, told) => {
      const { promise: refused, resolve } = Promise.withResolvers<unknown>();
      using _heard = host.events.subscribe({ owner: "test", pattern: "config.refused" }, resolve);
      expect(await change(text)).toContain(told);
      expect(host.plugins.get("counter").state).toBe("active");
      expect(await ask("counter", "bump")).toBe((count += 2));
      expect(await ask("second", "said")).toEqual({ step: 3, mode: "well" });
      expect(await refused).toMatchObject({ from: "host" });
    },
  );

  test("a good one holds at once, and the plugin keeps its state [BWK-17]", async () => {
    const changed = Promise.withResolvers<unknown>();
    using _heard = host.events.subscribe({ owner: "test", pattern: "config.changed" }, ({ data }) =>
      changed.resolve(data),
    );
    await change(`${counter("{ step: 5 }")}data_dir: elsewhere\n`);
    expect(await changed.promise).toEqual({ plugins: ["counter"], keys: [], needsRestart: ["data_dir"] });
    expect(await ask("counter", "bump")).toBe(count + 5);
    expect(await ask("second", "said")).toEqual({ step: 3, mode: "well" });
  });

  test("switches a plugin off and on again [BWK-17]", async () => {
    await change(counter("{ step: 5 }\n    enabled: false"));
    await expect(ask("counter", "bump")).rejects.toMatchObject({ code: "PLUGIN_DISABLED" });
    await change(counter("{ step: 5 }"));
    expect(await ask("counter", "bump")).toBe(5);
  });

  test("sets the level of the log and how health is looked at, at once [BWK-17]", async () => {
    const changed = Promise.withResolvers<unknown>();
    using _heard = host.events.subscribe({ owner: "test", pattern: "config.changed" }, ({ data }) =>
      changed.resolve(data),
    );
    expect(host.logLevels.of("host")).toBe("trace");
    const held = await load();
    await writeFile(file(), `${counter("{ step: 5 }")}health: { interval_ms: 7000 }\n`);
    const { config, sections } = await load();
    await host.applyConfig({ config: { ...config, log: { ...config.log, level: "debug" } }, sections }, signal);
    expect(await changed.promise).toEqual({ plugins: [], keys: ["log.level", "health"], needsRestart: [] });
    expect(host.logLevels.of("host")).toBe("debug");
    expect(host.config.health?.interval_ms).toBe(7000);
    await host.applyConfig(held, signal);
    expect(host.logLevels.of("host")).toBe("trace");
  });

  test("is seen by watchConfig, and so is a bad one [BWK-17]", async () => {
    const heard: string[] = [];
    const told = { changed: Promise.withResolvers<void>(), refused: Promise.withResolvers<unknown>() };
    await using _watcher = watchConfig({
      file: file(),
      clock: systemClock,
      load,
      apply: async (next) => {
        const report = await host.applyConfig(next, signal);
        heard.push(report.outcome);
        told.changed.resolve();
        return report;
      },
      refuse: (error) => told.refused.resolve(error),
    });
    await writeFile(file(), counter("{ step: 7 }"));
    await told.changed.promise;
    expect(heard[0]).toBe("applied");
    expect(await ask("counter", "said")).toMatchObject({ step: 7 });
    await writeFile(file(), "plugins: [");
    expect(errorMessage(await told.refused.promise)).toContain("berth.yaml:1:");
  });
});

test("A change of configuration that switches a provider and its dependent off stops the dependent first; alone the provider stays [BWK-17, OPS-48]", async () => {
  const page = saying("page", { dependencies: 'requires = { chart = "*" }', calls: ["chart"] });
  // The provider is found first.
  await using two = await createTestHost({ plugins: [saying("chart"), page] });
  const say = () => two.services.call({ service: "page", method: "say", input: null, caller: "app/test" });
  expect(await say()).toBe("page 1.0.0 < chart 1.0.0");
  const off = { ...CONFIGURED, enabled: false };
  const apply = (plugins: HeldConfig["config"]["plugins"]) =>
    two.applyConfig({ config: { ...two.config, plugins }, sections: {} }, signal);
  const on = two.config.plugins;
  const alone = await apply({ ...on, chart: off });
  expect(alone.failed?.error.message).toBe(
    'Cannot disable plugin "chart": page cannot do without it; switch off plugins.page.enabled as well',
  );
  expect(await say()).toBe("page 1.0.0 < chart 1.0.0");
  const failures: unknown[] = [];
  using _heard = two.events.subscribe({ owner: "test", pattern: "plugin.failed" }, (event) => failures.push(event));
  expect(await apply({ ...on, chart: off, page: off })).toMatchObject({
    outcome: "applied",
    plugins: ["page", "chart"],
  });
  await expect(say()).rejects.toMatchObject({ code: "PLUGIN_DISABLED" });
  expect(await apply(on)).toMatchObject({ outcome: "applied" });
  expect(await say()).toBe("page 1.0.0 < chart 1.0.0");
  // What was switched off was asked for in vain, which is no failure of it.
  expect(failures).toEqual([]);
});

test("A change of plugin_limits reloads those alone whose own limits it changes [BWK-17]", async () => {
  const modest = saying("modest", { manifest: "[limits]\ncall_timeout_ms = 2_000" });
  await using limited = await createTestHost({
    plugins: [saying("plain"), modest, saying("set")],
    config: {
      plugin_limits: { call_timeout_ms: 9_000 },
      plugins: { set: { ...CONFIGURED, limits: { call_timeout_ms: 4_000 } } },
    },
  });
  for (const service of ["plain", "modest", "set"]) {
    await limited.services.call({ service, method: "say", input: null, caller: "app/test" });
  }
  const generations = () =>
    Object.fromEntries(limited.plugins.plugins.map(({ name, serving }) => [name, serving?.number]));
  const apply = (more: Partial<HeldConfig["config"]>) =>
    limited.applyConfig({ config: { ...limited.config, ...more }, sections: {} }, signal);
  expect(await apply({ plugin_limits: { call_timeout_ms: 5_000 } })).toMatchObject({ plugins: ["plain"] });
  expect(generations()).toEqual({ plain: 2, modest: 1, set: 1 });
  expect(await apply({ plugin_limits: { call_timeout_ms: 1_000 } })).toMatchObject({ plugins: ["plain", "modest"] });
  expect(generations()).toEqual({ plain: 3, modest: 2, set: 1 });
  const other = { ...CONFIGURED, limits: { call_timeout_ms: 3_000 } };
  expect(await apply({ plugins: { ...limited.config.plugins, set: other } })).toMatchObject({ plugins: ["set"] });
  expect(generations()).toEqual({ plain: 3, modest: 2, set: 2 });
});
