import { describe, expect, test } from "vitest";
import { parseMeminfo } from "./meminfo.ts";
import { parseMounts } from "./mounts.ts";
import { parseNetDev } from "./net-dev.ts";
import { parseProcessStat, parseResidentBytes } from "./process-stat.ts";
import { parseStat } from "./stat.ts";

describe("parseStat", () => {
  test("sums up the ticks, guest time not twice, waiting for a disk as idle", () => {
    const text = "cpu  100 10 50 800 40 5 5 2 30 3\ncpu0 1\ncpu1 1\nintr 1\n";
    expect(parseStat(text)).toEqual({ busy: 172, total: 1_012, cpus: 2 });
  });

  test.each(["", "cpu", "cpu a b c d", "intr 1 2"])("finds nothing in %j", (text) => {
    expect(parseStat(text)).toBeUndefined();
  });
});

describe("parseMeminfo", () => {
  test("reads kilobytes, and swap where there is some", () => {
    expect(parseMeminfo("MemTotal: 100 kB\nMemAvailable: 40 kB\nSwapTotal: 10 kB\nSwapFree: 5 kB\n")).toEqual({
      memory: { total: 102_400, available: 40_960 },
      swap: { total: 10_240, free: 5_120 },
    });
  });

  test("takes free for available on an old kernel, and no swap for none", () => {
    expect(parseMeminfo("MemTotal: 100 kB\nMemFree: 40 kB\nSwapTotal: 0 kB\n")).toEqual({
      memory: { total: 102_400, available: 40_960 },
      swap: undefined,
    });
    expect(parseMeminfo("")).toEqual({ memory: undefined, swap: undefined });
  });
});

describe("parseMounts", () => {
  test("keeps each real file system once, at its shortest path, blanks decoded", () => {
    const text = [
      "/dev/vda /var/lib/docker ext4 rw 0 0",
      "/dev/vda / ext4 rw 0 0",
      "tmpfs /tmp tmpfs rw 0 0",
      "/dev/vdb /mnt/my\\040disk xfs rw 0 0",
      "host:/x /mnt/remote nfs rw 0 0",
      "/dev/vdc /boot/efi vfat rw 0 0",
      "overlay /var/lib/docker/overlay2/abc overlay rw 0 0",
      "nonsense",
      "",
    ].join("\n");
    expect(parseMounts(text)).toEqual(["/", "/mnt/my disk", "/var/lib/docker/overlay2/abc"]);
  });
});

describe("parseNetDev", () => {
  test("adds up what leaves the machine, not what stays inside", () => {
    const text =
      "Inter-| x\n face |y\n lo: 5 0 0 0 0 0 0 0 5 0\n eth0:100 1 0 0 0 0 0 0 30 1\nwlan0: 11 1 0 0 0 0 0 0 7 1\ndocker0: 9 0 0 0 0 0 0 0 9 0\n";
    expect(parseNetDev(text)).toEqual({ received: 111, sent: 37 });
    expect(parseNetDev("Inter-| x\n face |y\n lo: 5 0 0 0 0 0 0 0 5 0\n")).toBeUndefined();
  });
});

describe("parseProcessStat", () => {
  test("takes a name with blanks and parentheses", () => {
    const text = "42 (a) (b c)) S 1 1 1 0 -1 0 1 1 1 1 30 12 1 1 20 0 1 0 950 1000000 10000 1";
    expect(parseProcessStat(text)).toEqual({ pid: 42, name: "a) (b c)", ticks: 42, startedAt: 950, pages: 10_000 });
  });

  test.each(["", "42", "(name) S 1", "42 (name) S 1 2", ") ("])("finds nothing in %j", (text) => {
    expect(parseProcessStat(text)).toBeUndefined();
  });

  test("knows the memory of a program, and none of a thread of the kernel", () => {
    expect([parseResidentBytes("Name:\tx\nVmRSS:\t    2 kB\n"), parseResidentBytes("Name:\tkworker\n")]).toEqual([
      2_048,
      undefined,
    ]);
  });
});
