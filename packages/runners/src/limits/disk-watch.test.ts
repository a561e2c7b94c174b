import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { DiskWatch } from "./disk-watch.ts";

const MIB = 2 ** 20;

function watchFolder(
  limitBytes: number,
  deletedBytes = (): number => 0,
): { watch: DiskWatch; write: (name: string, bytes: number) => void } {
  const folder = mkdtempSync(join(tmpdir(), "berth-disk-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const watch = new DiskWatch(folder, limitBytes, deletedBytes);
  return { watch, write: (name, bytes) => writeFileSync(join(folder, name), Buffer.alloc(bytes, 1)) };
}

describe("DiskWatch", () => {
  test("measures at the start, and then only when something ran", () => {
    const { watch, write } = watchFolder(MIB);
    write("some", MIB / 2);
    watch.step(0);
    expect(watch.found).toEqual({ bytes: MIB / 2, allowedBytes: MIB, hasHidden: false });
    watch.step(300);
    expect(watch.step(1_000_000)).toBeUndefined();
    write("more", MIB / 4);
    watch.ran(MIB / 4);
    expect(watch.step(1_000_001)).toBe(250);
    expect(watch.found?.bytes).toBe((MIB * 3) / 4);
  });

  test("measures at once when what was written could lead past the limit", () => {
    const { watch, write } = watchFolder(MIB);
    watch.step(0);
    write("much", 2 * MIB);
    watch.ran(2 * MIB);
    watch.step(250);
    expect(watch.found!.bytes).toBeGreaterThan(MIB);
  });

  test("does not measure over and over while the plugin hovers below its limit", () => {
    const { watch } = watchFolder(MIB);
    watch.step(0);
    watch.ran(MIB / 10);
    expect(watch.step(300)).toBe(9_700);
  });

  test("lets a plugin keep what it held before, so that it can tidy up", () => {
    const { watch, write } = watchFolder(MIB);
    write("old", 3 * MIB);
    watch.step(0);
    expect(watch.found).toEqual({ bytes: 3 * MIB, allowedBytes: 3 * MIB, hasHidden: false });
  });

  test("counts files that have no name any more", () => {
    const { watch } = watchFolder(MIB, () => 5 * MIB);
    watch.step(0);
    expect(watch.found?.bytes).toBe(5 * MIB);
  });
});
