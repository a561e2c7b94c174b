import { CONTRIBUTION_KINDS } from "@berth/contract";
import { describe, expect, test } from "vitest";
import * as sdk from "./index.ts";
import { isPluginDefinition } from "./define-plugin.ts";

const helpers = {
  source: sdk.defineSource,
  layout: sdk.defineLayout,
  scheduler: sdk.defineScheduler,
  executor: sdk.defineExecutor,
  output: sdk.defineOutput,
  command: sdk.defineCommand,
  service: sdk.defineService,
  integration: sdk.defineIntegration,
  config: sdk.defineConfigSection,
  event: sdk.defineEvent,
  middleware: sdk.defineMiddleware,
  handler: sdk.defineHandler,
} as const;

describe("the helpers", () => {
  test("there is one for every kind of contribution", () => {
    expect(Object.keys(helpers).sort()).toEqual(Object.keys(CONTRIBUTION_KINDS).sort());
  });

  test.each(Object.entries(helpers))("%s: makes a contribution of its kind that nobody changes", (kind, define) => {
    const create = (): never => ({}) as never;
    const made = (define as typeof sdk.defineSource)("mine", { description: "What it is", create });
    expect(made).toMatchObject({ kind, name: "mine", description: "What it is", create });
    expect(Object.isFrozen(made)).toBe(true);
  });

  test("an option cannot pass for another kind or name", () => {
    const options = { create: () => ({ fetch: async () => undefined }), kind: "layout", name: "other" };
    expect(sdk.defineSource("mine", options)).toMatchObject({ kind: "source", name: "mine" });
  });
});

describe("definePlugin", () => {
  const hello = sdk.defineSource("hello", { create: () => ({ fetch: async () => ({ title: "Hello", lines: [] }) }) });

  test("marks what it makes, so that a plain object is not taken for a plugin", () => {
    const start = (): void => undefined;
    const plugin = sdk.definePlugin({ provides: [hello], start });
    expect(isPluginDefinition(plugin)).toBe(true);
    expect(plugin).toMatchObject({ provides: [hello], start });
    expect(Object.isFrozen(plugin)).toBe(true);
    for (const other of [{ provides: [] }, null, undefined, "plugin", () => undefined]) {
      expect(isPluginDefinition(other)).toBe(false);
    }
  });

  test("knows the mark of another copy of this package", () => {
    expect(isPluginDefinition({ provides: [], [Symbol.for("berth.PluginDefinition")]: true })).toBe(true);
  });
});
