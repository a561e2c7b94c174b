import { writeFileSync } from "node:fs";
import { ProcReader } from "../proc-reader.ts";
import { ProcessProbe } from "../process-probe.ts";
import { statOf } from "./processes.ts";
import { spawnWaiting } from "../try-group.ts";

// Runs in a pid namespace of its own: watches a process, lets it end, and gives its pid to another one.

const NEXT_PID = "/proc/sys/kernel/ns_last_pid";

const first = await spawnWaiting();
using probe = ProcessProbe.open(new ProcReader(), first.pid)!;
await first[Symbol.asyncDispose]();
try {
  writeFileSync(NEXT_PID, String(first.pid - 1));
} catch (error) {
  console.log(`cannot: ${(error as Error).message}`);
  process.exit();
}
await using second = await spawnWaiting();
const wasSignalled = probe.signal("SIGKILL");
const isAlive = statOf(second.pid) !== undefined;
console.log(JSON.stringify({ samePid: second.pid === first.pid, wasSignalled, isAlive }));
