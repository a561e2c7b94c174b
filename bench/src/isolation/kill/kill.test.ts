import { type Primitive, SandboxFactory } from "@berth/runners/sandbox";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { WAYS, processesOf, runTrial, treeSpec } from "./trial.ts";

const LEVELS: { level: string; hide: Primitive[] }[] = [
  { level: "full", hide: [] },
  { level: "landlock", hide: ["bwrap"] },
];

/** The bench runs thousands; each way a few times here. */
const ROUNDS = 6;
const LATEST_EARLY_MS = 20;

describe.each(LEVELS)("in $level, a program that would rather stay", ({ level, hide }) => {
  /** Nobody else's processes may be counted, so each trial needs a user of its own. */
  const reason =
    process.getuid?.() === 0 ? undefined : "the tests do not run as root, which alone can tell two sandboxes apart";
  const open = async (skip: (why: string) => never): Promise<SandboxFactory> => {
    if (reason !== undefined) skip(reason);
    const factory = await SandboxFactory.probe({ hide });
    if (factory.level !== level) skip(`this machine has no sandbox of the kind ${level}, but ${factory.level}`);
    return factory;
  };

  test.for(WAYS)("by %s is gone with all it started when a kill is done", { tags: ["slow"] }, async (way, { skip }) => {
    const factory = await open(skip);
    for (let round = 0; round < ROUNDS; round++) {
      const { leftAtAnswer } = await runTrial(factory, `test-${level}-${way}`, way);
      expect(leftAtAnswer).toBe(0);
    }
  });

  test("is gone when it is killed while its sandbox is being made", { tags: ["slow"] }, async ({ skip }) => {
    const factory = await open(skip);
    for (let earlyMs = 0; earlyMs < LATEST_EARLY_MS; earlyMs++) {
      const { leftAtAnswer } = await runTrial(factory, `test-${level}-early`, "forks", earlyMs);
      expect(leftAtAnswer).toBe(0);
    }
  });

  test("leaves nothing behind when it ends by itself", async ({ skip }) => {
    const factory = await open(skip);
    using user = factory.userFor(`test-${level}-leaving`);
    await using sandboxed = await factory.launch(treeSpec(factory, "leaving", user), AbortSignal.timeout(10_000));
    sandboxed.channel.resume();
    expect(await sandboxed.gone).toEqual({ code: 0, signal: null });
    expect(processesOf(user!.uid)).toBe(0);
  });

  test.for(WAYS)("by %s dies with its host", { tags: ["slow"] }, async (way, { skip }) => {
    await open(skip);
    const host = spawn(
      process.execPath,
      [join(import.meta.dirname, "host.child.ts"), way, `host-${level}-${way}`, ...hide],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const [ready] = (await once(host.stdout, "data")) as [Buffer];
    const uid = Number(String(ready).trim().split(" ")[1]);
    expect(processesOf(uid)).toBeGreaterThan(0);
    host.kill("SIGKILL");
    await once(host, "exit");
    await untilNothing(uid);
  });
});

/** Looks again and again; the limit of the test is the longest it may take. */
async function untilNothing(uid: number): Promise<void> {
  while (processesOf(uid) > 0) await new Promise((resolve) => setImmediate(resolve));
}
