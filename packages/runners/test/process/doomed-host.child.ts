import { processTree } from "../../src/process/process-tree.ts";
import type { Primitive } from "../../src/sandbox/index.ts";
import { FaultBench, never } from "./fault-bench.ts";

// A host with one plugin that spins and one process in the pool, which says who its descendants are and waits to be killed.

const hide = JSON.parse(process.argv[2] ?? "[]") as Primitive[];
const bench = await FaultBench.open({ warm: 1, hide });
const { ask } = await bench.faulty();
await bench.runner.warm(never);
void ask("spin").catch(() => undefined);
console.log(JSON.stringify(processTree(process.pid).slice(1)));
setInterval(() => undefined, 60_000);
