import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../test/temporary-folder.ts";
import { takeLock } from "./exclusive-lock.ts";

describe("takeLock", () => {
  test("gives it to one at a time, also within a process", () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "lock");
    {
      using first = takeLock(path);
      expect([first !== undefined, takeLock(path)]).toEqual([true, undefined]);
    }
    using again = takeLock(path);
    expect(again).toBeDefined();
  });

  test("is free again when whoever had it was killed", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "lock");
    const module = JSON.stringify(join(import.meta.dirname, "exclusive-lock.ts"));
    const program = `const { takeLock } = await import(${module});
      globalThis.kept = takeLock(${JSON.stringify(path)}); console.log("ready"); setInterval(() => {}, 1_000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    expect(takeLock(path)).toBeUndefined();
    child.kill("SIGKILL");
    await once(child, "close");
    using lock = takeLock(path);
    expect(lock).toBeDefined();
  });

  test("says why there can be none", () => {
    using folder = temporaryFolder();
    expect(() => takeLock(join(folder.path, "missing", "lock"))).toThrow(/Cannot lock .*: no such file/);
  });
});
