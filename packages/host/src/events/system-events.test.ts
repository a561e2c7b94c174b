import { readFileSync } from "node:fs";
import { join } from "node:path";
import { HostError } from "@berth/contract";
import { isReserved } from "@berth/kernel/permissions";
import type { ReloadReport } from "@berth/kernel/reload";
import { expect, test } from "vitest";
import { SYSTEM_EVENTS, tellOfReload } from "./system-events.ts";

const report: ReloadReport = {
  plugin: "weather",
  outcome: "reloaded",
  serving: { generation: 3, version: "1.1.0" },
  other: { generation: 2, version: "1.0.0" },
  dependents: ["clock"],
  tookMs: 12.4,
  heldMs: 0.6,
};
const failed = { step: "health" as const, error: new HostError("RELOAD_FAILED", "it is\nill") };

test.each<[ReloadReport, unknown]>([
  [{ ...report, outcome: "unchanged" }, undefined],
  [
    report,
    {
      subject: "plugin.reloaded",
      data: {
        plugin: "weather",
        version: "1.1.0",
        before: "1.0.0",
        generation: 3,
        dependents: ["clock"],
        tookMs: 12,
        heldMs: 1,
      },
      from: "host",
    },
  ],
  [
    { ...report, outcome: "refused", failed },
    {
      subject: "plugin.reload_failed",
      data: {
        plugin: "weather",
        version: "1.1.0",
        refused: "1.0.0",
        step: "health",
        code: "RELOAD_FAILED",
        message: expect.stringMatching(/^it is.*ill$/),
      },
      from: "host",
    },
  ],
  [
    { ...report, outcome: "rolled-back", failed },
    { subject: "plugin.rolled_back", data: expect.objectContaining({ step: "health" }) as unknown, from: "host" },
  ],
])("tellOfReload tells how a reload ended, in what the table of system events says [OPS-10] %#", (one, expected) => {
  const told: { subject: string; data: unknown }[] = [];
  tellOfReload(one, { publish: (event) => told.push(event) });
  expect(told).toEqual(expected === undefined ? [] : [expected]);
  for (const { subject, data } of told) {
    expect(Object.keys(data as object)).toEqual(SYSTEM_EVENTS[subject as keyof typeof SYSTEM_EVENTS].data);
  }
});

test("SYSTEM_EVENTS are all below words that only the host publishes [OPS-10]", () => {
  for (const subject of Object.keys(SYSTEM_EVENTS)) expect(isReserved(subject)).toBe(true);
});

test("docs/guide/events.md has exactly the system events that there are, with their data [OPS-10]", () => {
  const guide = readFileSync(join(import.meta.dirname, "../../../../docs/guide/events.md"), "utf8");
  const rows = guide
    .split("## What the host tells")[1]!
    .split("\n## ")[0]!
    .matchAll(/^\| `([^`]+)` *\| (.+?) *\| (.*?) *\|$/gm);
  const told = [...rows].map(([, subject, when, data]) => [subject, when, data]);
  expect(told).toEqual(
    Object.entries(SYSTEM_EVENTS).map(([subject, { when, data }]) => [
      subject,
      when,
      data.map((member) => `\`${member}\``).join(", "),
    ]),
  );
});
