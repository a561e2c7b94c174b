import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test, type TestContext } from "vitest";
import { delegate, type Delegation } from "./cgroup-delegation.ts";
import { findHierarchies } from "./cgroup-hierarchies.ts";

const run = promisify(execFile);

/** A controller of version 2 that this machine has, whichever; and the folder of a new group that is offered it. */
async function offered(context: TestContext): Promise<{ folder: string; controller: string }> {
  const top = findHierarchies().find(({ version }) => version === 2)?.folder;
  if (top === undefined) context.skip("control groups of version 2 are not mounted");
  const [controller] = readFileSync(join(top, "cgroup.controllers"), "latin1").trim().split(" ");
  if (!controller) context.skip("version 2 has no controller here");
  const handedDown: Delegation = await delegate(top, [controller], `berth-top-${process.pid}`).catch((error: Error) =>
    context.skip(`the tests' own group cannot hand anything down: ${error.message}`),
  );
  onTestFinished(() => handedDown[Symbol.asyncDispose]());
  const folder = join(top, `berth-offered-${process.pid}`);
  mkdirSync(folder);
  onTestFinished(() => rmdirSync(folder));
  return { folder, controller };
}

describe("delegate", () => {
  test("moves a host out of the group whose controllers it hands on, and back in the end", async (context) => {
    const { folder, controller } = await offered(context);
    const host = new URL("test/delegating-host.child.ts", import.meta.url).pathname;
    const enter = 'echo $$ > "$0/cgroup.procs" && exec "$@"';
    const { stdout } = await run("sh", ["-c", enter, folder, process.execPath, host, folder, controller]);
    expect(JSON.parse(stdout)).toEqual({
      during: { controllers: [controller], isInOwnGroup: true, handedOn: controller },
      after: { isBack: true, handedOn: "" },
    });
  });

  test("leaves other people's processes where they are, and says so", async () => {
    const folder = mkdtempSync(join(tmpdir(), "berth-group-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "cgroup.controllers"), "cpu memory pids\n");
    writeFileSync(join(folder, "cgroup.subtree_control"), "\n");
    writeFileSync(join(folder, "cgroup.type"), "domain\n");
    writeFileSync(join(folder, "cgroup.procs"), `1\n${process.pid}\n2\n`);
    await expect(delegate(folder, ["memory", "cpu", "pids"], "own")).rejects.toThrow(
      "2 other processes share the host's own group",
    );
  });

  test("says which controllers are missing", async () => {
    const folder = mkdtempSync(join(tmpdir(), "berth-group-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "cgroup.controllers"), "hugetlb\n");
    await expect(delegate(folder, ["memory", "cpu"], "own")).rejects.toThrow("it has no controller for memory, cpu");
  });
});
