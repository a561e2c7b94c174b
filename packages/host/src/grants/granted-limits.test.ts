import { expect, test } from "vitest";
import { grantedLimits } from "./granted-limits.ts";

const ASKED = { memory_mb: 4_096, cpu_percent: 5, file_size_mb: 50, call_timeout_ms: 1 };

test.each(["none", "held"] as const)(
  "a plugin about which the word is %s has no more than every plugin has, whatever it asks [OPS-52] [OPS-53]",
  (source) => {
    expect(grantedLimits(ASKED, { source }, undefined)).toEqual({ ...ASKED, memory_mb: 256 });
  },
);

test("what the operator sets for a plugin by name holds, whoever granted what", () => {
  const settings = { enabled: true, accept_unenforced: [], limits: { memory_mb: 4_096 } };
  expect(grantedLimits(ASKED, { source: "none" }, settings)).toEqual(ASKED);
});

test.each(["config", "first-party", "stored"] as const)(
  "a plugin about which the word is %s has what it asks",
  (source) => {
    expect(grantedLimits(ASKED, { source }, undefined)).toEqual(ASKED);
  },
);
