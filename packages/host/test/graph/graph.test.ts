import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonValue } from "@berth/base";
import type { Host } from "../../src/index.ts";
import { HOST_SERVICES } from "../../src/services/host-services.ts";
import { createTestHost, type TestHost } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { oneRoot, saying } from "./plugins.ts";

const never = new AbortController().signal;

const ask = (host: Host, service: string, method = "say", input: JsonValue = null): Promise<JsonValue> =>
  host.services.call({ service, method, input, caller: "app/test" });

/** The names that make the move, in order. */
function names(host: Host, step: "activate" | "unload"): string[] {
  const moved: string[] = [];
  for (const plugin of host.plugins.plugins) {
    plugin.onDidMove((move) => void (move.step === step && moved.push(plugin.name)));
  }
  return moved;
}

const troubles = (host: TestHost): [string, string][] =>
  host.plugins.troubles.map(({ plugin, error }) => [plugin, error.code]);

describe("order", () => {
  const chain = () => [
    saying("page", { dependencies: 'requires = { chart = "^1" }', calls: ["chart"] }),
    saying("chart", { dependencies: 'services = ["metrics"]', calls: ["metrics"] }),
    saying("prometheus", { service: "metrics" }),
    saying("alone"),
  ];

  test("A plugin that is used has what it needs started first, and nothing else; all stop in the reverse order [OPS-12, OPS-48]", async () => {
    const host = await createTestHost({ plugins: chain() });
    const [started, stopped] = [names(host, "activate"), names(host, "unload")];
    expect(await ask(host, "page")).toBe("page 1.0.0 < chart 1.0.0 < prometheus 1.0.0");
    expect(started).toEqual(["prometheus", "chart", "page"]);
    await host[Symbol.asyncDispose]();
    expect(stopped).toEqual(["page", "chart", "prometheus"]);
  });

  test("Host.start starts providers before those that run from the start [OPS-12]", async () => {
    const eager = '[runtime]\nload = "eager"\n';
    const [page, ...others] = chain();
    await using host = await createTestHost({ plugins: [{ ...page!, manifest: page!.manifest + eager }, ...others] });
    const started = names(host, "activate");
    expect(await host.start(never)).toEqual([]);
    expect(started).toEqual(["prometheus", "chart", "page"]);
  });

  test("A plugin whose provider cannot start does not start either, and says why", async () => {
    const broken = { ...saying("chart"), source: "throw new Error('not today');" };
    await using host = await createTestHost({
      plugins: [saying("page", { dependencies: 'requires = { chart = "*" }' }), broken],
    });
    await expect(host.plugins.get("page").activate(never)).rejects.toMatchObject({
      code: "DEPENDENCY_MISSING",
      message: expect.stringContaining('Cannot start plugin "page": it needs "chart", which cannot start: ') as string,
    });
    expect(host.checkDependencies("page")).toBe(false);
  });
});

describe("what cannot be satisfied", () => {
  test("A plugin that lacks something is left out with its dependents, in words; the others go on [OPS-12, OPS-49, OPS-50, BWK-39]", async () => {
    await using host = await createTestHost({
      plugins: [
        saying("page", { dependencies: 'requires = { chart = "^2" }' }),
        saying("chart"),
        saying("board", { dependencies: 'requires = { page = "*" }' }),
        saying("rival", { dependencies: 'conflicts = { chart = "^1" }' }),
        saying("first", { dependencies: 'requires = { second = "*" }' }),
        saying("second", { dependencies: 'requires = { first = "*" }' }),
        saying("tooled", { dependencies: 'external_deps = ["no-such-program"]' }),
        saying("fine", { dependencies: 'requires = { chart = "^1" }\nexternal_deps = ["sh"]' }),
      ],
    });
    expect(troubles(host)).toEqual([
      ["page", "DEPENDENCY_MISSING"],
      ["board", "DEPENDENCY_MISSING"],
      ["rival", "DEPENDENCY_CONFLICT"],
      ["first", "DEPENDENCY_CYCLE"],
      ["second", "DEPENDENCY_CYCLE"],
      ["tooled", "DEPENDENCY_MISSING"],
    ]);
    expect(() => host.plugins.get("board")).toThrow(
      'Cannot use plugin "board": of "chart" there is only 1.0.0, which fits fine -> chart ^1 and not board -> page 1.0.0 -> chart ^2. Install "chart" within ^2; it runs beside 1.0.0',
    );
    expect(host.plugins.plugins.map(({ name }) => name)).toEqual(["chart", "fine"]);
    expect(["board", "fine", "chart"].map((name) => host.checkDependencies(name))).toEqual([false, true, true]);
    expect(() => host.checkDependencies("chrat")).toThrow('did you mean "chart"?');
  });

  test("A disabled or unusable plugin takes its dependents with it [OPS-48]", async () => {
    await using host = await createTestHost({
      plugins: [
        saying("page", { dependencies: 'requires = { chart = "*" }' }),
        saying("chart"),
        saying("user", { dependencies: 'requires = { native = "*" }' }),
        saying("native"),
      ],
      config: {
        plugins: {
          chart: { enabled: false, accept_unenforced: [] },
          native: { enabled: true, isolation: "wasm", accept_unenforced: [] },
        },
      },
    });
    const messages = Object.fromEntries(host.plugins.troubles.map(({ plugin, error }) => [plugin, error.message]));
    expect(messages["page"]).toBe(
      'Cannot use plugin "page": plugin "chart" is disabled (page -> chart *). Enable "chart": set plugins.chart.enabled to true',
    );
    expect(messages["user"]).toContain('plugin "native" cannot be used: ');
  });

  test("Host.start refuses to start without a required plugin that lacks something", async () => {
    await using host = await createTestHost({
      plugins: [saying("page", { manifest: 'criticality = "required"', dependencies: 'requires = { ghost = "*" }' })],
    });
    await expect(host.start(never)).rejects.toMatchObject({
      code: "PLUGIN_REQUIRED",
      details: { code: "DEPENDENCY_MISSING" },
    });
  });
});

