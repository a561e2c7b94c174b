import { lstatSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { discover } from "@berth/kernel/discovery";

/** One measurement in a process of its own, as a start is: what it printed. */
export interface Measurement {
  tookMs: number;
  /** How many plugins or files it saw, and how many it read: a measurement of nothing must be noticed. */
  count: number;
  read: number;
}

const [way, root = "", index = ""] = process.argv.slice(2);
const roots = [{ kind: "folder", path: root, trust: "first-party" }] as const;
// Joined by hand: path.join would double the limit.
const files = (): string[] => readdirSync(root).map((name) => `${root}/${name}/plugin.toml`);

const WAYS: Record<string, () => unknown> = {
  stat: () => files().map((file) => lstatSync(file, { throwIfNoEntry: false })),
  read: () => files().map((file) => readFileSync(file)),
  json: () => readJsonIndex(),
  cold: () => discover({ roots, index }),
  warm: () => discover({ roots, index }),
  /** Not measured: leaves an index of files that count as settled, and the same as JSON. */
  prepare: () => prepare(),
};

const startedMs = performance.now();
const result = await WAYS[way!]!();
const tookMs = performance.now() - startedMs;
const found = result as { plugins?: unknown[]; read?: number; length?: number };
const measurement = { tookMs, count: found.plugins?.length ?? found.length ?? 0, read: found.read ?? 0 };
console.log(JSON.stringify(measurement satisfies Measurement));

/** The obvious cache: one JSON file, parsed whole, and the same look at every manifest. */
function readJsonIndex(): unknown[] {
  const known = JSON.parse(readFileSync(`${index}.json`, "utf8")) as Record<
    string,
    { mtimeMs: number; manifest: unknown }
  >;
  return files().filter((file) => lstatSync(file).mtimeMs === known[file]!.mtimeMs);
}

async function prepare(): Promise<unknown> {
  const clock = {
    now: () => Date.now() + 60_000,
    monotonicMs: () => performance.now(),
    setTimer: () => ({ [Symbol.dispose]() {} }),
  };
  const found = await discover({ roots, index, clock });
  const entries = found.plugins.map(({ manifestFile, manifest }) => [
    manifestFile,
    { mtimeMs: lstatSync(manifestFile).mtimeMs, manifest },
  ]);
  writeFileSync(`${index}.json`, JSON.stringify(Object.fromEntries(entries)));
  return found;
}
