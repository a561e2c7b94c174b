import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findProgram } from "../../src/sandbox/find-program.ts";
import type { Primitive } from "../../src/sandbox/index.ts";
import { isAlive, processState } from "../../src/sandbox/proc.ts";
import { nativeSpec, whyNot } from "./attempts.ts";
import { runRequest } from "./run-request.ts";

const LEVELS: { level: "full" | "landlock"; hide: Primitive[] }[] = [
  { level: "full", hide: [] },
  { level: "landlock", hide: ["bwrap"] },
];
const HOST = join(import.meta.dirname, "waiting-host.child.ts");

describe.each(LEVELS)("in $level, a native program", ({ level, hide }) => {
  let folder: string;
  let reason = whyNot("ordinary");
  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), "berth-native-")));
    await chmod(folder, 0o755);
    const cc = await findProgram("cc");
    if (cc === undefined) reason = "there is no C compiler here";
    else
      execFileSync(cc, [
        "-O1",
        "-o",
        join(folder, "native"),
        join(import.meta.dirname, "inside/native.c"),
        "-lpthread",
      ]);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.for<[string, { stdout: string; signal?: string }]>([
    ["thread", { stdout: "ok\n" }],
    ["spawn", { stdout: "errno 1\n" }],
    ["grow-stack", { stdout: "errno 1\n" }],
    ["raise-stack", { stdout: "errno 1\n" }],
    ["x32-call", { stdout: "errno 38\n" }],
    ["foreign-call", { stdout: "", signal: "SIGSYS" }],
  ])("tries: %s [RPT-143, RPT-146]", async ([what, { stdout, signal = null }], { skip }) => {
    if (reason !== undefined) skip(reason);
    if (process.arch !== "x64" && what.endsWith("-call")) skip("only x64 has calls of another architecture");
    const answer = await runRequest({ hide, give: [], input: "", spec: nativeSpec(level, folder, what) });
    if (answer.level !== level) skip(`this machine has no sandbox of the kind ${level}, but ${answer.level}`);
    expect({ stdout: answer.stdout, signal: answer.signal }).toEqual({ stdout, signal });
  });

  test("that made itself forget to die with its parent dies with its host all the same", async ({ skip }) => {
    if (reason !== undefined) skip(reason);
    const host = spawn(process.execPath, [HOST, level, folder, ...hide], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(host.stdout, "data")) as [Buffer];
    const [reached, said, pids] = String(line).trim().split("\t");
    if (reached !== level) skip(`this machine has no sandbox of the kind ${level}, but ${reached}`);
    // It did forget: no signal is to come from the system.
    expect(said).toBe("there 0");
    const all = pids!.split(",").map((pid) => ({ pid: Number(pid), startedAt: processState(Number(pid))!.startedAt }));
    expect(all.length).toBeGreaterThan(1);
    host.kill("SIGKILL");
    await once(host, "exit");
    // The limit of the test is the longest it may take.
    while (all.some(({ pid, startedAt }) => isAlive(pid, startedAt)))
      await new Promise((resolve) => setImmediate(resolve));
  });
});
