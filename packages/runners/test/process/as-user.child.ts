import { join } from "node:path";
import { FaultBench, never } from "./fault-bench.ts";

// What an ordinary user's host makes of a few plugins, as JSON.

/** Whatever came of it, in a word. */
async function outcome(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work;
  } catch (error) {
    return (error as { code?: string }).code ?? (error as Error).message;
  }
}

await using bench = await FaultBench.open({ warm: 1 });
const { level } = await bench.runner.report(never);
const own = await bench.folder("own");
const cold = await bench.faulty({ folders: { write: [own] } });
await cold.ask("write", { path: join(own, "made"), text: "hello" });
await cold.ask("write", { path: "/data/kept", text: "1" });
const found = {
  uid: process.getuid!(),
  level,
  reads: await outcome(cold.ask("read", join(own, "made"))),
  foreign: await outcome(cold.ask("read", "/etc/passwd")),
};
await cold.channel[Symbol.asyncDispose]();
await bench.runner.warm(never);
const bomb = await bench.faulty({ name: "bomb", limits: { memory_mb: 64 } });
const burst = await outcome(bomb.ask("buffers"));
const exits = await bench.faulty({ name: "exits" });
const exit = outcome(exits.ask("exit", 3));
const { reason } = await exits.channel.exited;
await exit;
console.log(JSON.stringify({ ...found, burst, reason, trouble: bench.trouble.map(String) }));
