import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { Failpoints, ManualClock } from "@berth/base";
import type { ReloadReport } from "@berth/kernel/reload";
import { InlineRunner } from "@berth/runners/inline";
import { ProcessRunner } from "@berth/runners/process";
import { WorkerRunner } from "@berth/runners/worker";
import { createTestHost, writePlugin } from "@berth/testing";
import { afterAll, describe, expect, test } from "vitest";
import { counter, type CounterVersion, openCounter } from "./counter.ts";
import { FAILURES, ROLLBACK_CASES, type RollbackCase } from "./rollback-cases.ts";
import { WatchedRunner } from "./watched-runner.ts";

type Tier = "inline" | "worker" | "process";
type SetUp = Awaited<ReturnType<typeof setUp>>;

/** As in the rules of probation. */
const HEALTH_EVERY_MS = 250;

function runnerOf(tier: Tier, clock: ManualClock) {
  if (tier === "inline") return new InlineRunner();
  if (tier === "worker") return new WorkerRunner({ clock, warm: 1 });
  return new ProcessRunner({ clock, warm: 1, minimumLevel: () => "runtime", onTrouble: () => undefined });
}

/** A host with the counter, over a clock that stands still; what needs no time to pass does not get any. */
async function setUp(tier: Tier) {
  const clock = new ManualClock(Date.now());
  const failpoints = new Failpoints();
  const runner = new WatchedRunner(runnerOf(tier, clock));
  const host = await createTestHost({
    plugins: [counter()],
    keepsVersions: true,
    clock,
    failpoints,
    runners: [runner],
    config: { plugins: { counter: { enabled: true, isolation: tier, accept_unenforced: [] } } },
  });
  const count = openCounter(host);
  await count.next();
  return { host, clock, failpoints, runner, count, plugins: join(host.folder, "plugins") };
}

/** Hosts by tier: a reload that fails leaves its host as it was, so the next case goes on with it. */
const hosts = new Map<Tier, SetUp>();

async function take(tier: Tier): Promise<SetUp> {
  const at = hosts.get(tier) ?? (await setUp(tier));
  hosts.delete(tier);
  return at;
}

afterAll(async () => {
  for (const { host } of hosts.values()) await host[Symbol.asyncDispose]();
});

/** Puts a version in the place of whatever the case before left there. */
async function save({ plugins }: SetUp, version: CounterVersion): Promise<string> {
  await rm(join(plugins, "counter"), { recursive: true, force: true });
  return writePlugin(plugins, counter(version));
}

/** Calls all the time, and keeps what was answered or refused. */
function keepCalling({ count }: SetUp) {
  const answers: unknown[] = [];
  const enough = new AbortController();
  const over = (async () => {
    while (!enough.signal.aborted) {
      answers.push(await count.next().catch((error: unknown) => error));
      await turn();
    }
  })();
  return {
    async stop(): Promise<unknown[]> {
      enough.abort();
      await over;
      return answers;
    },
  };
}

const numberIn = (answer: unknown): number => Number(/^one (\d+)$/.exec(String(answer))?.[1]);

/** Waits until `isSo`, through as many turns as that takes. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn();
}

/** Lets time pass, a little at a time. */
async function advanceUntil(clock: ManualClock, work: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  void work.finally(() => over.abort());
  while (!over.signal.aborted) {
    await turn();
    if (clock.pendingTimers > 0) await clock.advance(1);
  }
}

/** Arms the failpoint of the step, as the case wants it. @returns what settles when it was visited. */
function arm(at: SetUp, { step, host }: RollbackCase, giveUp: () => void) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const armed = at.failpoints.arm(`reload.${step}`, async () => {
    resolve();
    if (host === "throws no error") throw "pulled"; // eslint-disable-line no-throw-literal
    if (host === "rejects later") await turn();
    if (host === "throws" || host === "rejects later") throw new Error("pulled");
    if (host === "hangs") await new Promise(() => undefined);
    if (host === "caller gives up") giveUp();
    if (host === "new one ends") await at.runner.channels.get(Math.max(...at.runner.channels.keys()))!.exited;
  });
  return { visited: promise, [Symbol.dispose]: () => armed[Symbol.dispose]() };
}

/** Reloads, and lets pass what time the case takes to be noticed. */
async function reload(at: SetUp, one: RollbackCase): Promise<ReloadReport> {
  const { host, clock, runner } = at;
  const caller = new AbortController();
  using armed = one.host ? arm(at, one, () => caller.abort(new Error("enough"))) : undefined;
  const logged = host.records.length;
  const reporting = host.reloads.reload("counter", { signal: caller.signal });
  if (one.waitsForFiles) await advanceUntil(clock, reporting);
  if (one.afterMs === undefined) return await reporting;
  if (one.host) await armed!.visited;
  else if (one.step === "open") await until(() => runner.alive.size > 1);
  else await until(() => host.records.slice(logged).some(({ message }) => message === "hangs"));
  await clock.advance(one.afterMs);
  return await reporting;
}

