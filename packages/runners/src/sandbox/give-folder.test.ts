import { link, lstat, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { giveFolder } from "./give-folder.ts";

const USER = { uid: 61_999, gid: 61_999 };
const signal = AbortSignal.timeout(10_000);
const isRoot = process.getuid?.() === 0;

test.skipIf(!isRoot)(
  "giveFolder gives all below a folder, no link's target and no file with a second name",
  async () => {
    await using opened = new AsyncDisposableStack();
    const root = await mkdtemp(join(tmpdir(), "berth-give-"));
    opened.defer(() => rm(root, { recursive: true, force: true }));
    const [folder, foreign] = [join(root, "data"), join(root, "foreign.txt")];
    await mkdir(join(folder, "deep/er"), { recursive: true });
    await writeFile(join(folder, "deep/er/own.txt"), "own");
    await writeFile(foreign, "foreign");
    await symlink(foreign, join(folder, "link"));
    await symlink(root, join(folder, "folder-link"));
    await link(foreign, join(folder, "second-name"));

    await giveFolder(folder, USER, signal);

    const owner = async (path: string): Promise<number> => (await lstat(join(folder, path))).uid;
    const owners = await Promise.all(["", "deep", "deep/er", "deep/er/own.txt", "link", "folder-link"].map(owner));
    expect(owners).toEqual(owners.map(() => USER.uid));
    expect([await owner("second-name"), (await lstat(foreign)).uid, (await lstat(root)).uid]).toEqual([0, 0, 0]);
  },
);

test.skipIf(!isRoot)("giveFolder looks no further into what is given already", async () => {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "berth-give-"));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  await giveFolder(folder, USER, signal);
  await writeFile(join(folder, "later.txt"), "by the host");
  await giveFolder(folder, USER, signal);
  expect((await lstat(join(folder, "later.txt"))).uid).toBe(0);
});
