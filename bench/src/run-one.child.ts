import { BENCHES } from "./benches.ts";

/** Runs the one benchmark named; its result is the last line, as JSON. */
const [name] = process.argv.splice(2, 1); // what is left is what it reads as its own options: nothing
const { run } = await BENCHES[name!]!.load();
const result = JSON.stringify(await run());
// What a benchmark leaves open must not hold up the others.
process.stdout.write(`\n${result}\n`, () => process.exit());
