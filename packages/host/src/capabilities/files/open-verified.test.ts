import { execFileSync } from "node:child_process";
import { constants, closeSync, openSync } from "node:fs";
import { mkdir, mkdtempDisposable, readFile, rename, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openVerified, statVerified } from "./open-verified.ts";

const anywhere = (): boolean => true;

describe.skipIf(process.platform !== "linux")("openVerified", () => {
  test("opens a file, and the same one when its name is given to another meanwhile", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-open-"));
    const file = join(folder.path, "file");
    await writeFile(file, "first");
    await using handle = (await openVerified(file, "file", anywhere))!;
    await writeFile(join(folder.path, "other"), "second");
    await rename(join(folder.path, "other"), file);
    expect(await handle.readFile("utf8")).toBe("first");
  });

  test("opens nothing before it has looked: a pipe, a device or a link is held and nobody notices", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-open-"));
    const pipe = join(folder.path, "pipe");
    execFileSync("mkfifo", [pipe]);
    await symlink("/etc/passwd", join(folder.path, "link"));
    for (const path of [pipe, "/dev/null", join(folder.path, "link")]) {
      await using handle = (await openVerified(path, "file", anywhere))!;
      expect((await handle.stat()).isFile()).toBe(false);
      await expect(handle.read(Buffer.alloc(1), 0, 1, 0)).rejects.toMatchObject({ code: "EBADF" });
      // A pipe that somebody has open for reading would let a writer in.
      const write = (): void => closeSync(openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK));
      expect(write).toThrow(expect.objectContaining({ code: "ENXIO" }));
    }
  });

  test("gives nothing that lies elsewhere, by a link on the way or by rule", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-open-"));
    const at = (...names: string[]): string => join(folder.path, ...names);
    await mkdir(at("real"));
    await writeFile(at("real", "file"), "x");
    await symlink("real", at("way"));
    expect(await openVerified(at("way", "file"), "file", anywhere)).toBeUndefined();
    expect(await openVerified(at("real", "file"), "file", () => false)).toBeUndefined();
    expect(await statVerified(at("way", "file"), anywhere)).toBeUndefined();
    expect((await statVerified(at("real", "file"), anywhere))?.size).toBe(1);
  });

  test("leaves no descriptor behind", async () => {
    const open = async (): Promise<string> => (await readFile("/proc/self/status", "utf8")).match(/^FDSize.*/m)![0];
    const before = await open();
    for (let i = 0; i < 300; i++) {
      await (await openVerified("/etc/hostname", "file", anywhere))?.close();
      await openVerified("/etc/hostname", "file", () => false);
      await openVerified("/nowhere", "file", anywhere).catch(() => undefined);
    }
    expect(await open()).toBe(before);
  });
});
