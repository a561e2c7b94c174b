import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary-folder.ts";

const WRITER = join(import.meta.dirname, "../../test/write-pictures-forever.ts");
const KILLS = 12;

/** Every byte the same: never a mixture of two pictures, never a part of one. */
function isWhole(picture: Buffer): boolean {
  return picture.length === 300_000 && picture.every((byte) => byte === picture[0]);
}

test(
  "writePicture leaves whole pictures behind, at whatever moment its process is killed",
  { timeout: 30_000 },
  async () => {
    await using folder = await temporaryFolder();
    for (let kill = 0; kill < KILLS; kill++) {
      const child = spawn(process.execPath, [WRITER, folder.path], { stdio: ["ignore", "pipe", "inherit"] });
      await once(child.stdout, "data");
      // Spread over some runs of the writer, so that the kills hit every step of it.
      await wait(kill * 1.7);
      child.kill("SIGKILL");
      await once(child, "close");
      const archive = (await readdir(join(folder.path, "archive"))).map((name) => join("archive", name));
      const pictures = await Promise.all(["killed.png", ...archive].map((name) => readFile(join(folder.path, name))));
      expect(pictures.map(isWhole)).not.toContain(false);
      expect(archive.length).toBeLessThanOrEqual(6);
    }
  },
);
