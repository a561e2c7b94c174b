import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTestSource } from "@berth/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { recordMachine } from "../test/recorded-machine.ts";

const FOLDER = join(import.meta.dirname, "..");
const NOW = Date.UTC(2026, 3, 1, 12, 0);
const START = { uptime: 100_000, busy: 10_000, idle: 90_000, received: 1_000_000, sent: 500_000, postgres: 500 };
const MINUTE_LATER = {
  uptime: 100_060,
  busy: 13_000,
  idle: 99_000,
  received: 7_144_000,
  sent: 1_114_400,
  postgres: 2_900,
};

let machine: string;
beforeEach(async () => {
  machine = await mkdtemp(join(tmpdir(), "berth-machine-"));
  await recordMachine(machine, START);
});
afterEach(() => rm(machine, { recursive: true }));

const open = (config: Record<string, unknown> = {}, more: object = {}) =>
  openTestSource({
    folder: FOLDER,
    source: "system-health",
    now: () => NOW,
    config: { disks: ["/"], time_zone: "UTC", ...config },
    standIns: { "/proc": join(machine, "proc"), "/sys": join(machine, "sys") },
    ...more,
  });

describe("system-health: configuration", () => {
  test.each([
    [{ time_zone: "Mars/Olympus" }, "system-health: time_zone must be a time zone such as Europe/Oslo"],
    [{ disk_warn_percent: 0 }, "disk_warn_percent must be at least 1"],
    [{ disk: [] }, "did you mean disks?"],
  ])("refuses %j [SIG-146]", async (config, message) => {
    await expect(open(config)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining(message),
    });
  });
});

describe("system-health: a recorded machine", () => {
  test("shows what happened since the last look [SIG-138, SIG-141, SIG-142]", async () => {
    await using source = await open();
    await source.fetch();
    await recordMachine(machine, MINUTE_LATER);
    const content = await source.fetch();
    expect(content).toMatchObject({
      title: "harbour",
      subtitle: "Linux 6.12.4",
      headline: { value: "25", unit: "%", caption: "CPU · 2 cores, load 0.52", icon: "cpu" },
      status: { level: "ok", text: "HEALTHY" },
      accent: "#34d399",
      layout: "modern_system",
      observedAt: "2026-04-01T12:00:00.000Z",
    });
    expect(content?.lines).toEqual([
      "HEALTHY",
      "CPU 25 % of 2 cores",
      "Memory 25 % of 7.7 GiB",
      expect.stringMatching(/^Disk \/ \d+ % full, .* free$/),
      "Load 0.52 0.41 0.30",
      "Network 100 KiB/s in, 10.0 KiB/s out",
      "x86_pkg_temp 61 °C",
      "Composite 44 °C",
      "nvme 42 °C",
      "Up for 1 d 3 h",
    ]);
    expect(content?.stats).toContainEqual({
      label: "CPU",
      icon: "cpu",
      value: "25",
      unit: "%",
      level: 0.25,
      status: "ok",
    });
    expect(content?.stats).toContainEqual({
      label: "Swap, 2.0 GiB",
      icon: "arrow-left-right",
      value: "25",
      unit: "%",
      level: 0.25,
    });
  });

  test("names the processes that use most, by memory and by what they did", async () => {
    await using source = await open();
    await source.fetch();
    await recordMachine(machine, MINUTE_LATER);
    const [memory, cpu] = (await source.fetch())?.tables ?? [];
    expect(memory).toEqual({
      title: "Most memory",
      columns: ["Process", "CPU", "Memory"],
      rows: [
        ["postgres × 2", "40 %", "200 MiB"],
        ["my (odd) name", "0 %", "40.0 MiB"],
        ["systemd", "0 %", "12.0 MiB"],
      ],
    });
    expect(cpu?.rows).toEqual([["postgres × 2", "40 %", "200 MiB"]]);
  });

  test("keeps a bounded history for the charts, over a restart, with a gap where the host was off", async () => {
    const store = new Map();
    let nowMs = NOW;
    const now = (): number => nowMs;
    for (const minutes of [0, 5, 5, 5, 60, 5]) {
      nowMs += minutes * 60_000;
      await using source = await open({ processes: 0, history_points: 5 }, { store, now });
      const content = await source.fetch();
      if (minutes > 0) expect(content?.series?.[0]?.label).toBe("Memory");
    }
    await using other = await open({ processes: 0, history_points: 5 }, { store, now, instanceId: "other" });
    expect((await other.fetch())?.series).toEqual([]);
    await using again = await open({ processes: 0, history_points: 5 }, { store, now });
    const memory = (await again.fetch())?.series?.find(({ label }) => label === "Memory");
    expect(memory?.points.map(({ at, value }) => [at, value])).toEqual([
      ["12:10", 25],
      ["12:15", 25],
      ["13:10", null],
      ["13:15", 25],
      ["13:20", 25],
      ["13:20", 25],
    ]);
  });

  test("loses no sample when two runs overlap", async () => {
    const store = new Map();
    await using source = await open({ processes: 0 }, { store });
    await Promise.all([source.fetch(), source.fetch(), source.fetch()]);
    expect(store.get("history:test")).toHaveLength(3);
  });

  test("says which of the named disks could not be measured, and goes on", async () => {
    await using source = await open({ disks: ["/", "/no/such disk"] });
    const content = await source.fetch();
    expect(content?.notice).toBe("Not available here: disk /no/such disk");
    expect(content?.stats?.filter(({ icon }) => icon === "hard-drive")).toHaveLength(1);
  });

  test("leaves out a disk it found but may not measure, and does not ask again", async () => {
    await using source = await open({ disks: [] });
    const content = await source.fetch();
    await source.fetch();
    expect(content).not.toHaveProperty("notice");
    expect(content?.lines).toContainEqual(expect.stringMatching(/^Disk \/ /));
    expect(source.logs).toEqual([
      { level: "info", message: "a disk is not shown; name it in disks to see it", fields: { mount: "/no/such disk" } },
    ]);
  });

  test("ends at once when the call is given up during the first look", async () => {
    await using source = await open();
    const fetching = source.fetch({ signal: AbortSignal.abort(new Error("deadline")) });
    await expect(fetching).rejects.toThrow("deadline");
  });
});

