import { cpus, totalmem } from "node:os";

/** Of benchmarks, beside 0. */
export const EXIT = { missed: 1, usage: 2 } as const;

/** One line of a benchmark: what was measured, against what, and whether that is good enough. */
export interface BenchRow {
  name: string;
  value: number;
  unit: string;
  /** To the limit or the peer that the target names. */
  ratio?: number;
  target?: string;
  ok?: boolean;
}

/** What a benchmark found. */
export interface BenchResult {
  title: string;
  rows: BenchRow[];
}

/** A benchmark was asked for something that it cannot do. */
export class UsageError extends Error {}

/** Measures all cases in turn, so many rounds, so that a disturbance of the machine hits all alike; gives the median of each. */
export async function interleaved<Name extends string>(
  rounds: number,
  cases: Record<Name, () => Promise<number>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(cases) as Name[];
  const values = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) values.get(name)!.push(await cases[name]());
  }
  return Object.fromEntries(names.map((name) => [name, quantile(values.get(name)!, 0.5)])) as Record<Name, number>;
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Figures mean little without it. */
export function machineLine(): string {
  const [cpu] = cpus();
  const memoryGb = Math.round(totalmem() / 2 ** 30);
  return `Node ${process.versions.node}, ${process.platform}-${process.arch}, ${cpus().length} x ${cpu?.model.trim() ?? "unknown"}, ${memoryGb} GiB`;
}

/** The table a person reads. */
export function formatResult({ title, rows }: BenchResult): string {
  const cells = rows.map((row) => [
    row.name,
    `${figure(row.value)} ${row.unit}`,
    row.ratio === undefined ? "" : `${figure(row.ratio)} x`,
    row.target ?? "",
    row.ok === undefined ? "" : row.ok ? "ok" : "MISSED",
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => row[column]!.length)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) =>
        column === 1 || column === 2 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
  return [title, ...lines.map((line) => `  ${line}`)].join("\n");
}

/** Runs one benchmark as a program: a table, or JSON with `--json`; exit codes as {@link EXIT} says. */
export async function runAlone(run: () => Promise<BenchResult>): Promise<void> {
  const result = await run().catch(tellSlip);
  if (!result) return;
  const isJson = process.argv.includes("--json");
  console.log(isJson ? JSON.stringify(result) : `${machineLine()}\n${formatResult(result)}`);
  process.exitCode = isMet(result) ? 0 : EXIT.missed;
}

function tellSlip(error: unknown): undefined {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = EXIT.usage;
}

export function isMet({ rows }: BenchResult): boolean {
  return rows.every(({ ok }) => ok !== false);
}

/** Three digits that mean something. */
function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString();
}
