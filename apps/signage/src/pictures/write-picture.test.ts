import { mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failpoints, ManualClock } from "@berth/base";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary-folder.ts";
import { type PictureToWrite, writePicture } from "./write-picture.ts";

const START = Date.parse("2026-03-14T09:26:53.589Z");

function picture(dir: string, content: string, more: Partial<PictureToWrite> = {}): PictureToWrite {
  return { dir, id: "weather_home", png: Buffer.from(content), clock: new ManualClock(START), ...more };
}

const read = (...path: string[]): Promise<string> => readFile(join(...path), "utf8");

describe("writePicture", () => {
  test("writes one file a source and archives the one before", async () => {
    await using folder = await temporaryFolder();
    const dir = join(folder.path, "output");
    expect(await writePicture(picture(dir, "first"))).toEqual({ path: join(dir, "weather_home.png"), profiles: {} });
    const second = await writePicture(picture(dir, "second"));
    expect(second.archived).toBe(join(dir, "archive", "weather_home-20260314T092653589Z.png"));
    expect([await read(dir, "weather_home.png"), await read(second.archived!)]).toEqual(["second", "first"]);
    expect(await readdir(dir)).toEqual(["archive", "weather_home.png"]);
  });

  test("keeps the newest five, of this source alone", async () => {
    await using folder = await temporaryFolder();
    const clock = new ManualClock(START);
    await writePicture(picture(folder.path, "x0", { id: "weather", clock }));
    for (let run = 0; run < 9; run++) {
      await writePicture(picture(folder.path, `p${run}`, { clock }));
      // Twice in one moment: names do not collide, and order is kept.
      if (run % 2 === 1) clock.setWallClock(clock.now() + 1_000);
    }
    await writePicture(picture(folder.path, "x1", { id: "weather", clock }));
    const names = (await readdir(join(folder.path, "archive"))).sort();
    const kept = await Promise.all(names.map((name) => read(folder.path, "archive", name)));
    expect(kept.sort()).toEqual(["p3", "p4", "p5", "p6", "p7", "x0"]);
  });

  test("keeps none when none are wanted", async () => {
    await using folder = await temporaryFolder();
    for (const content of ["a", "b"]) await writePicture(picture(folder.path, content, { archiveKeep: 0 }));
    expect(await readdir(folder.path)).toEqual(["weather_home.png"]);
  });

  test.each(["../escape", "a/b", "", "a.b", "ä", "a\0b"])("refuses the id %j", async (id) => {
    await using folder = await temporaryFolder();
    const writing = writePicture(picture(folder.path, "x", { id }));
    await expect(writing).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    expect(await readdir(folder.path)).toEqual([]);
  });

  test("gives each profile its own file, drawn anew or resized", async () => {
    await using folder = await temporaryFolder();
    const png = await sharp({ create: { width: 64, height: 36, channels: 3, background: "#204080" } })
      .png()
      .toBuffer();
    const drawn = Buffer.from("drawn anew");
    const written = await writePicture(
      picture(join(folder.path, "main"), "", {
        png,
        profiles: [
          { name: "hall", width: 32, height: 18, dir: join(folder.path, "hall") },
          { name: "kitchen", width: 10, height: 10, dir: join(folder.path, "kitchen"), png: drawn },
        ],
      }),
    );
    expect(written.profiles).toEqual({
      hall: join(folder.path, "hall/weather_home.png"),
      kitchen: join(folder.path, "kitchen/weather_home.png"),
    });
    expect(await sharp(written.profiles["hall"]).metadata()).toMatchObject({ width: 32, height: 18 });
    expect(await readFile(written.profiles["kitchen"]!)).toEqual(drawn);
  });

  test("refuses two profiles in one folder before anything is written", async () => {
    await using folder = await temporaryFolder();
    const profiles = [{ name: "same", width: 9, height: 9, dir: join(folder.path, "out", ".") }];
    const writing = writePicture(picture(join(folder.path, "out"), "x", { profiles }));
    await expect(writing).rejects.toThrow('Cannot write output profile "same"');
    expect(await readdir(folder.path)).toEqual([]);
  });

  test.each([
    ["pictures.archived", "old", 1],
    ["pictures.written", "new", 1],
  ])("has a whole picture when it fails at %s, and archives it once", async (step, expected, archived) => {
    await using folder = await temporaryFolder();
    await writePicture(picture(folder.path, "old"));
    const failpoints = new Failpoints();
    failpoints.arm(step, () => {
      throw new Error("power cut");
    });
    await expect(writePicture(picture(folder.path, "new", { failpoints }))).rejects.toThrow("power cut");
    expect(await read(folder.path, "weather_home.png")).toBe(expected);
    if (expected === "old")
      await expect(writePicture(picture(folder.path, "new", { failpoints }))).rejects.toThrow("power cut");
    expect(await readdir(join(folder.path, "archive"))).toHaveLength(archived);
  });

  test("clears drafts that a dead process left an hour ago, not those of a living one", async () => {
    await using folder = await temporaryFolder();
    await mkdir(folder.path, { recursive: true });
    const [old, young] = [".weather_home.png.0123456789ab.tmp", ".weather_home.png.ba9876543210.tmp"];
    for (const name of [old, young]) await writeFile(join(folder.path, name), "half");
    await utimes(join(folder.path, old), new Date(START - 4_000_000), new Date(START - 4_000_000));
    await utimes(join(folder.path, young), new Date(START), new Date(START));
    await writePicture(picture(folder.path, "whole"));
    expect(await readdir(folder.path)).toEqual([young, "weather_home.png"]);
  });
});