/** What was left of a generation is given its time to go. */
async function untilOneIsLeft({ runner, clock }: SetUp): Promise<void> {
  while (runner.alive.size > 1) {
    for (let turns = 0; turns < 300 && runner.alive.size > 1; turns++) await turn();
    if (runner.alive.size > 1) await clock.advance(1_000);
  }
}

const inTier = (tier: Tier): readonly RollbackCase[] =>
  ROLLBACK_CASES.filter(({ version, spoil, inline, step }) => {
    if (tier === "worker") return true;
    // What the host alone is at fault for is the same in all tiers.
    return (version !== undefined || spoil !== undefined) && (tier === "process" ? step !== "read" : inline === true);
  });

test("Ten steps times five failures are tried", () => {
  const cases = ROLLBACK_CASES.map(({ step, failure }) => `${step}: ${failure}`);
  const steps = [...new Set(ROLLBACK_CASES.map(({ step }) => step))];
  expect(steps).toHaveLength(10);
  expect(cases).toHaveLength(50);
  expect(new Set(cases)).toEqual(new Set(steps.flatMap((step) => FAILURES.map((failure) => `${step}: ${failure}`))));
});

describe.each(["worker", "process", "inline"] as const)("Rollback in tier %s", { tags: ["slow"] }, (tier) => {
  const [refused, onProbation] = Object.values(
    Object.groupBy(inTier(tier), ({ step }) => (step === "probation" ? "second" : "first")),
  ) as [RollbackCase[], RollbackCase[]];

  test.each(refused)("$step, $failure: $what; the old one never stopped [OPS-47, FLX-54, BWK-83]", async (one) => {
    const at = await take(tier);
    const { host, runner, count } = at;
    const before = host.plugins.get("counter").serving!.number;
    const first = numberIn(await count.next());
    const folder = await save(at, one.version ?? { label: "two" });
    await one.spoil?.(folder);
    runner.most = 0;
    const calling = keepCalling(at);
    const report = await reload(at, one);
    const answers = await calling.stop();
    expect(report).toMatchObject({
      outcome: "refused",
      serving: { generation: before },
      failed: { step: one.step, error: { message: expect.stringMatching(one.says) } },
    });
    // By a clock that stands still: once it has failed nothing is waited for.
    if (!one.waitsForFiles) expect(report.tookMs).toBe(one.afterMs ?? 0);
    await untilOneIsLeft(at);
    expect(runner.most).toBeLessThanOrEqual(2);
    expect([...runner.alive]).toEqual([before]);
    answers.push(await count.next());
    expect(answers.map(numberIn)).toEqual(answers.map((_, index) => first + 1 + index));
    hosts.set(tier, at);
  });

  test.each(onProbation)("$step, $failure: $what; the old one serves again [OPS-47, FLX-54, BWK-83]", async (one) => {
    const at = await take(tier);
    const { host, runner, count, clock } = at;
    const before = host.plugins.get("counter").serving!.number;
    const first = numberIn(await count.next());
    await save(at, one.version!);
    runner.most = 0;
    const { promise: decided, resolve } = Promise.withResolvers<ReloadReport>();
    using _listening = host.reloads.onDidReload((report) => report.outcome === "rolled-back" && resolve(report));
    expect(await host.reloads.reload("counter")).toMatchObject({ outcome: "reloaded", other: { generation: before } });
    const logged = host.records.length;
    const beganMs = clock.monotonicMs();
    if (one.version?.each === undefined) await clock.advance(HEALTH_EVERY_MS);
    else
      for (let calls = one.failure === "error" ? 6 : 1; calls > 0; calls--) await count.next().catch(() => undefined);
    if (one.afterMs !== undefined) {
      await until(() => host.records.slice(logged).some(({ message }) => message === "hangs"));
      await clock.advance(one.afterMs);
    }
    expect(await decided).toMatchObject({
      outcome: "rolled-back",
      serving: { generation: before },
      failed: { step: "probation", error: { message: expect.stringMatching(one.says) } },
    });
    const waitedMs = (one.version?.each === undefined ? HEALTH_EVERY_MS : 0) + (one.afterMs ?? 0);
    expect(clock.monotonicMs() - beganMs).toBe(waitedMs);
    expect(numberIn(await count.next())).toBe(first + 1);
    await untilOneIsLeft(at);
    expect(runner.most).toBeLessThanOrEqual(2);
    expect([...runner.alive]).toEqual([before]);
    hosts.set(tier, at);
  });
});
