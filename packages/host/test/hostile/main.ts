import { type AttackKind, runAttacks } from "./run-attacks.ts";

// In a process of its own, since an attack that works may well end it: `main.ts KIND [NAME…]` prints the report as JSON.
const [kind, ...names] = process.argv.slice(2);
const report = await runAttacks(kind as AttackKind, names.length > 0 ? names : undefined);
process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit());
