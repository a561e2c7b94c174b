import { execFile } from "node:child_process";
import { chmod, mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const HOST = join(import.meta.dirname, "as-user.child.ts");
const NOBODY = 65_534;

test.runIf(process.platform === "linux" && process.getuid?.() === 0)(
  "An ordinary user's host sandboxes plugins as one that is root does [RPT-44, OPS-20]",
  { tags: ["slow"] },
  async () => {
    await using temporary = await mkdtempDisposable(join(tmpdir(), "berth-user-"));
    await chmod(temporary.path, 0o777);
    const { stdout } = await promisify(execFile)(process.execPath, [HOST], {
      uid: NOBODY,
      gid: NOBODY,
      cwd: "/",
      env: { PATH: process.env["PATH"], TMPDIR: temporary.path, HOME: temporary.path },
    });
    expect(JSON.parse(stdout)).toEqual({
      uid: NOBODY,
      level: "kernel",
      reads: "hello",
      foreign: "PLUGIN_FAILED",
      burst: expect.stringMatching(/LIMIT_EXCEEDED|PLUGIN_FAILED/),
      reason: "it ended with exit code 3",
      trouble: [],
    });
  },
);
