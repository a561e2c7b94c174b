import { setImmediate as turn } from "node:timers/promises";
import { Failpoints, ManualClock } from "@berth/base";
import type { CallContext, Channel, ChannelExit, HealthReport } from "@berth/contract";
import { manifestSchema } from "@berth/contract/manifest";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quietRun } from "../../test/quiet-plugin.ts";
import { type Generation, ManagedInstance, ManagedPlugin, type PluginCode } from "../lifecycle/index.ts";
import type { OpenRequest, Runner, TierReport } from "../runner.ts";
import { Probation, PROBATION_RULES } from "./probation.ts";
import { ReloadFailure, ReloadSteps } from "./steps.ts";
import { swapGenerations } from "./swap.ts";

const signal = new AbortController().signal;
const LIMITS = {
  startTimeoutMs: 30_000,
  stopTimeoutMs: 5_000,
  drainMs: 10_000,
  concurrency: 50,
  callTimeoutMs: undefined,
};

const CHANNEL_STEPS = ["open", "describe", "initialize", "start", "openInstance", "restoreState", "health"] as const;
const HOST_STEPS = ["open", "handshake", "initialize", "hold", "handover", "health", "switch"] as const;

/** Where a transaction fails: in one of its plugins, in the old generation of one, in the host, in what it is about; or nowhere. */
type Fault =
  | { at: "new"; step: (typeof CHANNEL_STEPS)[number]; how: "rejects" | "hangs" | "exits"; of: number }
  | { at: "old"; how: "cannot save" | "is busy"; of: number }
  | { at: "host"; step: (typeof HOST_STEPS)[number]; how: "rejects" | "hangs" }
  | { at: "save"; what: "it is refused" | "it goes on"; afterTurns: number }
  | { at: "nowhere" };

/** What becomes of the new versions, once they serve. */
type Afterwards =
  | { what: "they pass" }
  | { what: "the next reload comes at once" }
  | { what: "one exits" | "one is ill" | "one fails its calls" | "one exits, whose old one has"; of: number };

interface Transaction {
  /** Which plugins, by number; what others need first. */
  parts: number[];
  fault: Fault;
  afterwards: Afterwards;
  /** How far the clock goes at a time. */
  strideMs: number;
}

const part = fc.nat(3);
const faults: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Fault>({ at: "nowhere" }) },
  {
    weight: 4,
    arbitrary: fc.record({
      at: fc.constant("new" as const),
      step: fc.constantFrom(...CHANNEL_STEPS),
      how: fc.constantFrom("rejects", "hangs", "exits"),
      of: part,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ at: fc.constant("old" as const), how: fc.constantFrom("cannot save", "is busy"), of: part }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      at: fc.constant("host" as const),
      step: fc.constantFrom(...HOST_STEPS),
      how: fc.constantFrom("rejects", "hangs"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      at: fc.constant("save" as const),
      what: fc.constantFrom("it is refused", "it goes on"),
      afterTurns: fc.nat(12),
    }),
  },
);
const afterwards: fc.Arbitrary<Afterwards> = fc.oneof(
  fc.record({ what: fc.constantFrom("they pass", "the next reload comes at once") }),
  fc.record({
    what: fc.constantFrom("one exits", "one is ill", "one fails its calls", "one exits, whose old one has"),
    of: part,
  }),
);
const transactions: fc.Arbitrary<Transaction[]> = fc.array(
  fc.record({
    parts: fc.subarray([0, 1, 2, 3], { minLength: 1 }),
    fault: faults,
    afterwards,
    strideMs: fc.constantFrom(50, 700, 6_000, 40_000),
  }),
  { minLength: 1, maxLength: 6 },
);

/** One generation, as its plugin sees it: it counts its calls. */
class Counting {
  count = 0;
  isAlive = true;
  isIll = false;
  failsCalls = false;
  cannotSave = false;
  /** What its next call waits for. */
  busy: Promise<void> | undefined;
  readonly exit = Promise.withResolvers<ChannelExit>();

  end(expected: boolean): void {
    this.isAlive = false;
    this.exit.resolve({ expected, reason: "it went" });
  }
}

/** A tier in which the next generation may be told where to fail. */
class CountingRunner implements Runner {
  readonly tier = "inline";
  readonly generations: Counting[] = [];
  /** The most that were alive at a time. */
  most = 0;
  fault: Extract<Fault, { at: "new" }> | undefined;

  async report(): Promise<TierReport> {
    return { tier: "inline", level: "none", mechanisms: [], enforces: {} };
  }

  get alive(): Counting[] {
    return this.generations.filter(({ isAlive }) => isAlive);
  }

