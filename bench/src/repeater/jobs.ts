import { execFile } from "node:child_process";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type BenchResult, runAlone } from "../frame.ts";
import type { JobsMeasurement } from "./jobs.child.ts";

const JOBS = 10_000;
const SECONDS = 8;

/** The middle one counts: on a busy machine one round tells more of the others. */
const ROUNDS = 3;
const MOST_LATE_MS = 5;
const MOST_CPU_SHARE = 0.02;

/** `rpr run` with ten thousand jobs, their commands run by nothing: how late they begin, and what it takes to wait for them. */
export async function run(): Promise<BenchResult> {
  await using folder = await mkdtempDisposable(join(tmpdir(), "berth-bench-jobs-"));
  // 167 are due each second, by a time zone, since that is what makes cron dear.
  const cron = await fileOf(
    folder.path,
    "cron.yaml",
    (job) => `cron: "${job % 60} * * * * *", seconds: true, timezone: America/New_York`,
  );
  const quiet = await fileOf(folder.path, "quiet.yaml", () => "every: 1h");
  const rounds: JobsMeasurement[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await measure(cron));
  const rest = await measure(quiet);
  const { runs, p50Ms, p99Ms, readMs, setUpMs, rssMiB } = rounds.toSorted((a, b) => a.p99Ms - b.p99Ms)[
    Math.floor(ROUNDS / 2)
  ]!;
  const sum = (of: (one: JobsMeasurement) => number): number => rounds.reduce((total, one) => total + of(one), 0);
  const [early, double, lost] = [sum((one) => one.early), sum((one) => one.double), sum((one) => one.lost)];
  return {
    title: `${JOBS} jobs in one rpr, ${runs} slots in ${SECONDS} s`,
    rows: [
      {
        name: `lateness p99 (p50 ${p50Ms.toFixed(2)})`,
        value: p99Ms,
        unit: "ms",
        target: `at most ${MOST_LATE_MS} ms`,
        ok: p99Ms <= MOST_LATE_MS,
      },
      {
        name: `early ${early}, double ${double}, lost ${lost}`,
        value: early + double + lost,
        unit: "faults",
        target: "none",
        ok: early + double + lost === 0,
      },
      {
        name: "CPU at rest, every 1h",
        value: rest.cpuShare * 100,
        unit: "%",
        target: `at most ${MOST_CPU_SHARE * 100} %`,
        ok: rest.cpuShare <= MOST_CPU_SHARE,
      },
      { name: "reading the file", value: readMs, unit: "ms" },
      { name: "from the start until all wait", value: setUpMs, unit: "ms" },
      { name: "resident", value: rssMiB, unit: "MiB" },
    ],
  };
}

async function fileOf(folder: string, name: string, schedule: (job: number) => string): Promise<string> {
  const jobs = Array.from({ length: JOBS }, (_, job) => ` j${job}: {${schedule(job)}, command: [x, "${job}"]}\n`);
  await writeFile(join(folder, name), `jobs:\n${jobs.join("")}`);
  return join(folder, name);
}

async function measure(file: string): Promise<JobsMeasurement> {
  const probe = join(import.meta.dirname, "jobs.child.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [probe, file, String(SECONDS)], { timeout: 60_000 });
  return JSON.parse(stdout) as JobsMeasurement;
}

if (import.meta.main) await runAlone(run);
