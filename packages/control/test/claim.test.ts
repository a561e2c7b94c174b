import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { claimDataFolder } from "../src/index.ts";

const MODULE = JSON.stringify(join(import.meta.dirname, "..", "src", "place", "claim-data-folder.ts"));

test("claimDataFolder refuses a second host with the pid of the first, and a killed one leaves nothing in its way [FLX-53]", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "berth-claim-"));
  const program = `const { claimDataFolder } = await import(${MODULE});
    globalThis.kept = claimDataFolder(${JSON.stringify(folder.path)}); console.log("ready"); setInterval(() => {}, 1_000);`;
  for (let life = 0; life < 3; life++) {
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    expect(() => claimDataFolder(folder.path)).toThrow(
      expect.objectContaining({
        code: "CONTROL_TAKEN",
        message: `Cannot take commands for ${folder.path}, which process ${child.pid} has: a host runs there`,
        details: { dataFolder: folder.path, pid: child.pid },
      }),
    );
    child.kill("SIGKILL");
    await once(child, "close");
  }
  using claim = claimDataFolder(folder.path);
  expect(() => claimDataFolder(folder.path)).toThrow(
    expect.objectContaining({ details: { dataFolder: folder.path, pid: process.pid } }),
  );
  // Who has it is for people; who is kept out is for the lock.
  await writeFile(join(folder.path, "control.pid"), "nonsense");
  expect(() => claimDataFolder(folder.path)).toThrow(expect.objectContaining({ details: { dataFolder: folder.path } }));
  claim[Symbol.dispose]();
  claimDataFolder(folder.path)[Symbol.dispose]();
});
