import { setImmediate as turn } from "node:timers/promises";
import type { ReloadReport } from "@berth/kernel/reload";
import { afterAll, describe, expect, test } from "vitest";
import { advanceUntil, openReloadingHost, type ReloadingHost, type Tier, until } from "./reloading-host.ts";
import { FAILURES, ROLLBACK_CASES, type RollbackCase } from "./rollback-cases.ts";

/** As in the rules of probation. */
const HEALTH_EVERY_MS = 250;

/** Hosts by tier: a reload that fails leaves its host as it was, so the next case goes on with it. */
const hosts = new Map<Tier, ReloadingHost>();

async function take(tier: Tier): Promise<ReloadingHost> {
  const at = hosts.get(tier) ?? (await openReloadingHost(tier));
  hosts.delete(tier);
  return at;
}

afterAll(async () => {
  for (const { host } of hosts.values()) await host[Symbol.asyncDispose]();
});

/** Calls all the time, and keeps what was answered or refused. */
function keepCalling({ count }: ReloadingHost) {
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

/** Arms the failpoint of the step, as the case wants it. @returns what settles when it was visited. */
function arm(at: ReloadingHost, { step, host }: RollbackCase, giveUp: () => void) {
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
async function reload(at: ReloadingHost, one: RollbackCase): Promise<ReloadReport> {
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
    const folder = await at.save(one.version ?? { label: "two" });
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
    await at.untilOneIsLeft();
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
    await at.save(one.version!);
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
    await at.untilOneIsLeft();
    expect(runner.most).toBeLessThanOrEqual(2);
    expect([...runner.alive]).toEqual([before]);
    hosts.set(tier, at);
  });
});
