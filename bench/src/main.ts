import { execFile } from "node:child_process";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { errorMessage, nearest } from "@berth/base";
import { BENCHES } from "./benches.ts";
import { type BenchResult, EXIT, formatResult, isMet, machineLine } from "./frame.ts";

/** A benchmark that takes longer hangs. */
const LONGEST_MS = 600_000;

const USAGE = `node bench/src/main.ts [NAME…] [--json]

Measures Berth beside its limits and peers; without names everything, which takes many minutes.

  --json      one JSON document, when all are done
  -h, --help  this list

Exit codes: 0 all targets are met, ${EXIT.missed} one is missed, ${EXIT.usage} usage.
`;

/** `node bench/src/main.ts [NAME…] [--json]`: each in a process of its own, so that none warms up or fills the heap of another. */
async function main(argv: readonly string[]): Promise<void> {
  process.stdout.on("error", endWithReader);
  const asked = parse(argv);
  if ("problem" in asked) {
    console.error(`${asked.problem}\n\`node bench/src/main.ts --help\` says what there is`);
    process.exitCode = EXIT.usage;
  } else if (asked.help) console.log(help());
  else await printAll(asked.names.length > 0 ? asked.names : Object.keys(BENCHES), asked.json);
}

/** A reader that has seen enough, such as `head`, is no failure. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit();
}

function parse(argv: readonly string[]): { names: string[]; json: boolean; help: boolean } | { problem: string } {
  const options = {
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  } as const;
  try {
    const { values, positionals: names } = parseArgs({ args: [...argv], options, allowPositionals: true });
    const unknown = names.find((name) => !Object.hasOwn(BENCHES, name));
    return unknown === undefined ? { names, ...values } : { problem: unknownName(unknown) };
  } catch (error) {
    return { problem: errorMessage(error) };
  }
}

function unknownName(name: string): string {
  const meant = nearest(name, Object.keys(BENCHES));
  return `There is no benchmark "${name}"${meant === undefined ? "" : `; did you mean ${meant}?`}`;
}

function help(): string {
  const width = Math.max(...Object.keys(BENCHES).map((name) => name.length));
  const lines = Object.entries(BENCHES).map(([name, { measures }]) => `  ${name.padEnd(width)}  ${measures}`);
  return [USAGE, ...lines].join("\n");
}

async function printAll(names: readonly string[], isJson: boolean): Promise<void> {
  const results: BenchResult[] = [];
  if (!isJson) console.log(machineLine());
  for (const name of names) {
    const result = await runApart(name);
    results.push(result);
    if (!isJson) console.log(`\n${formatResult(result)}`);
  }
  if (isJson) console.log(JSON.stringify({ machine: machineLine(), results }));
  process.exitCode = results.every(isMet) ? 0 : EXIT.missed;
}

async function runApart(name: string): Promise<BenchResult> {
  const script = join(import.meta.dirname, "run-one.child.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [script, name], {
    timeout: LONGEST_MS,
    maxBuffer: 2 ** 24,
  });
  return JSON.parse(stdout.slice(stdout.lastIndexOf("\n{") + 1)) as BenchResult;
}

await main(process.argv.slice(2));