test("HOST_SERVICES are the services that a host has of its own", async () => {
  await using host = await createTestHost();
  expect([...host.services.namesOfHost]).toEqual(HOST_SERVICES);
});

describe("several versions of one plugin", () => {
  test("Each dependent calls the version it is bound to; each version has a store and a folder of its own [OPS-14]", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-graph-"));
    const root = await oneRoot(folder.path, [
      saying("old-page", { dependencies: 'requires = { chart = "^1" }', calls: ["chart"] }),
      saying("new-page", { dependencies: 'requires = { chart = ">=1" }', calls: ["chart"] }),
      saying("chart", { version: "1.4.0" }),
      saying("chart", { version: "2.0.0" }),
      saying("chart", { version: "1.3.0" }),
    ]);
    await using host = await createTestHost({ folder: folder.path, roots: [root] });
    expect(troubles(host)).toEqual([]);
    expect(host.plugins.plugins.map(({ name }) => name)).toEqual(["chart", "new-page", "old-page", "chart@1.4.0"]);
    expect(await ask(host, "old-page")).toBe("old-page 1.0.0 < chart 1.4.0");
    expect(await ask(host, "new-page")).toBe("new-page 1.0.0 < chart 2.0.0");
    expect(await ask(host, "chart")).toBe("chart 2.0.0");
    expect(host.plugins.get("chart@1.4.0").manifest.plugin.version).toBe("1.4.0");
    expect(host.plugins.get("chart@2.0.0")).toBe(host.plugins.get("chart"));
    expect(() => host.plugins.get("chart@1.3.0")).toThrow("No plugin is named");
    await ask(host, "chart", "fill", 2);
    const old = { service: "chart", method: "fill", input: 1, caller: "plugin/old-page" };
    expect(await host.services.call(old)).toBe(null);
    expect(await ask(host, "chart", "fill", 3)).toBe(2);
    // Switching a plugin off stops all versions of it.
    await host.switches.switchOff("chart", { by: "test", withDependents: true });
    expect(host.plugins.plugins.filter(({ serving }) => serving)).toEqual([]);
  });
});

test("A reload that would take from others what they need is refused in the words of the graph [BWK-39, OPS-47]", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "berth-graph-"));
  const plugins = [saying("page", { dependencies: 'requires = { chart = "^1" }', calls: ["chart"] }), saying("chart")];
  const root = await oneRoot(folder.path, plugins);
  await using host = await createTestHost({ folder: folder.path, roots: [root] });
  expect(await ask(host, "page")).toBe("page 1.0.0 < chart 1.0.0");
  await oneRoot(folder.path, [{ ...saying("chart", { version: "2.0.0" }), folder: "chart-1.0.0" }]);
  const report = await host.reloads.reload("chart");
  expect(report).toMatchObject({
    outcome: "refused",
    failed: { step: "verify", error: { code: "DEPENDENCY_MISSING" } },
  });
  expect(await ask(host, "page")).toBe("page 1.0.0 < chart 1.0.0");
  await oneRoot(folder.path, [{ ...saying("chart", { version: "1.1.0" }), folder: "chart-1.0.0" }]);
  const next = await host.reloads.reload("chart");
  expect(next.failed).toBeUndefined();
  expect(next).toMatchObject({ outcome: "reloaded", dependents: ["page"] });
  expect(await ask(host, "page")).toBe("page 1.0.0 < chart 1.1.0");
});
