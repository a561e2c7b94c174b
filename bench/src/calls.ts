import { systemClock } from "@berth/base";
import { composeEndpoint, DeadlineWheel, RetryBudget } from "@berth/kernel/calls";
import { CallTally } from "@berth/kernel/usage";
import {
  bulkhead,
  circuitBreaker,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleAll,
  retry,
  timeout,
  TimeoutStrategy,
  wrap,
} from "cockatiel";
import { ServiceBroker } from "moleculer";
import { type BenchResult, interleaved, runAlone } from "./frame.ts";
import { composeByHand } from "./hand-composed.ts";

const ROUNDS = 9;
/** Enough that a round is tens of milliseconds, and no garbage collection decides it. */
const CALLS = { fast: 200_000, slow: 20_000 };

async function work(input: number): Promise<number> {
  return input;
}

/** High enough to let all pass, and to be counted all the same. */
const RATE = { perSecond: 100_000_000, burst: 1_000_000 };

/** What a call costs with all policies, when nothing fails. */
export async function run(): Promise<BenchResult> {
  using wheel = new DeadlineWheel(systemClock);
  const endpoint = composeEndpoint({ name: "bench", invoke: work, clock: systemClock, wheel });
  const full = composeEndpoint({
    name: "bench",
    invoke: work,
    clock: systemClock,
    wheel,
    policy: { rate: RATE },
    budget: new RetryBudget(),
    isBreakerPerCaller: true,
    isIdempotent: () => true,
  });
  const tally = new CallTally(systemClock);
  const byHand = composeByHand(work);
  const broker = await startBroker();
  const policy = cockatielPolicy();
  const us = await interleaved(ROUNDS, {
    bare: () => timeCalls(CALLS.fast, work),
    endpoint: () => timeCalls(CALLS.fast, (input) => endpoint.call(input)),
    full: () => timeCalls(CALLS.fast, (input) => full.call(input)),
    outcome: () => timeCalls(CALLS.fast, (input) => endpoint.run(input)),
    tally: () => timeCounting(CALLS.fast, tally),
    byHand: () => timeCalls(CALLS.fast, byHand),
    moleculer: () => timeCalls(CALLS.slow, (input) => broker.call("bench.work", { input })),
    cockatiel: () => timeCalls(CALLS.slow, (input) => policy.execute(() => work(input))),
  });
  await broker.stop();
  const { full: own } = us;
  return {
    title: "One call, one at a time, policies deadline + retry + budget + breaker + rate + concurrency + metrics",
    rows: [
      { name: "bare async call", value: us.bare, unit: "us" },
      row("Berth endpoint.call, all policies", own, own / us.bare, "at most 8 x a bare async call", own <= 8 * us.bare),
      row("Berth endpoint.call, without rate and budget", us.endpoint, us.endpoint / us.bare, "of a bare async call"),
      row("Berth endpoint.run (with outcome)", us.outcome, us.outcome / us.bare, "of a bare async call"),
      row("beside it: counted as usage of its plugin", us.tally, us.tally / us.bare, "of a bare async call"),
      row("by hand, one async function a policy", us.byHand, us.byHand / own, "of Berth"),
      row("cockatiel 4 (no metrics)", us.cockatiel, us.cockatiel / own, "of Berth"),
      row("Moleculer 0.15", us.moleculer, us.moleculer / own, "at least 20 x Berth", us.moleculer >= 20 * own),
    ],
  };
}

function row(name: string, value: number, ratio: number, target: string, ok?: boolean) {
  return { name, value, unit: "us", ratio, target, ...(ok === undefined ? {} : { ok }) };
}

/** Microseconds a call. */
async function timeCalls(calls: number, call: (input: number) => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  for (let i = 0; i < calls; i++) await call(i);
  return ((performance.now() - startedMs) * 1_000) / calls;
}

/** What a plugin's calls cost more because somebody wants to know how many there are, and how long they take. */
async function timeCounting(calls: number, tally: CallTally): Promise<number> {
  const startedMs = performance.now();
  for (let i = 0; i < calls; i++) tally.succeeded(tally.begin());
  return ((performance.now() - startedMs) * 1_000) / calls;
}

async function startBroker(): Promise<ServiceBroker> {
  const broker = new ServiceBroker({
    logger: false,
    requestTimeout: 30_000,
    retryPolicy: { enabled: true, retries: 2, delay: 1_000, maxDelay: 4_000, factor: 2 },
    circuitBreaker: { enabled: true, threshold: 0.5, windowTime: 60, minRequestCount: 5, halfOpenTime: 60_000 },
    bulkhead: { enabled: true, concurrency: 10, maxQueueSize: 100 },
    metrics: { enabled: true, reporter: [] },
  });
  broker.createService({
    name: "bench",
    actions: { work: (context: { params: { input: number } }) => work(context.params.input) },
  });
  await broker.start();
  return broker;
}

function cockatielPolicy() {
  return wrap(
    circuitBreaker(handleAll, { halfOpenAfter: 60_000, breaker: new ConsecutiveBreaker(5) }),
    bulkhead(10, 100),
    retry(handleAll, { maxAttempts: 2, backoff: new ExponentialBackoff({ initialDelay: 1_000 }) }),
    timeout(30_000, TimeoutStrategy.Aggressive),
  );
}

if (import.meta.main) await runAlone(run);
