import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CRASH_FAULTS,
  createTestHost,
  expectNoLeaks,
  type SourceFault,
  type TestHost,
  writeMisbehaving,
} from "@berth/testing";
import { describe, expect, test } from "vitest";
import { aCall, echoPlugin } from "./plugins-of-tests.ts";

/** A thread in a system call cannot be ended, so it would be left behind; the tests of the watchdog have that. */
const FAULTS = [
  ...CRASH_FAULTS.filter((fault) => fault !== "block-in-read"),
  "throw",
  "reject-with-non-error",
  "hang",
  "ignore-signal",
  "flood-log",
] as const satisfies readonly SourceFault[];

/** Those that take a second each, for their grace or for what they fill. */
const COSTLY: ReadonlySet<SourceFault> = new Set(["loop", "ignore-signal", "heap-bomb", "flood-output", "flood-log"]);
const ROUNDS = 13;
const COSTLY_ROUNDS = 3;
/** All kinds in turn, round by round. */
const INJECTED: readonly SourceFault[] = Array.from({ length: ROUNDS }, (_, round) =>
  FAULTS.filter((fault) => round < COSTLY_ROUNDS || !COSTLY.has(fault)),
).flat();
/** What does not end by itself is given up by its caller. */
const GIVEN_UP_MS = 100;
const ENDLESS = { max_restarts: 100_000, period_ms: 1_000, backoff_ms: 0, max_backoff_ms: 0 };

async function inject(host: TestHost, fault: SourceFault, nth: number): Promise<void> {
  await using instance = host.instance({
    contribution: "source/misbehaving",
    instanceId: `m${nth}`,
    config: { fault },
  });
  const call = aCall({ signal: AbortSignal.timeout(GIVEN_UP_MS) });
  await instance
    .method("fetch")([], call)
    .catch(() => undefined);
}

/** One that has just ended may be called before that is known: it answers the next call, or the one after. */
async function expectRecovery(host: TestHost, fault: string, nth: number): Promise<void> {
  await using instance = host.instance({ contribution: "source/misbehaving", instanceId: `w${nth}` });
  const outcomes: unknown[] = [];
  for (let attempt = 0; attempt < 3; attempt++) {
    const outcome = await instance
      .method("fetch")([], aCall())
      .catch((error: unknown) => error);
    if (!(outcome instanceof Error)) return;
    outcomes.push(outcome.message);
  }
  expect(outcomes, `after ${fault}`).toEqual([]);
}

describe.each(["worker", "process"] as const)("A host whose plugin in tier %s fails", { tags: ["slow"] }, (tier) => {
  test.skipIf(tier === "process" && process.platform !== "linux")(
    `${INJECTED.length} times, in ${FAULTS.length} ways: others answer, it recovers, nothing is left behind [BWK-95, BWK-8, RPT-142]`,
    async () => {
      await using folder = await mkdtempDisposable(join(tmpdir(), "berth-faults-"));
      const manifest = "[limits]\nmemory_mb = 64\ncpu_percent = 400";
      const misbehaving = await writeMisbehaving(join(folder.path, "plugins"), { manifest });
      const entry = { enabled: true, isolation: tier, accept_unenforced: ["limits.cpu_percent"], supervision: ENDLESS };
      const work = async (): Promise<void> => {
        await using host = await createTestHost({
          plugins: [misbehaving, echoPlugin("fine")],
          config: {
            plugins: { misbehaving: entry, fine: entry },
            log: { level: "error", format: "text" },
          },
        });
        await using fine = host.instance({ contribution: "source/fine", instanceId: "f" });
        const askFine = async (): Promise<void> =>
          expect(await fine.method("fetch")([], aCall())).toMatchObject({ title: "f" });
        for (const [nth, fault] of INJECTED.entries()) {
          await Promise.all([inject(host, fault, nth), askFine()]);
          await askFine();
          await expectRecovery(host, fault, nth);
        }
      };
      await expectNoLeaks(work, { settleMs: 5_000 });
    },
  );
});
