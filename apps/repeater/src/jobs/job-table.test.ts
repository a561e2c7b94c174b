import { ManualClock } from "@berth/base";
import { expect, test } from "vitest";
import { JobStatus } from "./job-status.ts";
import { jobTable } from "./job-table.ts";
import { LiveBlock } from "./live-block.ts";

const record = { run: 1, because: "exit-code", exitCode: 0, signal: null } as const;

test("jobTable shows each job, and of more than fit those that run and those that are next", () => {
  const jobs = ["idle", "next", "busy", "over"].map((name) => new JobStatus(name));
  const [idle, next, busy, over] = jobs as [JobStatus, JobStatus, JobStatus, JobStatus];
  idle.isDue(100_000);
  next.ended({ ...record, startedAt: 4_000, durationMs: 12.3, success: false });
  next.counters.add(false, 12.3);
  next.isDue(20_000);
  busy.begins();
  over.isOver("done");
  expect(jobTable(jobs, 10_000, { columns: 80, rows: 24 })).toEqual([
    "JOB   STATE    LAST RUN  NEXT RUN  OK  FAILED  TOOK",
    "idle  waiting  -         in 1m30s  0   0       -",
    "next  failed   6s ago    in 10s    0   1       12ms",
    "busy  running  -         now       0   0       -",
    "over  done     -         -         0   0       -",
    "4 jobs: 1 running, 2 waiting, 1 done",
  ]);
  const short = jobTable(jobs, 10_000, { columns: 20, rows: 5 });
  expect(short.map((line) => line.split(" ", 1)[0])).toEqual(["JOB", "busy", "next", "4"]);
  expect(short.every((line) => line.length < 20)).toBe(true);
});

test("LiveBlock draws its lines over themselves, at most ten times a second, and lets what is written scroll above", async () => {
  const clock = new ManualClock();
  const written: string[] = [];
  let state = "a";
  const out = { write: (bytes: Uint8Array) => void written.push(Buffer.from(bytes).toString()) };
  const block = new LiveBlock(out, clock, () => [state]);
  expect(written.splice(0)).toEqual(["a\n"]);
  state = "b";
  for (let change = 0; change < 50; change++) block.refresh();
  await clock.advance(100);
  expect(written.splice(0)).toEqual(["\u001b[1A\u001b[0Jb\n"]);
  void block.write(Buffer.from("a line"));
  expect(written.splice(0)).toEqual(["\u001b[1A\u001b[0Ja line\nb\n"]);
  await clock.advance(900);
  expect(written.splice(0)).toHaveLength(1);
  block[Symbol.dispose]();
  expect([written.splice(0).length, clock.pendingTimers]).toEqual([1, 0]);
});
