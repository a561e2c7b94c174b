import { setImmediate } from "node:timers/promises";
import { ManualClock } from "@berth/base";
import { PROBATION_RULES } from "@berth/kernel/reload";
import { createTestHost } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { aCall, echoPlugin } from "./plugins-of-tests.ts";

const signal = new AbortController().signal;

describe("PluginSwitches", () => {
  test("stop a plugin, keep it stopped over a restart, and let it be used again without one [RPT-96] [OPS-11]", async () => {
    await using first = await createTestHost({ plugins: [echoPlugin("echo")] });
    {
      await using source = first.instance({ contribution: "source/echo", instanceId: "a" });
      const fetch = (): Promise<unknown> => source.method("fetch")([], aCall());
      await fetch();
      expect(await first.switches.switchOff("echo", { by: "ada" })).toMatchObject({ hasChanged: true, problems: [] });
      expect(first.plugins.get("echo").state).toBe("unloaded");
      await expect(fetch()).rejects.toMatchObject({
        code: "PLUGIN_DISABLED",
        message: expect.stringMatching(/was disabled by ada on .* UTC; `berth plugins enable echo` undoes it/),
      });
    }
    const { folder } = first;
    await using second = await createTestHost({ plugins: [`${folder}/plugins/echo`], folder });
    await using source = second.instance({ contribution: "source/echo", instanceId: "a" });
    const fetch = (): Promise<unknown> => source.method("fetch")([], aCall());
    await expect(fetch()).rejects.toMatchObject({ code: "PLUGIN_DISABLED" });
    expect(await second.switches.switchOn("echo", "grace", signal)).toMatchObject({ isOn: true, hasChanged: true });
    await fetch();
    expect(second.storage.audit.list({ plugin: "echo" }).map(({ kind, details }) => [kind, details])).toEqual([
      ["plugin.enabled", { by: "grace" }],
      ["plugin.disabled", { by: "ada" }],
    ]);
  });

  test("start at once what runs from the start, also at the start of the host, unless it is off [OPS-11]", async () => {
    const eager = echoPlugin("eager", { manifest: '[runtime]\nload = "eager"' });
    await using host = await createTestHost({ plugins: [eager] });
    await host.switches.switchOff("eager", { by: "ada" });
    expect(await host.start(signal)).toEqual([]);
    expect(host.plugins.get("eager").state).toBe("unloaded");
    await host.switches.switchOn("eager", "ada", signal);
    expect(host.plugins.get("eager").state).toBe("active");
  });

  test("refuse to take a plugin from those who need it, unless they go first [OPS-48]", async () => {
    const needing = echoPlugin("needing", { manifest: '[dependencies.requires]\necho = "*"' });
    await using host = await createTestHost({ plugins: [echoPlugin("echo"), needing] });
    await expect(host.switches.switchOff("echo", { by: "ada" })).rejects.toMatchObject({
      code: "PLUGIN_IN_USE",
      message: 'Cannot disable plugin "echo": needing needs it; disable them first, or all with --with-dependents',
    });
    expect(host.switches.isOn("echo")).toBe(true);
    const report = await host.switches.switchOff("echo", { by: "ada", withDependents: true });
    expect(report.dependents).toEqual(["needing"]);
    expect([host.switches.isOn("echo"), host.switches.isOn("needing")]).toEqual([false, false]);
  });
});

test("PluginSwitches stop a new version in its probation without calling that a failure of it [OPS-47]", async () => {
  const clock = new ManualClock();
  await using host = await createTestHost({
    plugins: [echoPlugin("echo", { manifest: '[runtime]\nisolation = "worker"' })],
    clock,
  });
  const outcomes: string[] = [];
  using _listening = host.reloads.onDidReload(({ outcome }) => outcomes.push(outcome));
  await host.plugins.get("echo").activate(signal);
  await host.reloads.reload("echo");
  await host.switches.switchOff("echo", { by: "ada" });
  for (let ms = 0; ms <= PROBATION_RULES.windowMs; ms += PROBATION_RULES.healthEveryMs) {
    await clock.advance(PROBATION_RULES.healthEveryMs);
    await setImmediate();
  }
  expect(outcomes).toEqual(["reloaded"]);
  expect(host.plugins.get("echo").state).toBe("unloaded");
});
