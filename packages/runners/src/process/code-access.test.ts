import { chmod, mkdir, mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { codeAccess } from "./code-access.ts";

test("codeAccess tells whether another user could read the code: the folder, the way to it, and the entry", async () => {
  await using around = await mkdtempDisposable(join(tmpdir(), "berth-access-"));
  const folder = join(around.path, "plugins/one");
  await mkdir(join(folder, "src"), { recursive: true });
  const entry = join(folder, "src/plugin.ts");
  await writeFile(entry, "");
  const access = async () => {
    const { isReadable, isReachable } = await codeAccess(folder, "src/plugin.ts");
    return { isReadable, isReachable };
  };
  await chmod(around.path, 0o755);
  expect(await access()).toEqual({ isReadable: true, isReachable: true });
  for (const [path, closed, open, found] of [
    [around.path, 0o700, 0o755, { isReadable: true, isReachable: false }],
    [folder, 0o750, 0o755, { isReadable: false, isReachable: true }],
    [entry, 0o600, 0o644, { isReadable: false, isReachable: true }],
  ] as const) {
    await chmod(path, closed);
    expect(await access()).toEqual(found);
    await chmod(path, open);
  }
  expect(await access()).toEqual({ isReadable: true, isReachable: true });
});
