// One way of running `true` again and again, in a process of its own: `probe.ts kept|execFile SECONDS BALLAST_MB`.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { openDefaultExecutor } from "@berth/repeater/exec";

/** What the probe prints. */
export interface RunsMeasurement {
  perSecond: number;
  /** How long the event loop was busy for one run. */
  busyUs: number;
}

const WARM_UP_SHARE = 0.2;
const GRACE_MS = 1_000;
const never = new AbortController().signal;

const [way, seconds, ballastMb] = process.argv.slice(2);
// Written to, so that it is there.
const ballast = Buffer.alloc(Number(ballastMb) * 2 ** 20, 1);
await using executor = openDefaultExecutor();
const sink = { stdout: () => undefined, stderr: () => undefined };
const run = promisify(execFile);
const once =
  way === "kept"
    ? () => executor.run({ command: "true", args: [], graceMs: GRACE_MS, timeoutMs: 30_000 }, sink, never)
    : () => run("true", [], { encoding: "buffer", timeout: 30_000 });

await measure(Number(seconds) * WARM_UP_SHARE);
console.log(JSON.stringify(await measure(Number(seconds))));
if (ballast.length > 0 && ballast[0] !== 1) throw new Error("the ballast is gone");

async function measure(forSeconds: number): Promise<RunsMeasurement> {
  const start = performance.now();
  const before = performance.eventLoopUtilization();
  let runs = 0;
  for (; performance.now() - start < forSeconds * 1_000; runs++) await once();
  const busyMs = performance.eventLoopUtilization(before).active;
  return { perSecond: (runs * 1_000) / (performance.now() - start), busyUs: (busyMs * 1_000) / runs };
}
