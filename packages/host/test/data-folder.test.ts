import { mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createHost } from "../src/index.ts";

test("createHost keeps its data folder out of a repository, and leaves a folder alone that was there", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "berth-data-"));
  const ignore = join(folder.path, ".berth", ".gitignore");
  const start = async (): Promise<void> => {
    await using _host = await createHost({ roots: [], workingFolder: folder.path });
  };
  await start();
  expect(await readFile(ignore, "utf8")).toBe("*\n");
  await writeFile(ignore, "mine\n");
  await start();
  expect(await readFile(ignore, "utf8")).toBe("mine\n");
});