describe("system-health: a machine without /proc", () => {
  const figures = {
    platform: "darwin",
    release: "25.1.0",
    hostname: "quay",
    cpus: 10,
    totalMemory: 32 * 1_024 ** 3,
    freeMemory: 8 * 1_024 ** 3,
    loadAverage: [2.5, 2.1, 1.9],
    uptimeSeconds: 7_260,
  };
  const onOther = (change: object = {}) =>
    open(
      {},
      {
        standIns: { "/proc": join(machine, "none") },
        services: { machine: { figures: () => ({ ...figures, ...change }) } },
      },
    );

  test("shows what the host knows, and says what is not available", async () => {
    await using source = await onOther();
    expect(await source.fetch()).toMatchObject({
      title: "quay",
      subtitle: "macOS 25.1.0",
      headline: { value: "75", unit: "%", caption: "Memory · 10 cores, load 2.50" },
      lines: ["HEALTHY", "Memory 75 % of 32.0 GiB", "Load 2.50 2.10 1.90", "Up for 2 h 1 min"],
      notice: "Not available here: CPU use, swap, disks, network, processes, temperatures",
    });
  });

  test("shows no load where there is none", async () => {
    await using source = await onOther({ platform: "win32", loadAverage: [0, 0, 0] });
    expect((await source.fetch())?.lines).toEqual(["HEALTHY", "Memory 75 % of 32.0 GiB", "Up for 2 h 1 min"]);
  });

  test("stands an answer without figures", async () => {
    await using source = await open(
      {},
      { standIns: { "/proc": join(machine, "none") }, services: { machine: { figures: () => null } } },
    );
    expect(await source.fetch()).toMatchObject({ title: "this machine", lines: ["HEALTHY"] });
  });
});

test("system-health reads the machine it runs on", async () => {
  const services = {
    machine: { figures: () => ({ platform: process.platform, cpus: 1, totalMemory: 2, freeMemory: 1 }) },
  };
  await using source = await openTestSource({ folder: FOLDER, source: "system-health", services });
  const content = await source.fetch();
  expect(content?.status?.text).toBeTruthy();
  expect(content?.stats?.map(({ icon }) => icon)).toContain("memory-stick");
  const known = process.platform === "linux" ? ["CPU", "Memory"] : ["Memory"];
  expect(content?.lines.map((line) => line.split(" ")[0])).toEqual(expect.arrayContaining(known));
});
