import { readdirSync, readFileSync } from "node:fs";

interface ProcessFacts {
  pid: number;
  parent: number;
  group: number;
  session: number;
  /** In ticks since the machine started. */
  startedAt: number;
}

/** Linux counts in hundredths of a second wherever Node runs. */
const TICK_MS = 10;
/** What started so shortly before a run belongs to it: a start is rounded, and so is its time. */
const SLACK_TICKS = 2;

/** What {@link RunProcesses} needs. */
export interface RunProcessesOptions {
  /** The helper, or the command itself; it leads a session that all of the run are in, unless they leave it. */
  leader: number;
  /** Processes that are not of the run: the helper and its guard. None where the command itself leads. */
  own: readonly number[];
  /** How long ago the run began. */
  sinceMs: number;
}

/**
 * The processes of one run, as `/proc` shows them: everything in the session of its helper that is not older than the run, and everything
 * below those, which may have left the session. What was seen once is remembered, since it may lose its parent.
 */
export class RunProcesses {
  readonly #options: RunProcessesOptions;
  readonly #startedAt: number;
  readonly #seen = new Map<number, number>();
  #hasLooked = false;

  constructor(options: RunProcessesOptions) {
    this.#options = options;
    const uptimeMs = Number(readFileSync("/proc/uptime", "latin1").split(" ", 1)[0]) * 1_000;
    this.#startedAt = Math.floor((uptimeMs - options.sinceMs) / TICK_MS) - SLACK_TICKS;
  }

  /** Sends a signal to all of them. @returns how many there were. */
  signal(name: NodeJS.Signals): number {
    const found = this.#look();
    for (const pid of found) {
      try {
        process.kill(pid, name);
      } catch {
        // gone meanwhile
      }
    }
    return found.length;
  }

  #look(): number[] {
    const all = readdirSync("/proc").flatMap((name) => factsOf(name) ?? []);
    const { leader, own } = this.#options;
    // The command itself is the helper's child, and was there before it was told what to become. A later child waits for the next run.
    const isFirst = !this.#hasLooked;
    this.#hasLooked = true;
    const isOurs = ({ pid, parent, startedAt }: ProcessFacts): boolean =>
      !own.includes(pid) && (own.includes(parent) && parent === leader ? isFirst : startedAt >= this.#startedAt);
    const found = new Map<number, number>();
    for (const each of all) {
      const wasSeen = this.#seen.get(each.pid) === each.startedAt;
      if (wasSeen || (each.session === leader && isOurs(each))) found.set(each.pid, each.startedAt);
    }
    // Children of what was found, until a look finds no more.
    for (let before = -1; before !== found.size;) {
      before = found.size;
      for (const each of all) if (found.has(each.parent) && isOurs(each)) found.set(each.pid, each.startedAt);
    }
    for (const [pid, startedAt] of found) this.#seen.set(pid, startedAt);
    return [...found.keys()];
  }
}

/** Whether something of a group still runs. The dead that nobody buries do not: where process 1 is slow to, they stay for seconds. */
export function isGroupRunning(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch {
    return false;
  }
  if (process.platform !== "linux") return true;
  return readdirSync("/proc").some((name) => factsOf(name)?.group === group);
}

/** Of a process that still runs; a dead one that nobody has buried takes no signals. */
function factsOf(name: string): ProcessFacts | undefined {
  const pid = Number(name);
  if (!Number.isInteger(pid)) return undefined;
  try {
    const stat = readFileSync(`/proc/${name}/stat`, "latin1");
    // After the name, which may hold anything: state, parent, group, session … and as the twentieth the start.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if ("ZX".includes(fields[0] ?? "X")) return undefined;
    return {
      pid,
      parent: Number(fields[1]),
      group: Number(fields[2]),
      session: Number(fields[3]),
      startedAt: Number(fields[19]),
    };
  } catch {
    return undefined;
  }
}
