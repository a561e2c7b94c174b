import { mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DigestCache } from "./digest-cache.ts";
import { digestFolder } from "./digest-folder.ts";
import { listFiles } from "./list-files.ts";

/** Long enough after the files were made for them to count as settled. */
const LATER = Date.now() + 60_000;

describe("DigestCache", () => {
  test("knows a folder that has not changed, also after a restart", async () => {
    await using folder = await pluginFolder();
    const file = join(folder.path, "digests.json");
    const cache = new DigestCache({ file, now: () => LATER });
    const { digest } = await digestFolder(folder.plugin, { cache });
    await cache.save();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const after = new DigestCache({ file });
    expect(after.get(folder.plugin, await listFiles(folder.plugin))).toBe(digest);
    expect(await digestFolder(folder.plugin, { cache: after })).toEqual(await digestFolder(folder.plugin));
  });

  test("sees a change that keeps size and time", async () => {
    await using folder = await pluginFolder();
    const cache = new DigestCache({ now: () => LATER });
    const before = await digestFolder(folder.plugin, { cache });
    const file = join(folder.plugin, "plugin.ts");
    const { atime, mtime } = statSync(file);
    writeFileSync(file, "evil();");
    utimesSync(file, atime, mtime);
    const after = await digestFolder(folder.plugin, { cache });
    expect(after.digest).not.toBe(before.digest);
    expect(after).toEqual(await digestFolder(folder.plugin));
  });

  test("sees files come and go", async () => {
    await using folder = await pluginFolder();
    const cache = new DigestCache({ now: () => LATER });
    const before = await digestFolder(folder.plugin, { cache });
    writeFileSync(join(folder.plugin, "more.ts"), "");
    expect((await digestFolder(folder.plugin, { cache })).digest).not.toBe(before.digest);
  });

  test("keeps nothing of a folder that changed a moment ago, or whose times lie ahead", async () => {
    await using folder = await pluginFolder();
    for (const now of [Date.now(), Date.now() - 3_600_000]) {
      const cache = new DigestCache({ now: () => now });
      await digestFolder(folder.plugin, { cache });
      expect(cache.get(folder.plugin, await listFiles(folder.plugin))).toBeUndefined();
    }
  });

  test.each([
    "",
    "{",
    "null",
    '{"version":2,"folders":[]}',
    '{"version":1,"folders":{"a":1}}',
    '{"version":1,"folders":[["FOLDER",{"fingerprint":"x","digest":"md5:1"}],["FOLDER"],[7,{}],"x"]}',
  ])("takes a file that holds %j for an empty one", async (text) => {
    await using folder = await pluginFolder();
    const file = join(folder.path, "digests.json");
    writeFileSync(file, text.replaceAll("FOLDER", folder.plugin));
    const cache = new DigestCache({ file, now: () => LATER });
    expect(cache.get(folder.plugin, await listFiles(folder.plugin))).toBeUndefined();
    await digestFolder(folder.plugin, { cache });
    await cache.save();
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ version: 1, folders: [[folder.plugin, {}]] });
  });
});

async function pluginFolder() {
  const folder = await mkdtempDisposable(join(tmpdir(), "berth-digest-"));
  const plugin = join(folder.path, "plugin");
  mkdirSync(plugin);
  writeFileSync(join(plugin, "plugin.ts"), "good();");
  return { path: folder.path, plugin, [Symbol.asyncDispose]: () => folder.remove() };
}
