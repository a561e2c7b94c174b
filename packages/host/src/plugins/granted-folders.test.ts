import { mkdir, mkdtempDisposable, realpath, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { grantedFolders } from "./granted-folders.ts";

test("a folder that holds something guarded, or lies in it, is only read by a plugin itself", async () => {
  await using temporary = await mkdtempDisposable(join(tmpdir(), "berth-granted-"));
  const root = await realpath(temporary.path);
  for (const folder of ["site/plugins/one", "site/out", "free", ".berth"])
    await mkdir(join(root, folder), { recursive: true });
  await symlink(join(root, "site"), join(root, "link"));
  const at = (...path: string[]): string => join(root, ...path);
  const missing: string[] = [];
  const folders = await grantedFolders(
    { read: [at("gone"), "config:path"], write: [at("link"), at("site/plugins/one"), at("free"), at("site/out")] },
    { hidden: at(".berth"), guarded: [at("site/plugins"), at("site/berth.yaml")] },
    (folder) => missing.push(folder),
  );
  expect(folders).toEqual({
    read: [at("site"), at("site/plugins/one")],
    write: [at("free"), at("site/out")],
    hidden: [at(".berth")],
  });
  expect(missing).toEqual([at("gone")]);
});
