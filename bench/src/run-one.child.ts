import { BENCHES } from "./benches.ts";

/** Runs the one benchmark named; its result is the last line, as JSON. */
const { run } = await BENCHES[process.argv[2]!]!.load();
const result = JSON.stringify(await run());
// What a benchmark leaves open must not hold up the others.
process.stdout.write(`\n${result}\n`, () => process.exit());
