import { manifestSchema } from "@berth/contract/manifest";
import { describe, expect, test } from "vitest";
import { supervisionPolicy } from "./policy.ts";
import { RestartBackoff } from "./restart-backoff.ts";
import { RestartWindow } from "./restart-window.ts";

const manifest = (more: object = {}) => manifestSchema.parse({ plugin: { name: "clock", version: "1.0.0" }, ...more });

describe("supervisionPolicy", () => {
  test("is transient for a plugin that is only called, permanent for one that others count on being there", () => {
    expect(supervisionPolicy(manifest()).restart).toBe("transient");
    expect(supervisionPolicy(manifest({ provides: { source: ["clock"] } })).restart).toBe("transient");
    for (const kind of ["service", "event", "integration"]) {
      expect(supervisionPolicy(manifest({ provides: { [kind]: ["clock"] } })).restart).toBe("permanent");
    }
    expect(supervisionPolicy(manifest({ runtime: { load: "eager" } })).restart).toBe("permanent");
    const about = { name: "clock", version: "1.0.0", criticality: "required" };
    expect(supervisionPolicy(manifest({ plugin: about })).restart).toBe("permanent");
  });

  test("takes the operator's word before the manifest's, one by one", () => {
    const said = manifest({ supervision: { restart: "temporary", max_restarts: 3, backoff_ms: 5 } });
    expect(supervisionPolicy(said, { restart: "permanent", backoff_ms: undefined, period_ms: 1_000 })).toEqual({
      restart: "permanent",
      strategy: "one_for_one",
      maxRestarts: 3,
      periodMs: 1_000,
      backoffMs: 5,
      maxBackoffMs: 10_000,
    });
  });
});

test("RestartWindow counts a restart that is as old as the period, and no older one", () => {
  const window = new RestartWindow();
  const policy = { maxRestarts: 2, periodMs: 100 };
  expect([0, 50, 100].map((at) => window.admit(at, policy))).toEqual([true, true, false]);
  expect(window.admit(101, policy)).toBe(true);
  expect(window.count).toBe(2);
  expect(new RestartWindow().admit(0, { maxRestarts: 0, periodMs: 100 })).toBe(false);
});

test("RestartBackoff is nothing at first, grows up to its bound by chance, and begins anew after a quiet period", () => {
  const policy = { backoffMs: 100, maxBackoffMs: 300, periodMs: 1_000 };
  const backoff = new RestartBackoff();
  const waits = [0.99, 0, 0.999, 0.999, 0.999, 0.5].map((chance) => backoff.nextMs(0, policy, chance));
  expect(waits).toEqual([0, 0, 200, 300, 300, 150]);
  backoff.started(0);
  expect(backoff.nextMs(999, policy, 0.999)).toBe(300);
  backoff.started(1_000);
  expect(backoff.nextMs(2_000, policy, 0.999)).toBe(0);
});