  async open(request: OpenRequest, within: AbortSignal): Promise<Channel> {
    const self = new Counting();
    const fault = this.fault;
    this.fault = undefined;
    const step = async (name: (typeof CHANNEL_STEPS)[number]): Promise<void> => {
      await turn();
      if (!self.isAlive) throw new Error("it went");
      if (fault?.step !== name) return;
      if (fault.how === "hangs") await new Promise(() => undefined);
      if (fault.how === "exits" && name !== "open") self.end(false);
      throw new Error("not today");
    };
    const hangs = fault?.step === "open" && fault.how === "hangs";
    if (hangs) await new Promise((_resolve, reject) => within.addEventListener("abort", () => reject(within.reason)));
    else await step("open");
    this.generations.push(self);
    this.most = Math.max(this.most, this.alive.length);
    const health: HealthReport = { health: "healthy" };
    return {
      tier: "inline",
      exited: self.exit.promise,
      quiet: async () => undefined,
      keepsState: true,
      saveState: async () => {
        if (self.cannotSave) throw new Error("not today");
        return { version: 1, value: self.count };
      },
      restoreState: async ({ value }) => {
        await step("restoreState");
        self.count = value as number;
      },
      describe: async () => {
        await step("describe");
        return [];
      },
      initialize: () => step("initialize"),
      start: () => step("start"),
      stop: async () => undefined,
      cleanup: async () => undefined,
      health: async () => {
        await step("health");
        return self.isIll ? { health: "unhealthy" } : health;
      },
      checkConfig: async () => [],
      migrateConfig: async (settings) => settings,
      openInstance: async ({ instanceId }) => {
        request.capabilities(instanceId);
        await step("openInstance");
        return ["count"];
      },
      closeInstance: async () => undefined,
      method: () => async () => {
        if (!self.isAlive) throw new Error("it went");
        const { busy } = self;
        self.busy = undefined;
        await busy;
        if (self.failsCalls) throw new Error("not today");
        return ++self.count;
      },
      [Symbol.asyncDispose]: async () => self.end(true),
    };
  }
}

/** A plugin, and how far its count must be. */
interface Modelled {
  plugin: ManagedPlugin;
  runner: CountingRunner;
  instance: ManagedInstance;
  count: number;
}

async function open(clock: ManualClock, number: number): Promise<Modelled> {
  const runner = new CountingRunner();
  const manifest = manifestSchema.parse({
    plugin: { name: `counter-${number}`, version: "1.0.0" },
    provides: { source: [`counter-${number}`] },
  });
  const code: PluginCode = {
    manifest,
    folder: "/nowhere",
    runner,
    prepare: async () => quietRun({ generationLimits: LIMITS }),
  };
  const plugin = new ManagedPlugin({ ...code, hostVersion: "1.0.0", clock });
  const instance = new ManagedInstance({
    plugin,
    contribution: `source/counter-${number}`,
    instanceId: "it",
    config: {},
  });
  await instance.open(signal);
  return { plugin, runner, instance, count: 0 };
}

let calls = 0;
function call({ instance }: Modelled): Promise<unknown> {
  const context: CallContext = {
    signal,
    deadline: Infinity,
    attempt: 1,
    caller: "test",
    permissions: [],
    correlationId: `call-${++calls}`,
  };
  return instance.method("count")([], context);
}

/** Lets time pass until the work has ended. */
async function passUntil<T>(clock: ManualClock, strideMs: number, work: Promise<T>): Promise<T> {
  const over = new AbortController();
  void work.then(
    () => over.abort(),
    () => over.abort(),
  );
  for (let strides = 0; !over.signal.aborted && strides < 2_000; strides++) await clock.advance(strideMs);
  expect(over.signal.aborted, "it ends").toBe(true);
  return work;
}

const current = ({ runner }: Modelled): Counting => runner.alive.at(-1)!;

