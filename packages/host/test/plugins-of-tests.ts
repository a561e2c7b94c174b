import type { CallContext } from "@berth/contract";
import type { PluginToWrite } from "@berth/testing";

/** A call as an endpoint would make it. */
export function aCall(more: Partial<CallContext> = {}): CallContext {
  const signal = more.signal ?? AbortSignal.timeout(20_000);
  return { signal, deadline: Infinity, attempt: 1, caller: "test", permissions: [], correlationId: "c", ...more };
}

const LOADED = "pluginsLoadedByTests";

/** The names of plugins whose code has been loaded since the last look. */
export function takeLoaded(): string[] {
  const names = (Reflect.get(globalThis, LOADED) as string[] | undefined) ?? [];
  Reflect.deleteProperty(globalThis, LOADED);
  return names;
}

/** A plugin with one source that says when its code is loaded, and answers with its configuration. */
export function echoPlugin(name: string, more: Partial<PluginToWrite> = {}): PluginToWrite {
  return {
    name,
    provides: { source: [name] },
    source: `
      import { definePlugin, defineSource, fields } from "@berth/sdk";
      ((globalThis as Record<string, unknown[]>).${LOADED} ??= []).push("${name}");
      export default definePlugin({
        provides: [
          defineSource("${name}", {
            config: fields({ text: { type: "string", default: "nothing" }, count: { type: "int", default: 1, min: 0 } }),
            create: (config, ctx) => ({
              fetch: async () => ({ title: ctx.instanceId, lines: [config.text, String(config.count)] }),
            }),
          }),
        ],
      });`,
    ...more,
  };
}
