import { execFileSync } from "node:child_process";
import { chmod, cp } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { RprFolder } from "./run-rpr.ts";

const EXAMPLE = join(import.meta.dirname, "../../../examples/plugins/ml-adaptive");

function hasPython(): boolean {
  try {
    return execFileSync("python3", ["--version"], { encoding: "utf8" }).startsWith("Python 3");
  } catch {
    return false;
  }
}

test.skipIf(!hasPython())(
  "rpr waits as the plugin ml-adaptive of a project says, which is a program in Python [RPT-64, RPT-89]",
  { tags: ["slow"], timeout: 60_000 },
  async () => {
    await using folder = await RprFolder.open();
    // Whoever it runs as in its sandbox must be able to read its code.
    await chmod(folder.path, 0o755);
    await cp(EXAMPLE, folder.at("plugins/ml-adaptive"), { recursive: true });
    await folder.write("berth.yaml", "roots: [plugins]\n");
    const echo = ["--", "echo", "hi"];
    expect(await folder.run(["ml-adaptive", "--base-interval", "20ms", "--times", "4", ...echo])).toEqual({
      code: 0,
      out: "hi\n".repeat(4),
      err: "",
    });
    const dry = await folder.run(["ml-adaptive", "-b", "1s", "--explore", "0", "--times", "3", "--dry-run", ...echo]);
    expect(dry).toMatchObject({ code: 0, out: expect.stringMatching(/^run 2 at \S+, in 250ms$/m) });
    expect(await folder.run(["ml-adaptive", ...echo])).toMatchObject({
      code: 2,
      err: "rpr: Cannot use scheduler/ml-adaptive: --base-interval is required\n",
    });
  },
);
