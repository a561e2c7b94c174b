import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inspect, isDeepStrictEqual } from "node:util";

// Runs the modules of a folder, each an example that checks itself, in a Node.js of its own: its type stripping is what authors use.

const folder = process.argv[2]!;
const outcomes: Record<string, { checks: number; failures: string[] }> = {};

for (const name of readdirSync(folder).sort()) {
  const outcome = (outcomes[name] = { checks: 0, failures: [] as string[] });
  Object.assign(globalThis, {
    check(actual: unknown, expected: unknown, line: number): void {
      outcome.checks++;
      if (isDeepStrictEqual(actual, expected)) return;
      outcome.failures.push(`line ${line} gives ${inspect(actual)}, its comment says ${inspect(expected)}`);
    },
  });
  try {
    await import(pathToFileURL(join(folder, name)).href);
  } catch (error) {
    outcome.failures.push(error instanceof Error ? error.message : inspect(error));
  }
}
console.log(JSON.stringify(outcomes));
