// A thread that looks what the main thread of its process is at, until it is told to stop. Counts looks, and those that met no wait for events.
import { closeSync, openSync, readSync } from "node:fs";
import { workerData } from "node:worker_threads";

/** `epoll_wait`, `epoll_pwait`, `epoll_pwait2`. All other waits hold the loop up. */
const WAITS: Partial<Record<string, readonly string[]>> = { x64: ["232", "281", "441"], arm64: ["22", "441"] };
/** Odd, to keep no step with what repeats itself. */
const LOOK_EVERY_MS = 0.73;

const [stop, looks, busy] = [0, 1, 2];
const shared = new Int32Array(workerData as SharedArrayBuffer);
const waits = WAITS[process.arch] ?? [];
const file = openSync(`/proc/self/task/${process.pid}/syscall`, "r");
const buffer = Buffer.alloc(256);
while (Atomics.wait(shared, stop, 0, LOOK_EVERY_MS) === "timed-out") {
  const [call] = buffer.toString("latin1", 0, readSync(file, buffer, 0, buffer.length, 0)).split(" ", 1);
  Atomics.add(shared, looks, 1);
  if (!waits.includes(call!)) Atomics.add(shared, busy, 1);
}
closeSync(file);
