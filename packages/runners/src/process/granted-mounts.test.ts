import { mkdir, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { coveredFolders, grantedMounts } from "./granted-mounts.ts";

let root: string;
const at = (path: string): string => join(root, path);
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "berth-grants-")));
  await mkdir(at("photos/holiday/best"), { recursive: true });
  await mkdir(at("shared/inbox"), { recursive: true });
  await symlink(at("photos"), at("link"));
});
afterAll(() => rm(root, { recursive: true }));

const mounts = (read: string[], write: string[], writableByOthers: string[] = []) =>
  grantedMounts({ plugin: "album", folders: { read, write }, writableByOthers });

describe("grantedMounts", () => {
  test("puts each folder where it is, outer ones first, a writable one over a readable one", async () => {
    expect(await mounts([at("photos"), at("photos/holiday/best")], [at("photos/holiday")])).toEqual([
      { from: at("photos"), to: at("photos"), isWritable: false },
      { from: at("photos/holiday"), to: at("photos/holiday"), isWritable: true },
    ]);
  });

  test("leaves out what the host hides, or refuses a folder where that cannot be", async () => {
    const hidden = [at("photos/holiday")];
    const shown = await grantedMounts({
      plugin: "album",
      folders: { read: [at("photos")], write: [], hidden },
      writableByOthers: [],
    });
    expect(coveredFolders("album", hidden, shown, true)).toEqual(hidden);
    expect(coveredFolders("album", [at("shared")], shown, false)).toEqual([]);
    expect(() => coveredFolders("album", hidden, shown, false)).toThrow("which cannot be left out on this machine");
    const inside = { read: [at("photos/holiday/best")], write: [], hidden };
    await expect(grantedMounts({ plugin: "album", folders: inside, writableByOthers: [] })).rejects.toThrow(
      "the host keeps its data there",
    );
  });

  test("leaves out what is not there any more", async () => {
    expect(await mounts([at("gone")], [])).toEqual([]);
  });

  test("refuses a folder that has become a link", async () => {
    await expect(mounts([at("link")], [])).rejects.toMatchObject({
      code: "PERMISSION_DENIED",
      message: expect.stringContaining(`it has become a link, to ${at("photos")}`),
    });
    await expect(mounts([], [at("link/holiday")])).rejects.toThrow("it has become a link");
  });

  test("refuses a folder in one that another plugin can write, which could replace it", async () => {
    await expect(mounts([at("shared/inbox")], [], [at("shared")])).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    expect(await mounts([at("shared")], [], [at("shared")])).toHaveLength(1);
    expect(await mounts([at("shared")], [], [at("share")])).toHaveLength(1);
  });

  test.each(["/", "/tmp", "/proc/1", "/dev", "/usr/lib", "/plugin", "/data/x"])(
    "refuses %s, where the sandbox has its own",
    async (folder) => {
      await expect(mounts([folder], [])).rejects.toThrow("the sandbox has a place of its own there");
    },
  );
});
