import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Tier } from "@berth/contract";
import { writePlugin } from "@berth/testing";
import { type StopWay, stubbornPlugin } from "./stop-ways.ts";

const BERTH = join(import.meta.dirname, "../../../packages/cli/bin/berth.js");
const READY_MS = 60_000;
/** A host that still runs then is killed, and the trial lost. */
const LONGEST_MS = 30_000;
/** For what the plugin begins a moment after its start. */
const BEGIN_MS = 100;

/** How one host ended. */
export interface StopResult {
  tookMs: number;
  code: number | null;
  signal: string | null;
  /** Processes below the host that outlived it. */
  orphans: number;
  /** Files of the data folder that an orderly end removes. */
  files: string[];
}

/** Starts `berth run` with a plugin that does not stop well, and sends it so many signals, `betweenMs` apart. */
export async function runStopTrial(
  tier: Tier,
  way: StopWay,
  { drainMs, signals, betweenMs }: { drainMs: number; signals: number; betweenMs: number },
): Promise<StopResult> {
  await using folder = await mkdtempDisposable(join(tmpdir(), "berth-stop-"));
  const { path } = folder;
  await writePlugin(join(path, "plugins"), stubbornPlugin(way));
  execFileSync("mkfifo", [join(path, "fifo")]);
  const accepted = "[limits.cpu_percent]";
  await writeFile(
    join(path, "berth.yaml"),
    `shutdown: { drain_ms: ${drainMs} }\nwarm_pool: { workers: 0, processes: 0 }\n` +
      `plugins: { stubborn: { isolation: ${tier}, grant: asked, accept_unenforced: ${accepted} } }\n`,
  );
  const child = spawn(process.execPath, [BERTH, "run", "--json", "--no-watch"], {
    cwd: path,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const exit = once(child, "exit") as Promise<[number | null, string | null]>;
  let said = "";
  const ready = Promise.withResolvers<void>();
  child.stdout.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-10_000);
    if (said.includes('"event":"ready"')) ready.resolve();
  });
  const isReady = await Promise.race([
    ready.promise.then(() => true),
    exit.then(() => false),
    setTimeout(READY_MS, false, { ref: false }),
  ]);
  if (!isReady) {
    child.kill("SIGKILL");
    throw new Error(`The host did not start: ${said}`);
  }
  await setTimeout(BEGIN_MS);
  const below = descendants(child.pid!);
  const startedMs = performance.now();
  for (let sent = 0; sent < signals; sent++) {
    if (sent > 0) await setTimeout(betweenMs);
    child.kill("SIGTERM");
  }
  const ended = await Promise.race([exit, setTimeout(LONGEST_MS, undefined, { ref: false })]);
  const tookMs = performance.now() - startedMs;
  if (!ended) child.kill("SIGKILL");
  const [code, signal] = await exit;
  // Those of a host that ended at once are told by the kernel, which takes a moment.
  let orphans = below.filter(isAlive);
  for (let look = 0; orphans.length > 0 && look < 50; look++) {
    await setTimeout(20);
    orphans = below.filter(isAlive);
  }
  for (const { pid } of orphans) process.kill(pid, "SIGKILL");
  const files = readdirSync(join(path, ".berth")).filter((file) => /\.sock$|-wal$/.test(file));
  return { tookMs, code, signal, orphans: orphans.length, files };
}

interface Descendant {
  pid: number;
  startedAt: string;
}

/** All processes below `root`, with their starts, since numbers are given again. */
function descendants(root: number): Descendant[] {
  const found: Descendant[] = [];
  const look = (pid: number): void => {
    for (const child of childrenOf(pid)) {
      const startedAt = startOf(child);
      if (startedAt !== undefined) found.push({ pid: child, startedAt });
      look(child);
    }
  };
  look(root);
  return found;
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

function isAlive({ pid, startedAt }: Descendant): boolean {
  return startOf(pid) === startedAt;
}

/** Nothing for one that has ended, collected or not. */
function startOf(pid: number): string | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
