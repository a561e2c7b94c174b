import { Governor } from "../governor.ts";
import { resolveLimits } from "../resolve-limits.ts";
import { spawnNode } from "./spawn-node.ts";

// A host that pauses a plugin, prints its pid, and exits without letting go of it. What it leaves ends by itself in time.

const node = await spawnNode("const untilMs = Date.now() + 20_000; while (Date.now() < untilMs); process.exit()");
const governor = new Governor();
await governor.start();
const target = { plugin: "weather", pid: node.pid, limits: resolveLimits({ cpu_percent: 1 }) };
const governed = governor.watch({ ...target, onLimit: () => {}, onKilled: () => {} });
node.go();
while (!governed.isPaused) await new Promise((resolve) => setTimeout(resolve, 5));
process.stdout.write(String(node.pid), () => process.exit());
