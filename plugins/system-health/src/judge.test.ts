import { describe, expect, test } from "vitest";
import type { Figures } from "./figures.ts";
import { judge, levelOf } from "./judge.ts";

const calm: Figures = {
  hostname: "harbour",
  system: "Linux",
  cpus: 2,
  cpu: 0.1,
  memory: { total: 100, available: 60 },
  swap: undefined,
  load: [0.5, 0.5, 0.5],
  uptimeSeconds: 1,
  network: undefined,
  disks: [{ mount: "/", total: 100, available: 50 }],
  processes: [],
  temperatures: [{ label: "package", celsius: 50 }],
  missing: [],
};
const thresholds = {
  disk: { warn: 0.85, bad: 0.95 },
  memory: { warn: 0.85, bad: 0.95 },
  temperature: { warn: 80, bad: 95 },
};

describe("judge", () => {
  test("calls a calm machine healthy", () => {
    expect(judge(calm, thresholds)).toEqual({ level: "ok", text: "HEALTHY" });
  });

  test.each([
    ["a filling disk", { disks: [{ mount: "/data", total: 100, available: 10 }] }, "warn", "Disk /data 90 % full"],
    ["a full disk", { disks: [{ mount: "/data", total: 100, available: 5 }] }, "bad", "Disk /data 95 % full"],
    ["little memory", { memory: { total: 100, available: 10 } }, "warn", "Memory 90 % used"],
    ["a queue of processes", { load: [3.1, 1, 1] as const }, "warn", "Load 3.1 on 2 cores"],
    ["all processors busy", { cpu: 0.97 }, "warn", "CPU 97 % busy"],
    ["heat", { temperatures: [{ label: "package", celsius: 96 }] }, "bad", "package 96 °C"],
  ])("sees %s", (_what, change, level, text) => {
    expect(judge({ ...calm, ...change }, thresholds)).toEqual({ level, text });
  });

  test("names the worst only, three at most", () => {
    const disks = ["a", "b", "c", "d"].map((mount) => ({ mount, total: 100, available: 0 }));
    const found = judge({ ...calm, disks, cpu: 0.99 }, thresholds);
    expect(found).toEqual({ level: "bad", text: "Disk a 100 % full, Disk b 100 % full, Disk c 100 % full" });
  });

  test("levelOf does not judge what is not known", () => {
    expect(levelOf(undefined, thresholds.disk)).toBe("unknown");
  });
});
