import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveLimits } from "@berth/runners/limits";
import type { BenchRow } from "../../frame.ts";
import { openBlank } from "./blank-runtime.ts";
import type { Surroundings } from "./surroundings.ts";

/** Writes through the cache of the system, which no control group of version 1 slows down; rests after each mebibyte. */
function write(megabytes: number, restMs: number): string {
  return `const fs = require("fs"); const block = Buffer.alloc(1 << 20, 1); const file = fs.openSync("written", "w");
    const never = new Int32Array(new SharedArrayBuffer(4));
    for (let i = 0; i < ${megabytes}; i++) {
      fs.writeSync(file, block);
      if (${restMs} > 0) Atomics.wait(never, 0, 0, ${restMs});
    }
    process.exit();`;
}

export async function measureDisk(surroundings: Surroundings): Promise<BenchRow[]> {
  const allowed = 50;
  const rate = await measureWriting(surroundings, allowed, 1_024);
  const ratio = rate / allowed;
  const name = `disk, 1 GiB written at ${allowed} MiB/s, by governor`;
  return [{ name, value: rate, unit: "MiB/s", ratio, target: "within 10 %", ok: Math.abs(ratio - 1) <= 0.1 }];
}

/** MiB a second over so many megabytes. */
export async function measureWriting(
  { governor, sandbox }: Surroundings,
  allowed: number,
  megabytes: number,
  restMs = 0,
): Promise<number> {
  const workingFolder = await mkdtemp(join(tmpdir(), "berth-disk-"));
  try {
    await using blank = await openBlank(write(megabytes, restMs), { launcher: sandbox, workingFolder });
    const governed = governor.watch({
      plugin: "writing",
      pid: blank.pid,
      ownProcesses: blank.processes,
      limits: resolveLimits({ cpu_percent: 6_400, disk_io_mb_per_sec: allowed }),
      onLimit: () => {},
      onKilled: () => {},
    });
    const startedMs = performance.now();
    blank.go();
    await blank.ended;
    const seconds = (performance.now() - startedMs) / 1_000;
    await governed.release();
    return megabytes / seconds;
  } finally {
    await rm(workingFolder, { recursive: true });
  }
}
