import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defaultHostConfig } from "./default-host-config.ts";
import { type HeldConfig, planConfigChange } from "./plan-config-change.ts";

const held = (plugins: object, more: object = {}, sections = {}): HeldConfig => ({
  config: { ...defaultHostConfig(), plugins: plugins as never, ...more },
  sections,
});
const NAMES = ["a", "b"];
/** What is said of one counts more than what is said of all, of which "b" asks for less. */
const limitsOf: Parameters<typeof planConfigChange>[3] = (plugin, { plugin_limits: { log_rate = 100 }, plugins }) => {
  return { log_rate: Math.min(log_rate, plugin === "b" ? 50 : 100), ...plugins[plugin]?.limits };
};

describe("planConfigChange [BWK-17]", () => {
  test.each<[string, HeldConfig, HeldConfig, object]>([
    ["nothing", held({}), held({ a: { enabled: true, accept_unenforced: [] } }), { plugins: [], needsRestart: [] }],
    [
      "settings",
      held({ a: { settings: { n: 1 } } }),
      held({ a: { settings: { n: 2 } } }),
      { plugins: [{ plugin: "a", action: "reload", aspects: ["settings"] }] },
    ],
    [
      "limits, grant and tier at once",
      held({ b: {} }),
      held({ b: { limits: { memory_mb: 1 }, grant: "asked", isolation: "worker" } }),
      { plugins: [{ plugin: "b", action: "reload", aspects: ["limits", "grant", "tier"] }] },
    ],
    [
      "a policy, alone and with something else",
      held({}),
      held({ a: { policy: { deadline_ms: 5 } }, b: { policies: { "service/x": {} }, settings: { n: 1 } } }),
      {
        plugins: [
          { plugin: "a", action: "adapt", aspects: ["policy"] },
          { plugin: "b", action: "reload", aspects: ["settings", "policy"] },
        ],
      },
    ],
    [
      "limits of all",
      held({ b: { enabled: false } }),
      held({ b: { enabled: false } }, { plugin_limits: { log_rate: 5 } }),
      { plugins: [{ plugin: "a", action: "reload", aspects: ["limits"] }], host: ["plugin_limits"], needsRestart: [] },
    ],
    [
      "limits of all, of which one asks for less",
      held({}),
      held({}, { plugin_limits: { log_rate: 60 } }),
      { plugins: [{ plugin: "a", action: "reload", aspects: ["limits"] }] },
    ],
    [
      "limits of all, and what one has of its own",
      held({ a: { limits: { log_rate: 7 } } }, { plugin_limits: { log_rate: 60 } }),
      held({ a: { limits: { log_rate: 7 } } }, { plugin_limits: { log_rate: 5 } }),
      { plugins: [{ plugin: "b", action: "reload", aspects: ["limits"] }] },
    ],
    [
      "limits of all that concern none",
      held({ a: { limits: { log_rate: 7 } } }, { plugin_limits: { log_rate: 60 } }),
      held({ a: { limits: { log_rate: 7 } } }, { plugin_limits: { log_rate: 70 } }),
      { plugins: [], host: ["plugin_limits"], needsRestart: [] },
    ],
    [
      "one switched off, one on",
      held({ b: { enabled: false } }),
      held({ a: { enabled: false } }),
      {
        plugins: [
          { plugin: "a", action: "switch-off" },
          { plugin: "b", action: "switch-on" },
        ],
      },
    ],
    [
      "one switched on that was off from the start",
      held({ c: { enabled: false } }),
      held({}),
      { plugins: [], needsRestart: ["plugins.c.enabled"] },
    ],
    ["one that is not there", held({}), held({ c: { settings: {} } }), { plugins: [], needsRestart: [] }],
    [
      "the host itself, and a section",
      held({}, { data_dir: "x", roots: ["p"] }, { paging: 1 }),
      held({}, { data_dir: "y", roots: ["p"] }, { paging: 2, more: 1 }),
      { plugins: [], needsRestart: ["data_dir", "paging", "more"] },
    ],
    [
      "what is read anew each time",
      held({}, { log: { level: "info", format: "text" } }),
      held({}, { log: { level: "debug", format: "text" }, health: { interval_ms: 5 } }),
      { plugins: [], host: ["log.level", "health"], needsRestart: [] },
    ],
    [
      "what is not, though it stands beside it",
      held({}, { log: { level: "info", format: "text" }, health: { interval_ms: 0 } }),
      held({}, { log: { level: "info", format: "json" }, health: { interval_ms: 5 } }),
      { plugins: [], host: [], needsRestart: ["log", "health"] },
    ],
  ])("sees %s", (_, before, after, expected) => {
    expect(planConfigChange(before, after, NAMES, limitsOf)).toMatchObject(expected);
  });

  test("finds no way from a configuration to itself", () => {
    const entry = fc.record(
      { enabled: fc.boolean(), settings: fc.dictionary(fc.string(), fc.jsonValue()), grant: fc.constant("asked") },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.record({ a: entry, b: entry }, { requiredKeys: [] }), (plugins) => {
        const plan = planConfigChange(held(plugins), held(structuredClone(plugins)), NAMES, limitsOf);
        expect(plan).toEqual({ plugins: [], host: [], needsRestart: [] });
      }),
    );
  });
});
