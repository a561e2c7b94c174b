import type { Manifest, Tier } from "@berth/contract";
import { manifestSchema } from "@berth/contract/manifest";
import { describe, expect, test } from "vitest";
import { assertEnforced, assertTierFits, chooseTier, type PluginSettings, type TierDemands } from "./choose-tier.ts";
import type { PluginTrust } from "./plugin-trust.ts";

function demands(more: { runtime?: object; limits?: Manifest["limits"] } = {}): TierDemands {
  return manifestSchema.parse({ plugin: { name: "probe", version: "1.0.0" }, ...more });
}

const said = (more: Partial<PluginSettings>): PluginSettings => ({ enabled: true, accept_unenforced: [], ...more });

describe("chooseTier", () => {
  test.each<[string, PluginTrust, Parameters<typeof demands>[0], Partial<PluginSettings> | undefined, Tier]>([
    ["a first-party plugin runs inline", "first-party", {}, undefined, "inline"],
    ["or where its manifest says", "first-party", { runtime: { isolation: "worker" } }, undefined, "worker"],
    ["a stranger's runs in a process", "third-party", {}, undefined, "process"],
    ["whatever its manifest says", "third-party", { runtime: { isolation: "inline" } }, undefined, "process"],
    ["a signed one chooses for itself", "signed", { runtime: { isolation: "worker" } }, undefined, "worker"],
    ["and runs in a process when it does not", "signed", {}, undefined, "process"],
    ["the operator's word wins", "third-party", {}, { isolation: "worker" }, "worker"],
    ["over a manifest too", "first-party", { runtime: { isolation: "worker" } }, { isolation: "wasm" }, "wasm"],
    ["memory alone is held in a worker", "first-party", { limits: { memory_mb: 64 } }, undefined, "worker"],
    ["a share of CPU only in a process", "first-party", { limits: { cpu_percent: 10 } }, undefined, "process"],
    ["WebAssembly runs in its own tier", "third-party", { runtime: { type: "wasm" } }, undefined, "wasm"],
    [
      "a component beside Node.js code waits for the operator's word",
      "third-party",
      { runtime: { wasm: "dist/plugin.wasm" } },
      undefined,
      "process",
    ],
    ["an executable in a process", "first-party", { runtime: { type: "external" } }, undefined, "process"],
  ])("%s [FLX-35]", (_what, trust, manifest, settings, tier) => {
    expect(chooseTier(demands(manifest), trust, settings && said(settings))).toBe(tier);
  });
});

describe("assertTierFits", () => {
  test("names the tiers there are", () => {
    expect(() => assertTierFits(demands(), "process", ["inline", "worker"], undefined)).toThrow(
      'Cannot run plugin "probe" in tier process: this host has inline, worker',
    );
  });

  test("takes a folder that ships a component beside its Node.js code in either tier [RPT-62]", () => {
    const both = demands({ runtime: { wasm: "dist/plugin.wasm" } });
    for (const tier of ["inline", "worker", "process", "wasm"] as const) {
      expect(() => assertTierFits(both, tier, ["inline", "worker", "process", "wasm"], undefined)).not.toThrow();
    }
    expect(() => assertTierFits(demands(), "wasm", ["wasm"], undefined)).toThrow(
      "its code is of type node, which runs in inline, worker, process",
    );
  });

  test("refuses code that the tier does not run", () => {
    expect(() => assertTierFits(demands({ runtime: { type: "external" } }), "worker", ["worker"], undefined)).toThrow(
      "its code is of type external, which runs in process",
    );
  });
});

describe("assertEnforced", () => {
  const report = {
    tier: "process",
    level: "kernel",
    mechanisms: [],
    enforces: { "limits.memory_mb": "cgroup" },
  } as const;
  const hungry = demands({ limits: { memory_mb: 64, cpu_percent: 10, store_mb: 1 } });

  test("refuses what this machine cannot hold, and says where to look [RPT-143]", () => {
    expect(() => assertEnforced(hungry, report, undefined)).toThrow(
      expect.objectContaining({
        code: "TIER_UNAVAILABLE",
        message: expect.stringMatching(/it cannot enforce limits\.cpu_percent\..*berth doctor/),
        details: { plugin: "probe", tier: "process", unenforceable: ["limits.cpu_percent"] },
      }),
    );
  });

  test("takes it when the operator accepted that by name", () => {
    assertEnforced(hungry, report, said({ accept_unenforced: ["limits.cpu_percent"] }));
    expect(() => assertEnforced(hungry, report, said({ accept_unenforced: ["cpu"] }))).toThrow("limits.cpu_percent");
  });
});
