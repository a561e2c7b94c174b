import { join } from "node:path";
import type { Root } from "@berth/kernel/discovery";
import { type PluginToWrite, writePlugin } from "@berth/testing";

/** What a plugin of these tests asks for and does. */
export interface Saying {
  version?: string;
  /** Under `[dependencies]`. */
  dependencies?: string;
  /** The services it may call. */
  calls?: readonly string[];
  /** The service it provides. Default: of its name. */
  service?: string;
  /** Lines of `[plugin]` and other sections. */
  manifest?: string;
}

/**
 * A plugin with a service that says its version and, of the services it calls, what those say; `crash` ends it, `fill` keeps a number
 * in its store and says the one that was there.
 */
export function saying(name: string, about: Saying = {}): PluginToWrite {
  const { version = "1.0.0", dependencies = "", calls = [], service = name, manifest = "" } = about;
  return {
    name,
    version,
    folder: `${name}-${version}`,
    provides: { service: [service] },
    source: `
      import { definePlugin, defineService } from "@berth/sdk";
      export default definePlugin({
        provides: [defineService("${service}", { create: (_config, ctx) => ({ methods: {
          say: async () => {
            const heard = [];
            for (const other of ${JSON.stringify(calls)}) heard.push(await ctx.services.get(other).call("say", null));
            return ["${name} ${version}", ...heard].join(" < ");
          },
          fill: async (number) => {
            const before = (await ctx.store.get("number")) ?? null;
            await ctx.store.set("number", number);
            return before;
          },
          crash: async () => { setTimeout(() => { throw new Error("crashed as asked"); }); return null; },
        } }) })],
      });`,
    manifest: `${manifest}\n[dependencies]\n${dependencies}\n[permissions]\nservices = ${JSON.stringify(calls)}\n`,
  };
}

/** Writes all of them into one folder, where a higher version counts before a lower one. */
export async function oneRoot(folder: string, plugins: readonly PluginToWrite[]): Promise<Root> {
  const path = join(folder, "plugins");
  for (const plugin of plugins) await writePlugin(path, plugin);
  return { kind: "folder", path, trust: "first-party" };
}
