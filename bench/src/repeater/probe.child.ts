// One way of running `true` again and again, in a process of its own: `probe.ts kept|shell|execFile SECONDS BALLAST_MB`.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { openDefaultExecutor } from "@berth/repeater/exec";
import { loopBusyShare } from "./loop-busy.ts";

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
await using executor = openDefaultExecutor({ shell: way === "shell" ? "/bin/sh" : undefined });
const sink = { stdout: () => undefined, stderr: () => undefined };
const run = promisify(execFile);
const once =
  way !== "execFile"
    ? () => executor.run({ command: "true", args: [], graceMs: GRACE_MS, timeoutMs: 30_000 }, sink, never)
    : () => run("true", [], { encoding: "buffer", timeout: 30_000 });

await repeat(Number(seconds) * WARM_UP_SHARE);
const perSecond = await repeat(Number(seconds));
// By itself: to look takes time too.
let seenPerSecond = 0;
const share = await loopBusyShare(async () => void (seenPerSecond = await repeat(Number(seconds))));
console.log(JSON.stringify({ perSecond, busyUs: (share * 1e6) / seenPerSecond } satisfies RunsMeasurement));
if (ballast.length > 0 && ballast[0] !== 1) throw new Error("the ballast is gone");

async function repeat(forSeconds: number): Promise<number> {
  const start = performance.now();
  let runs = 0;
  for (; performance.now() - start < forSeconds * 1_000; runs++) await once();
  return (runs * 1_000) / (performance.now() - start);
}