async function run(all: Modelled[], clock: ManualClock, { parts, fault, afterwards: after, strideMs }: Transaction) {
  const taken = parts.map((number) => all[number]!);
  const pick = (of: number): Modelled => taken[of % taken.length]!;
  const before = new Map(all.map((each) => [each, each.plugin.serving!]));
  const failpoints = new Failpoints();
  const steps = new ReloadSteps({ plugin: taken[0]!.plugin.name, failpoints, clock, signal });
  let idle: (() => void) | undefined;
  let held: Promise<unknown>[] = [];
  if (fault.at === "new") pick(fault.of).runner.fault = fault;
  if (fault.at === "old" && fault.how === "cannot save") current(pick(fault.of)).cannotSave = true;
  if (fault.at === "old" && fault.how === "is busy") {
    const { promise, resolve } = Promise.withResolvers<void>();
    current(pick(fault.of)).busy = promise;
    idle = resolve;
  }
  using armed = new DisposableStack();
  armed.use(
    failpoints.arm("reload.handover", () => {
      held = taken.map(call);
    }),
  );
  if (fault.at === "host") {
    armed.use(
      failpoints.arm(`reload.${fault.step}`, () => {
        if (fault.how === "hangs") return new Promise(() => undefined);
        throw new Error("not today");
      }),
    );
  }
  for (const each of all) each.runner.most = each.runner.alive.length;
  // One call each is under way, or over, when it begins.
  const under = taken.map(call);
  let probation: Probation | undefined;
  const failed: unknown[] = [];
  const swapping = swapGenerations({
    parts: taken.map(({ plugin }) => ({ plugin, code: plugin.code })),
    clock,
    steps,
    signal,
    beside: () => failsAfter(fault, "it is refused"),
    ready: () => failsAfter(fault, "it goes on"),
    onSwitched: (changes) => {
      probation = new Probation({
        changes,
        clock,
        rules: PROBATION_RULES,
        steps,
        codeOf: async ({ code }) => code,
        onFailed: (error) => failed.push(error),
      });
    },
  }).catch((error: unknown) => error);
  const outcome = await passUntil(clock, Math.min(strideMs, 700), swapping);
  idle?.();
  const snapshot = new Map<Modelled, number>();
  for (const each of taken) {
    each.count++;
    snapshot.set(each, each.count);
  }
  await Promise.all(under);
  await Promise.all(held);
  if (held.length > 0) for (const each of taken) each.count++;

  if (outcome instanceof ReloadFailure) {
    expect(fault.at).not.toBe("nowhere");
    expect(probation).toBeUndefined();
    await passUntil(clock, strideMs, outcome.ended);
    for (const each of taken) expect(each.plugin.serving, "the old one serves").toBe(before.get(each));
    for (const { runner } of all) for (const each of runner.generations) each.cannotSave = false;
  } else {
    expect(outcome).toMatchObject({ changes: taken.map(({ plugin }) => ({ plugin })) });
    await watch(taken, clock, { after, strideMs, probation: probation!, before, snapshot });
    expect(failed).toHaveLength(after.what.startsWith("one") ? 1 : 0);
  }
  for (const each of all) {
    each.runner.fault = undefined;
    expect(each.runner.most, "alive at a time").toBeLessThanOrEqual(2);
    expect(each.runner.alive, "alive in the end").toHaveLength(1);
    expect(each.plugin.state).toBe("active");
    if (!taken.includes(each)) expect(each.plugin.serving).toBe(before.get(each));
    expect(await call(each), "its count").toBe(++each.count);
  }
}

interface Watched {
  after: Afterwards;
  strideMs: number;
  probation: Probation;
  before: ReadonlyMap<Modelled, Generation>;
  snapshot: ReadonlyMap<Modelled, number>;
}

async function watch(taken: Modelled[], clock: ManualClock, { after, strideMs, probation, before, snapshot }: Watched) {
  for (const each of taken) expect(each.plugin.serving, "a new one serves").not.toBe(before.get(each));
  if (!("of" in after)) {
    if (after.what === "they pass") await passUntil(clock, strideMs, probation.over);
    else await passUntil(clock, strideMs, probation.pass());
    expect(await probation.over).toBe("passed");
    return;
  }
  const victim = taken[after.of % taken.length]!;
  if (after.what === "one exits") current(victim).end(false);
  if (after.what === "one is ill") current(victim).isIll = true;
  if (after.what === "one fails its calls") {
    current(victim).failsCalls = true;
    for (let failures = 0; failures < 6; failures++) await call(victim).catch(() => undefined);
    for (let more = 0; more < 6 && victim.plugin.serving !== before.get(victim); more++) {
      await call(victim).catch(() => undefined);
    }
  }
  if (after.what === "one exits, whose old one has") {
    victim.runner.alive.at(0)!.end(false);
    await turn();
    current(victim).end(false);
  }
  expect(await passUntil(clock, Math.min(strideMs, 700), probation.over)).toBe("failed");
  for (const each of taken) {
    const isRevived = after.what === "one exits, whose old one has" && each === victim;
    if (!isRevived) expect(each.plugin.serving, "the old one serves again").toBe(before.get(each));
    each.count = snapshot.get(each)!;
  }
  if (after.what === "one fails its calls") victim.count = current(victim).count;
}

async function failsAfter(fault: Fault, what: "it is refused" | "it goes on"): Promise<void> {
  if (fault.at !== "save" || fault.what !== what) return;
  for (let turns = 0; turns < fault.afterTurns; turns++) await turn();
  throw new Error("not today");
}

describe("swapGenerations and Probation", () => {
  test("keep to their model: all or none, one generation serves, none is left over, no count is lost or doubled [FLX-22, OPS-46, OPS-47]", async () => {
    await fc.assert(
      fc.asyncProperty(transactions, async (made) => {
        const clock = new ManualClock();
        const all = await Promise.all([0, 1, 2, 3].map((number) => open(clock, number)));
        for (const each of made) await run(all, clock, each);
        await Promise.all(all.map(({ plugin }) => plugin.deactivate()));
        for (const { runner } of all) expect(runner.alive).toEqual([]);
        expect(clock.pendingTimers).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
