import type { Tier } from "@berth/contract";
import { runAttacks } from "./run-attacks.ts";

// In a process of its own, since an attack that works may well end it: `main.ts TIER [NAME…]` prints the report as JSON.
const [tier, ...names] = process.argv.slice(2);
const report = await runAttacks(tier as Tier, names.length > 0 ? names : undefined);
process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit());
