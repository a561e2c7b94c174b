import { type Clock, errorMessage, sleep, systemClock } from "@berth/base";
import type { MechanismReport } from "@berth/kernel/runner";
import { existsSync } from "node:fs";
import { PACE } from "./pace.ts";
import { ProcessProbe } from "./process-probe.ts";
import { ProcReader } from "./proc-reader.ts";
import { spawnWaiting } from "./try-group.ts";

const NAME = "governor";
const STOPPED_WITHIN_MS = 1_000;

/** Whether processes can be watched, stopped and continued here, found out with one. */
export async function probeGovernor(clock: Clock = systemClock): Promise<MechanismReport> {
  if (!existsSync("/proc/self/stat")) {
    return { name: NAME, works: false, detail: "this system has no /proc", fix: "Run Berth on Linux" };
  }
  try {
    await tryToStop(clock);
    const detail = `looks at /proc every ${PACE.closeMs} to ${PACE.restMs} ms; stops, continues and ends processes`;
    return { name: NAME, works: true, detail };
  } catch (error) {
    return {
      name: NAME,
      works: false,
      detail: errorMessage(error),
      fix: "Mount /proc without hidepid, or run as its owner",
    };
  }
}

async function tryToStop(clock: Clock): Promise<void> {
  await using child = await spawnWaiting();
  using probe = ProcessProbe.open(new ProcReader(), child.pid);
  if (!probe) throw new Error("a process of one's own cannot be read in /proc");
  if (!probe.signal("SIGSTOP")) throw new Error("a process of one's own cannot be stopped");
  await until(clock, "stopped", () => probe.stat()?.isStopped === true);
  probe.signal("SIGCONT");
  await until(clock, "continued", () => probe.stat()?.isStopped === false);
}

async function until(clock: Clock, wanted: string, isSo: () => boolean): Promise<void> {
  const untilMs = clock.monotonicMs() + STOPPED_WITHIN_MS;
  while (!isSo()) {
    if (clock.monotonicMs() > untilMs) throw new Error(`a process did not become ${wanted}`);
    await sleep(clock, 1);
  }
}
