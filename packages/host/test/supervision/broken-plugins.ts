import type { HostConfig } from "@berth/kernel/config";
import type { PluginToWrite } from "@berth/testing";

/** One way in which a plugin can be broken. */
export interface BrokenWay {
  code: string;
  /** What the reason says, of it alone. */
  reason: RegExp;
  source?: string;
  files?: PluginToWrite["files"];
  /** Of `[plugin]`, and further sections. */
  manifest?: string;
  entry?: Partial<HostConfig["plugins"][string]>;
  /** Whether the plugin does not come with Berth. */
  isForeign?: true;
}

const FINE = `
  import { definePlugin, defineService } from "@berth/sdk";
  const hooks = {};
  export default definePlugin({
    ...hooks,
    provides: [defineService("broken", { create: () => ({ methods: { say: () => "here" } }) })],
  });`;

const withHook = (hook: string): string => FINE.replace("hooks = {}", `hooks = { ${hook} }`);

/** More than ten ways, each as it meets people. */
export const BROKEN_WAYS: Readonly<Record<string, BrokenWay>> = {
  "an unknown key in its manifest": {
    code: "MANIFEST_INVALID",
    reason: /plugin\.toml:\d+:\d+.*colour/,
    manifest: 'colour = "red"',
  },
  "a manifest that is no TOML": {
    code: "MANIFEST_INVALID",
    reason: /plugin\.toml:\d+:\d+/,
    manifest: "what = is this",
  },
  "no module at its entry": {
    code: "PLUGIN_FAILED",
    reason: /src\/gone\.ts/,
    manifest: '[runtime]\nentry = "src/gone.ts"',
  },
  "a syntax error": { code: "PLUGIN_FAILED", reason: /Cannot load plugin "broken"/, source: "export default {" },
  "an error at import": { code: "PLUGIN_FAILED", reason: /no such luck/, source: "throw new Error('no such luck');" },
  "another export than a plugin": { code: "CONTRACT_BROKEN", reason: /broken/, source: "export default 42;" },
  "an error in initialize": {
    code: "PLUGIN_FAILED",
    reason: /plugin "broken": not ready/,
    source: withHook('initialize() { throw new Error("not ready"); }'),
  },
  "an initialize that hangs": {
    code: "CALL_DEADLINE_EXCEEDED",
    reason: /longer than 0\.3 s/,
    source: withHook("initialize: () => new Promise(() => setInterval(() => 0, 1_000))"),
    manifest: "[limits]\nstart_timeout_ms = 300",
  },
  "an error in start": {
    code: "PLUGIN_FAILED",
    reason: /plugin "broken": no engine/,
    source: withHook('start() { throw new Error("no engine"); }'),
  },
  "a crash at start": {
    code: "PLUGIN_FAILED",
    reason: /process\.exit\(7\)/,
    source: withHook("start() { process.exit(7); }"),
  },
  "a dependency that is not there": {
    code: "DEPENDENCY_MISSING",
    reason: /"engine"/,
    manifest: '[dependencies.requires]\nengine = "^2.0.0"',
  },
  "a tier that cannot hold what it asks": {
    code: "TIER_UNAVAILABLE",
    reason: /system_calls/,
    manifest: '[permissions]\nsystem_calls = ["read"]',
  },
  "a permission that nobody granted": {
    code: "PERMISSION_DENIED",
    reason: /Cannot start plugin "broken": .*api\.example\.org/,
    source: withHook('start: async (ctx) => void (await ctx.fetch("https://api.example.org/"))'),
    manifest: '[permissions]\nnetwork = ["api.example.org"]',
    isForeign: true,
  },
};

/** Writes the plugin `broken`, which is to run from the start. */
export function brokenPlugin({ source = FINE, manifest = "" }: BrokenWay, criticality: string): PluginToWrite {
  const at = manifest.search(/^\[/m);
  const [about, rest] = at < 0 ? [manifest, ""] : [manifest.slice(0, at), manifest.slice(at)];
  const runtime = rest.startsWith("[runtime]")
    ? rest.replace("[runtime]", '[runtime]\nload = "eager"')
    : `[runtime]\nload = "eager"\n${rest}`;
  return {
    name: "broken",
    provides: { service: ["broken"] },
    source,
    manifest: `criticality = "${criticality}"\n${about}\n${runtime}`,
  };
}
