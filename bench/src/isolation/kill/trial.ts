import { systemClock } from "@berth/base";
import { type SandboxFactory, type SandboxSpec, type SandboxedProcess, UidRange, seenAt } from "@berth/runners/sandbox";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** How a program tries to stay: see `tree.pl`. */
export const WAYS = ["forks", "sessions", "daemons", "stopped", "spinning", "deaf", "chain", "hopping"] as const;

/** Each makes as many processes that stay. */
export const TREE_SIZE = 6;

/** How long after a kill nothing may be left. */
export const GONE_WITHIN_MS = 100;

const SETSID: Readonly<Record<string, number>> = { x64: 112, arm64: 157 };
const FOLDER = import.meta.dirname;

/** Not those of hosts: what another host runs meanwhile must not be taken for something left. */
const USERS = new UidRange(70_000, 89_999);

/** What came of one kill. */
export interface TrialResult {
  /** From the call to its answer that nothing is left. */
  ms: number;
  /** Processes that were there all the same when that was answered. */
  leftAtAnswer: number;
  /** Processes that were there when the time allowed was over. */
  leftInTime: number;
}

/** A program that tries to stay in the way named. */
export function treeSpec(factory: SandboxFactory, way: string, user: SandboxSpec["user"]): SandboxSpec {
  const mount = { from: FOLDER, to: "/plugin", isWritable: false };
  const script = join(seenAt(factory.level, mount), "tree.pl");
  return {
    command: ["/usr/bin/perl", script, way, String(SETSID[process.arch])],
    env: {},
    system: "programs",
    mounts: [mount],
    workingFolder: "/",
    limits: { memoryMb: 64, fileHandles: 64, fileSizeMb: 1, processes: 64, tasks: 64, temporaryMb: 0 },
    dataBaseMb: 0,
    ...(user === undefined ? {} : { user: { uid: user.uid, gid: user.gid } }),
  };
}

/** Starts a tree, waits until it is whole or for `earlyMs`, kills it, and looks for what is left. */
export async function runTrial(
  factory: SandboxFactory,
  name: string,
  way: string,
  earlyMs?: number,
): Promise<TrialResult> {
  using user = factory.needsUser ? USERS.allocate(name) : undefined;
  await using sandboxed = await factory.launch(treeSpec(factory, way, user), AbortSignal.timeout(30_000));
  sandboxed.stdout.resume();
  sandboxed.stderr.resume();
  if (earlyMs === undefined) await untilWhole(sandboxed);
  else await new Promise((resolve) => setTimeout(resolve, earlyMs));
  const uid = user?.uid ?? process.getuid!();
  const startedMs = performance.now();
  using timers = new DisposableStack();
  const inTime = new Promise<number>((resolve) => {
    timers.use(systemClock.setTimer(() => resolve(processesOf(uid)), GONE_WITHIN_MS));
  });
  await sandboxed.kill();
  const ms = performance.now() - startedMs;
  const leftAtAnswer = processesOf(uid);
  if (leftAtAnswer > 0) console.error(`Left of ${name} (${way}, ${earlyMs ?? "whole"}): ${describeProcesses(uid)}`);
  // Only a kill that took longer has to be looked at when the time is over, or one whose answer was wrong.
  const isDone = ms < GONE_WITHIN_MS && leftAtAnswer === 0;
  return { ms, leftAtAnswer, leftInTime: isDone ? 0 : await inTime };
}

/** Resolves when the whole tree has said that it is there. */
export async function untilWhole({ channel, gone }: SandboxedProcess): Promise<void> {
  let dots = 0;
  const whole = (async () => {
    for await (const chunk of channel) {
      dots += (chunk as Buffer).length;
      if (dots >= TREE_SIZE) return;
    }
  })();
  const early = gone.then((exit) => {
    throw new Error(`The tree ended before it was whole: ${JSON.stringify(exit)}`);
  });
  await Promise.race([whole, early]);
}

/** How many living processes the user has but this one: whatever is left of a sandbox has its user. */
export function processesOf(uid: number): number {
  return livingOf(uid).length;
}

/** What they are, for whoever looks into it. */
function describeProcesses(uid: number): string {
  return livingOf(uid)
    .map(({ pid, status }) =>
      [pid, ...status.split("\n").filter((line) => /^(?:Name|State|PPid):/.test(line))].join(" "),
    )
    .join("; ");
}

function livingOf(uid: number): { pid: string; status: string }[] {
  const ofUser = new RegExp(`^Uid:\\s+${uid}\\s`, "m");
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => ({ pid, status: statusOf(pid) }))
    .filter(({ status }) => ofUser.test(status) && !/^State:\s+[ZX]/m.test(status));
}

function statusOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "latin1");
  } catch {
    // It went meanwhile.
    return "";
  }
}
