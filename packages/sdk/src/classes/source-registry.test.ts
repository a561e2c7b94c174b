import type { SignageContent } from "@berth/contract";
import { describe, expect, test } from "vitest";
import { createContext } from "../context/create-context.ts";
import { PluginRuntime } from "../runtime/plugin-runtime.ts";
import { definePlugin } from "../define-plugin.ts";
import { BaseSource } from "./base-source.ts";
import { type SourceClass, SourceRegistry } from "./source-registry.ts";

class Weather extends BaseSource {
  validateConfig(): true {
    if (this.config["city"] === undefined) throw new TypeError("weather: city is required");
    return true;
  }

  async fetchData(signal?: AbortSignal): Promise<SignageContent | undefined> {
    signal?.throwIfAborted();
    return { title: String(this.config["city"]), lines: ["sunny"] };
  }
}

class Stock extends Weather {
  override shouldRender(): boolean {
    return false;
  }
}

/** Looks like a source, and is none. */
class Other {
  readonly sourceId = "other";
  static readonly unnamed = (() => class extends Other {})();
}

const call = {
  signal: new AbortController().signal,
  deadline: Infinity,
  attempt: 1,
  caller: "test",
  permissions: [],
  correlationId: "c",
};

function registryOf(classes: Record<string, SourceClass>): SourceRegistry {
  const registry = new SourceRegistry();
  for (const [type, Class] of Object.entries(classes)) registry.register(type)(Class);
  return registry;
}

describe("SourceRegistry", () => {
  test("registers a class under a type, and gives the class back [SIG-21, SIG-27, SIG-147]", () => {
    const registry = new SourceRegistry();
    expect(registry.register("weather")(Weather)).toBe(Weather);
    expect(registry.get("weather")).toBe(Weather);
  });

  test("refuses a type twice, and names it [SIG-22, SIG-28]", () => {
    const registry = registryOf({ weather: Weather });
    expect(() => registry.register("weather")(Stock)).toThrow(
      'Cannot register "weather" for Stock: Weather has that name already',
    );
    expect(registry.get("weather")).toBe(Weather);
  });

  test.each([
    ["a class of another kind", Other, "Other does not extend BaseSource"],
    ["a class without a name", Other.unnamed, "an unnamed class does not extend BaseSource"],
    ["a function", () => undefined, "does not extend BaseSource"],
    ["the base itself", BaseSource, "BaseSource does not extend BaseSource"],
    ["no class at all", "Weather", "a string does not extend BaseSource"],
  ])("refuses %s [SIG-23]", (_what, value, message) => {
    expect(() => new SourceRegistry().register("x")(value as never)).toThrow(TypeError);
    expect(() => new SourceRegistry().register("x")(value as never)).toThrow(message);
  });

  test("names the types there are when asked for another, and the one that was meant [SIG-24, SIG-29]", () => {
    const registry = registryOf({ weather: Weather, stock: Stock });
    expect(() => registry.get("wether")).toThrow(
      'No source type is named "wether". Did you mean "weather"? Available: stock, weather',
    );
    expect(() => new SourceRegistry().get("weather")).toThrow("Available: none");
    expect(() => registry.get("constructor")).toThrow('No source type is named "constructor"');
  });

  test("lists its types in order [SIG-25, SIG-31]", () => {
    expect(registryOf({ weather: Weather, stock: Stock }).listTypes()).toEqual(["stock", "weather"]);
    expect(new SourceRegistry().listTypes()).toEqual([]);
  });

  test("creates an instance with id and configuration [SIG-26, SIG-30]", () => {
    const source = registryOf({ weather: Weather }).create("weather", "home", { city: "Oslo" });
    expect(source).toBeInstanceOf(Weather);
    expect([source.sourceId, source.config]).toEqual(["home", { city: "Oslo" }]);
  });

  test("stands alone: two registries share nothing", () => {
    registryOf({ weather: Weather });
    expect(registryOf({}).listTypes()).toEqual([]);
  });
});

describe("SourceRegistry.definitions", () => {
  const runtime = (): PluginRuntime =>
    new PluginRuntime(
      { default: definePlugin({ provides: registryOf({ weather: Weather, stock: Stock }).definitions() }) },
      { name: "classes", version: "1.0.0", provides: ["source/stock", "source/weather"] },
      { capabilities: () => ({}) as never, now: () => 0 },
    );

  test("makes contributions of all classes, which a host runs as any other [SIG-69, SIG-100]", async () => {
    const plugin = runtime();
    await plugin.openInstance({ contribution: "source/weather", instanceId: "home", config: { city: "Oslo" } });
    expect(await plugin.method("home", "fetch")([], call)).toEqual({ title: "Oslo", lines: ["sunny"] });
    expect(await plugin.method("home", "shouldRender")([{ title: "", lines: [] }, undefined], call)).toBe(true);
    await plugin.openInstance({ contribution: "source/stock", instanceId: "share", config: { city: "Rome" } });
    expect(await plugin.method("share", "shouldRender")([{ title: "", lines: [] }, undefined], call)).toBe(false);
  });

  test("asks the class for its configuration before the first run", async () => {
    const opening = runtime().openInstance({ contribution: "source/weather", instanceId: "home", config: {} });
    await expect(opening).rejects.toThrow("weather: city is required");
    const strange = runtime().openInstance({ contribution: "source/weather", instanceId: "home", config: ["city"] });
    await expect(strange).rejects.toThrow("must be a map of fields");
  });

  test("gives each instance its id and context, and ends a call with its signal", async () => {
    const [definition] = registryOf({ weather: Weather }).definitions();
    const identity = { plugin: { name: "classes", version: "1.0.0" }, instanceId: "home", now: () => 0 };
    const instance = await definition!.create({ city: "Oslo" } as never, createContext(identity, {} as never));
    const fetching = (instance as { fetch(given: typeof call): Promise<unknown> }).fetch({
      ...call,
      signal: AbortSignal.abort(new Error("deadline")),
    });
    await expect(fetching).rejects.toThrow("deadline");
    expect(definition!.config?.["~standard"].jsonSchema?.input({ target: "draft-07" })).toEqual({ type: "object" });
  });
});
