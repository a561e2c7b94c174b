import type { JsonObject, JsonValue } from "@berth/base";
import type { Tier } from "@berth/contract";
import { createTestHost, type PluginToWrite, type TestHost, type TestHostOptions } from "@berth/testing";

/** Lines of a manifest of {@link crashing}. */
export interface Crashing {
  /** Under `[supervision]`. */
  supervision?: string;
  /** Under `[dependencies]`. */
  dependencies?: string;
  /** Of `[plugin]`, and of other sections. */
  manifest?: string;
}

/** A plugin with a service that counts in its store and in memory, and ends when asked to. */
export function crashing(name: string, about: Crashing = {}): PluginToWrite {
  const { supervision = "backoff_ms = 0", dependencies = "", manifest = "" } = about;
  return {
    name,
    provides: { service: [name] },
    source: `
      import { definePlugin, defineService } from "@berth/sdk";
      let calls = 0;
      export default definePlugin({
        provides: [defineService("${name}", { create: (_config, ctx) => ({ methods: {
          count: async () => {
            const stored = ((await ctx.store.get("stored")) ?? 0) + 1;
            await ctx.store.set("stored", stored);
            return { stored, calls: ++calls };
          },
          exit: (code) => { process.exit(code); },
          exitLater: () => { setTimeout(() => process.exit(3)); return null; },
        } }) })],
      });`,
    manifest: `${manifest}\n[supervision]\n${supervision}\n[dependencies]\n${dependencies}\n`,
  };
}

/** What is told of the host, and waits for it. */
export interface CrashingHost extends TestHost {
  readonly told: { subject: string; data: JsonObject }[];
  /** Resolves with the data of the `nth` event of the subject about the plugin. */
  until(subject: string, plugin: string, nth?: number): Promise<JsonObject>;
  ask(service: string, method: string, input?: JsonValue): Promise<JsonValue>;
}

/** A host of which each plugin runs in `tier`, so that one can end without the others. */
export async function crashingHost(
  plugins: readonly PluginToWrite[],
  { tier = "worker", ...options }: Partial<TestHostOptions> & { tier?: Tier } = {},
): Promise<CrashingHost> {
  const settings = { enabled: true, isolation: tier, accept_unenforced: [] };
  const entries = Object.fromEntries(
    plugins.map(({ name }) => [name, { ...settings, ...options.config?.plugins?.[name] }]),
  );
  const host = await createTestHost({ plugins, ...options, config: { ...options.config, plugins: entries } });
  const told: CrashingHost["told"] = [];
  let news = Promise.withResolvers<void>();
  host.events.subscribe({ owner: "host", pattern: ">" }, ({ subject, data, from }) => {
    if (from !== "host") return;
    told.push({ subject, data: data as JsonObject });
    news.resolve();
    news = Promise.withResolvers();
  });
  const until: CrashingHost["until"] = async (subject, plugin, nth = 1) => {
    for (;;) {
      const found = told.filter((one) => one.subject === subject && one.data["plugin"] === plugin);
      if (found.length >= nth) return found[nth - 1]!.data;
      await news.promise;
    }
  };
  return Object.assign(host, {
    told,
    until,
    ask: (service: string, method: string, input: JsonValue = null) =>
      host.services.call({ service, method, input, caller: "app/test" }),
  });
}

/** Ends a plugin; the call itself fails with it. */
export async function end(host: CrashingHost, plugin: string, code = 3): Promise<void> {
  await host.ask(plugin, "exit", code).catch(() => undefined);
}
