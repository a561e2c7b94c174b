import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type HostAnswer, type HostRequest, runRequest } from "./run-request.ts";
import { getSystemErrorName } from "node:util";
import { type SandboxLevel, type SandboxSpec, seenAt } from "../../src/sandbox/index.ts";

/** Whom the host runs as; an ordinary user is one that no account has. */
export type HostUser = "root" | "ordinary";

export const ORDINARY_ID = 60_777;

/** Why a host cannot run as `user` here, if it cannot. */
export function whyNot(user: HostUser): string | undefined {
  const isRoot = process.getuid?.() === 0;
  if (process.platform !== "linux") return "only Linux has sandboxes";
  return user === "root" && !isRoot ? "the tests do not run as root" : undefined;
}

/** Runs `request` in a host that runs as `user`: this process, or one of its own. */
export async function runHost(user: HostUser, request: HostRequest): Promise<HostAnswer> {
  const isOther = user === "ordinary" && process.getuid?.() === 0;
  if (!isOther) return runRequest(request);
  const child = spawn(process.execPath, [join(import.meta.dirname, "host.child.ts")], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], BERTH_FROM_SOURCE: "1" },
    uid: ORDINARY_ID,
    gid: ORDINARY_ID,
  });
  child.stdin.end(JSON.stringify(request));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  if (stdout === "") throw new Error(`The host said nothing: ${stderr}`);
  return JSON.parse(stdout) as HostAnswer;
}

export const SCRIPT_FOLDER = join(import.meta.dirname, "inside");

/** One thing to try, as `attempts.pl` reads it. */
export type Attempt = readonly [what: string, ...words: (string | number)[]];

/** The lines that ask for `attempts`, in order. */
export function askFor(attempts: Readonly<Record<string, Attempt>>): string {
  return Object.values(attempts)
    .map((words) => `${words.join("\t")}\n`)
    .join("");
}

/** What came of each: `ok …`, or the error's name. */
export function readAnswers(attempts: Readonly<Record<string, Attempt>>, stdout: string): Record<string, string> {
  const lines = stdout.split("\n");
  return Object.fromEntries(Object.keys(attempts).map((name, index) => [name, spell(lines[index] ?? "nothing")]));
}

function spell(line: string): string {
  const errno = /^errno (\d+)$/.exec(line)?.[1];
  return errno === undefined || errno === "0" ? line : getSystemErrorName(-Number(errno));
}

/** Runs the program of `native.c` that was compiled into `folder`. */
export function nativeSpec(level: SandboxLevel, folder: string, what: string): Omit<SandboxSpec, "user"> {
  const mount = { from: folder, to: "/plugin", isWritable: false };
  return {
    command: [join(seenAt(level, mount), "native"), what],
    env: {},
    system: "libraries",
    mounts: [mount],
    workingFolder: "/",
    limits: { memoryMb: 64, fileHandles: 32, fileSizeMb: 1, processes: 0, tasks: 16, temporaryMb: 0 },
    dataBaseMb: 0,
  };
}
