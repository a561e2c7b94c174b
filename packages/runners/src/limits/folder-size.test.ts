import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type FolderSize, measureFolder } from "./folder-size.ts";

const KIB = 1_024;

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "berth-size-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function measure(folder: string, enoughBytes = Infinity, atOnce = 1_000): FolderSize & { pauses: number } {
  const walk = measureFolder(folder, enoughBytes, atOnce);
  for (let pauses = 0; ; pauses++) {
    const { done, value } = walk.next();
    if (done) return { ...value, pauses };
  }
}

describe("measureFolder", () => {
  test("counts what files take on disk, in all folders below", () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "a/b"), { recursive: true });
    writeFileSync(join(folder, "a/b/file"), Buffer.alloc(100 * KIB, 1));
    const { bytes, hasHidden } = measure(folder);
    expect(bytes).toBeGreaterThanOrEqual(108 * KIB);
    expect(bytes).toBeLessThan(130 * KIB);
    expect(hasHidden).toBe(false);
  });

  test("counts empty files too, so that endless ones are met", () => {
    const folder = temporaryFolder();
    for (let index = 0; index < 50; index++) writeFileSync(join(folder, `empty-${index}`), "");
    expect(measure(folder).bytes).toBe(50 * 4 * KIB);
  });

  test("does not follow links", () => {
    const folder = temporaryFolder();
    const elsewhere = temporaryFolder();
    writeFileSync(join(elsewhere, "large"), Buffer.alloc(1_000 * KIB, 1));
    symlinkSync(elsewhere, join(folder, "link"));
    symlinkSync(folder, join(folder, "circle"));
    expect(measure(folder).bytes).toBe(8 * KIB);
  });

  test("counts a file once for each of its names", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "one"), Buffer.alloc(40 * KIB, 1));
    linkSync(join(folder, "one"), join(folder, "two"));
    expect(measure(folder).bytes).toBe(80 * KIB);
  });

  test("stops as soon as enough was seen, and pauses on the way", () => {
    const folder = temporaryFolder();
    for (let index = 0; index < 100; index++) writeFileSync(join(folder, `empty-${index}`), "");
    expect(measure(folder, 40 * KIB).bytes).toBe(44 * KIB);
    expect(measure(folder, Infinity, 10).pauses).toBe(10);
  });

  test("says when it could not go as deep as the plugin did", () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, Array.from({ length: 100 }, () => "d").join("/")), { recursive: true });
    expect(measure(folder).hasHidden).toBe(true);
  });

  test("says when something is closed to the host", () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, "closed"));
    chmodSync(join(folder, "closed"), 0);
    expect(asOrdinaryUser(() => measure(folder)).hasHidden).toBe(true);
    chmodSync(join(folder, "closed"), 0o700);
  });

  test("finds nothing in a folder that is not there", () => {
    expect(measure(join(temporaryFolder(), "gone"))).toMatchObject({ bytes: 0, hasHidden: false });
  });
});

/** Nothing is closed to root. */
function asOrdinaryUser<T>(look: () => T): T {
  if (process.geteuid?.() !== 0) return look();
  process.seteuid!(65_534);
  try {
    return look();
  } finally {
    process.seteuid!(0);
  }
}
