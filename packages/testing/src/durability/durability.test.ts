import { mkdir, mkdtempDisposable, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { bundleChanges } from "./bundle-changes.ts";
import { canTrace, type DiskEvent, parseTrace } from "./disk-trace.ts";
import { findLosses } from "./find-losses.ts";
import { runKillPoints } from "./kill-points.ts";
import { LosingDisk } from "./lost-power.ts";
import { runPowerLosses } from "./power-losses.ts";
import { doStep, openAll } from "./steps.ts";

/** A share of what the bench `durability` tries. */
const KILL_POINTS = 200;
const STATES = 100;

const isTraceable = await canTrace();
if (!isTraceable) console.info("losses of power were not tried: strace does not run here");

describe("what a host has acknowledged", () => {
  test(`is all there after a kill at each of ${KILL_POINTS} points [FLX-53]`, { timeout: 240_000 }, async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-durability-"));
    const script = await bundleChanges(folder.path, build);
    const { points, acknowledged, losses } = await runKillPoints({
      script,
      folder: folder.path,
      points: KILL_POINTS,
      width: 2,
    });
    console.log(`${points} kills: ${acknowledged} numbers acknowledged, ${losses.length} losses`);
    expect(losses).toEqual([]);
    expect([points, acknowledged > points]).toEqual([KILL_POINTS, true]);
  });

  test.runIf(isTraceable)(`is all there after ${STATES} losses of power [FLX-53]`, { timeout: 240_000 }, async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-durability-"));
    const script = await bundleChanges(folder.path, build);
    const { points, acknowledged, losses } = await runPowerLosses({
      script,
      folder: folder.path,
      states: STATES,
      seed: 11,
    });
    console.log(`${points} losses of power: ${acknowledged} numbers acknowledged, ${losses.length} losses`);
    expect(losses).toEqual([]);
    expect([points, acknowledged > points]).toEqual([STATES, true]);
  });
});

test("findLosses finds what was acknowledged and is not there", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "berth-durability-"));
  const dataFolder = join(folder.path, "data");
  await mkdir(dataFolder);
  {
    await using opened = openAll(dataFolder);
    for (const number of [1, 2, 3]) await doStep(opened, number);
    await opened.storage.grants.delete("bee");
  }
  expect(await findLosses(dataFolder, 3)).toEqual([expect.stringContaining("grant of bee: undefined in place of 1")]);
  expect(await findLosses(dataFolder, 9)).toEqual(
    expect.arrayContaining(["audit: 4", expect.stringContaining("store of ant")]),
  );
});

describe("LosingDisk", () => {
  const root = "/data";
  const write = (path: string, text: string): DiskEvent => ({
    do: "write",
    path: `${root}/${path}`,
    at: undefined,
    bytes: Buffer.from(text),
  });
  const create = (path: string): DiskEvent => ({ do: "create", path: `${root}/${path}`, truncates: false });
  const sync = (path: string, id: number): DiskEvent[] => [
    { do: "sync", path, id },
    { do: "synced", id },
  ];

  test("has what was synced with its folder, and without luck nothing else", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-disk-"));
    const whole = [create("a"), write("a", "one"), ...sync(`${root}/a`, 1), ...sync(root, 2)];
    const lost = [write("a", "two"), create("b"), write("b", "lost with its name"), ...sync(`${root}/b`, 3)];
    const disk = new LosingDisk(root);
    for (const event of [...whole, ...lost]) disk.apply(event);
    const read = async (random: () => number, name: string): Promise<Record<string, string>> => {
      disk.loseTo(join(folder.path, name), random);
      const names = await readdir(join(folder.path, name));
      return Object.fromEntries(
        await Promise.all(names.map(async (file) => [file, await readFile(join(folder.path, name, file), "utf8")])),
      );
    };
    expect(await read(() => 0, "unlucky")).toEqual({ a: "one" });
    expect(await read(() => 0.2, "lucky")).toEqual({ a: "onetwo", b: "lost with its name" });
  });

  test("does not count as synced what was written while the sync was under way", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-disk-"));
    const disk = new LosingDisk(root);
    const events: DiskEvent[] = [
      create("a"),
      ...sync(root, 1),
      write("a", "1"),
      { do: "sync", path: `${root}/a`, id: 2 },
      write("a", "2"),
      { do: "synced", id: 2 },
    ];
    for (const event of events) disk.apply(event);
    disk.loseTo(folder.path, () => 0);
    expect(await readFile(join(folder.path, "a"), "utf8")).toBe("1");
  });
});

test("parseTrace reads calls that others come in between, and refuses what it does not know", () => {
  const hex = (text: string): string =>
    [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
  const lines = [
    `7 openat(AT_FDCWD<${hex("/")}>, "${hex("/data/a")}", O_RDWR|O_CREAT|O_EXCL, 0600) = 3<${hex("/data/a")}>`,
    `7 pwrite64(3<${hex("/data/a")}>, "${hex("abc")}", 3, 8) = 3`,
    `8 fdatasync(3<${hex("/data/a")}> <unfinished ...>`,
    `7 write(1<${hex("pipe:[1]")}>, "${hex("5\n")}", 2) = 2`,
    `8 <... fdatasync resumed>) = 0`,
    `7 unlink("${hex("/data/b")}") = -1 ENOENT (No such file or directory)`,
  ];
  expect(parseTrace(lines.join("\n"))).toEqual([
    { do: "create", path: "/data/a", truncates: false },
    { do: "write", path: "/data/a", at: 8, bytes: Buffer.from("abc") },
    { do: "sync", path: "/data/a", id: 1 },
    { do: "print", text: "5\n" },
    { do: "synced", id: 1 },
  ]);
  expect(() => parseTrace(`7 copy_file_range(3<${hex("/a")}>, NULL, 4<${hex("/b")}>, NULL, 5, 0) = 5`)).toThrow(
    "copy_file_range",
  );
});
