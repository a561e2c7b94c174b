import { join } from "node:path";
import { createTestHost, type PluginToWrite, writePlugin } from "@berth/testing";
import { describe, expect, test } from "vitest";

const QUIET = "() => 1";
const KILLER = "() => process.kill(1)";

function plugin(answer: string): PluginToWrite {
  return {
    name: "changing",
    provides: { service: ["changing"] },
    source: `
      import { definePlugin, defineService } from "@berth/sdk";
      const answer = ${answer};
      export default definePlugin({
        provides: [defineService("changing", { create: () => ({ methods: { text: () => String(answer) } }) })],
      });`,
  };
}

async function replaced(first: string, next: string, rule: "warn" | "refuse" | "off", trust = "third-party" as const) {
  const host = await createTestHost({
    plugins: [plugin(first)],
    trust,
    keepsVersions: true,
    config: {
      scan_on_reload: rule,
      plugins: { changing: { enabled: true, isolation: "inline", accept_unenforced: [] } },
    },
  });
  const ask = () => host.services.call({ service: "changing", method: "text", input: null, caller: "app/test" });
  await ask();
  await writePlugin(join(host.folder, "plugins"), plugin(next));
  const report = await host.reloads.reload("changing");
  return { host, report, answer: await ask(), [Symbol.asyncDispose]: () => host[Symbol.asyncDispose]() };
}

const warnings = (logs: readonly { level: string; message: string }[]): string[] =>
  logs.filter(({ level, message }) => level === "warn" && message.includes("does what")).map(({ message }) => message);

describe("A new version whose code does what the one before did not [RPT-147, OPS-21]", () => {
  test("is logged with the place", async () => {
    await using after = await replaced(QUIET, KILLER, "warn");
    expect(after.report.outcome).toBe("reloaded");
    expect(after.answer).toBe(KILLER);
    expect(warnings(after.host.records)).toEqual([
      'The new version of plugin "changing" does what the one before did not: src/plugin.ts:3:28 sends signals to processes: process.kill(1)',
    ]);
  });

  test("is refused where the operator wants to look first, and the one before goes on", async () => {
    await using after = await replaced(QUIET, KILLER, "refuse");
    expect(after.report).toMatchObject({
      outcome: "refused",
      failed: { step: "verify", error: { code: "RELOAD_FAILED" } },
    });
    expect(after.report.failed?.error.message).toMatch(
      /sends signals to processes: process\.kill\(1\)\n.*scan_on_reload: warn/,
    );
    expect(after.answer).toBe(QUIET);
  });

  test("passes in silence where that is switched off, and when the one before did it too", async () => {
    await using off = await replaced(QUIET, KILLER, "off");
    expect([off.report.outcome, warnings(off.host.records)]).toEqual(["reloaded", []]);
    await using same = await replaced(KILLER, "() => process.kill(2)", "refuse");
    expect([same.report.outcome, warnings(same.host.records)]).toEqual(["reloaded", []]);
  });
});
