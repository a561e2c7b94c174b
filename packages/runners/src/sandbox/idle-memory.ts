import { HostError } from "@berth/contract";
import { stat } from "node:fs/promises";
import { runBriefly } from "./probe/run-briefly.ts";

/** Threads of the pool have stacks, which count; waiting for four files starts them all. */
const REPORT = `
const { readFileSync, promises } = require("node:fs");
Promise.all([1, 2, 3, 4].map(() => promises.stat("/"))).then(() => {
  console.log(/^VmData:\\s+(\\d+) kB$/m.exec(readFileSync("/proc/self/status", "latin1"))[1]);
});`;

/** What an idle Node.js counts as private writable memory, by binary. It differs tenfold between versions, so it is measured. */
export class IdleMemory {
  readonly #known = new Map<string, Promise<number>>();

  /**
   * MiB for `binary`, measured once until the file changes.
   *
   * @throws HostError `TIER_UNAVAILABLE` when it cannot be found out.
   */
  async of(binary: string, signal: AbortSignal): Promise<number> {
    const { mtimeMs, size } = await stat(binary);
    const key = `${binary}\0${mtimeMs}\0${size}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const measuring = measure(binary, signal);
    this.#known.set(key, measuring);
    // The next one may have more time.
    measuring.catch(() => this.#known.delete(key));
    return measuring;
  }
}

async function measure(binary: string, signal: AbortSignal): Promise<number> {
  const run = await runBriefly(binary, ["-e", REPORT], signal);
  const kib = Number.parseInt(run.stdout, 10);
  if (run.isDone && kib > 0) return Math.ceil(kib / 1_024);
  throw new HostError("TIER_UNAVAILABLE", `Cannot find out how much memory ${binary} has when idle: ${run.problem}`);
}
