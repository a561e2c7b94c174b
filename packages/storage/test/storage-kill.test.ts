import { randomFrom, systemClock } from "@berth/base";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Storage, openStorage } from "../src/index.ts";
import { type Payload, breakerKey, cacheKey, payloadOf, runOf, storeKey } from "./kill-content.ts";
import { type KillTime, bundleScript, liveAndDie } from "./killed-process.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const CHAINS = 2;
const KILLS_PER_CHAIN = 110;
// From the start of the process to its first acknowledged write, with room for a busy machine.
const START_MS = 60;
const WRITING_MS = 45;

interface Tally {
  kills: number;
  beforeFirstAcknowledgement: number;
  acknowledged: number;
}

describe("storage under kill -9", () => {
  test(
    "keeps every acknowledged write whole, over 220 kills at random moments on two files",
    { timeout: 120_000 },
    async () => {
      using folder = temporaryFolder();
      const script = await bundleScript("kill-writer", folder.path);
      const chains = Array.from({ length: CHAINS }, (_, index) => runChain(script, folder.path, index + 1));
      const tallies = await Promise.all(chains);

      const kills = tallies.reduce((sum, tally) => sum + tally.kills, 0);
      const early = tallies.reduce((sum, tally) => sum + tally.beforeFirstAcknowledgement, 0);
      const acknowledged = tallies.reduce((sum, tally) => sum + tally.acknowledged, 0);
      console.log(
        `${kills} kills: ${early} before the first acknowledged write, ${acknowledged} numbers acknowledged and found`,
      );
      expect(kills).toBeGreaterThanOrEqual(200);
      expect(early).toBeGreaterThan(0);
      expect(acknowledged).toBeGreaterThan(kills);
    },
  );

  test.each(["storage.commit", "storage.fsync"])(
    "a process that dies at %s leaves whole changes",
    async (failpoint) => {
      using folder = temporaryFolder();
      const script = await bundleScript("kill-writer", folder.path);
      const visits = Array.from({ length: 12 }, (_, index) => index + 1);
      await Promise.all([visits.filter(isOdd), visits.filter((visit) => !isOdd(visit))].map(dieAtEach));

      // Four commits belong to the migrations of a new file.
      async function dieAtEach(fatalVisits: number[]): Promise<void> {
        for (const visit of fatalVisits) {
          const path = join(folder.path, `${visit}.db`);
          const life = await liveAndDie(script, [path, "1", `${failpoint}:${visit}`]);
          expect(life).toMatchObject({ signal: "SIGKILL", errors: "" });
          checkAll(path, 1, Number(life.lastLine ?? 0), new Map());
        }
      }
    },
  );
});

const isOdd = (number: number): boolean => number % 2 === 1;

/** Kills one writer after the other on the same file and looks at it in between. */
async function runChain(script: string, folder: string, seed: number): Promise<Tally> {
  const random = randomFrom(seed);
  const path = join(folder, `chain-${seed}.db`);
  const tally: Tally = { kills: 0, beforeFirstAcknowledgement: 0, acknowledged: 0 };
  const newest = new Map<string, number>();
  for (let first = 1; tally.kills < KILLS_PER_CHAIN; tally.kills++) {
    const life = await liveAndDie(script, [path, String(first)], randomKillTime(random));
    expect(life).toMatchObject({ signal: "SIGKILL", errors: "" });
    const last = Number(life.lastLine ?? first - 1);
    if (life.lastLine === undefined) tally.beforeFirstAcknowledgement++;
    tally.acknowledged += last - first + 1;
    checkAll(path, first, last, newest);
    // One number may be there without having been acknowledged: it is left alone.
    first = last + 2;
  }
  return tally;
}

/** A third dies while starting, opening and migrating, the others while writing. */
function randomKillTime(random: () => number): KillTime {
  const isEarly = random() < 1 / 3;
  return isEarly
    ? { from: "start", afterMs: random() * START_MS }
    : { from: "first line", afterMs: random() * WRITING_MS };
}

/** Reopens the file of a life that acknowledged the numbers `first` to `last`; `newest` grows by what each key holds at least. */
function checkAll(path: string, first: number, last: number, newest: Map<string, number>): void {
  using storage = openStorage({ path, clock: systemClock });
  expect(storage.check()).toEqual([]);
  for (let number = first; number <= last; number++) {
    for (const key of [cacheKey(number), breakerKey(number), storeKey(number)]) newest.set(key, number);
  }
  checkRuns(storage, first, last);
  for (const [key, number] of newest) checkValue(storage, key, number, last + 1);
  checkStoreTotal(storage);
}

function checkRuns(storage: Storage, first: number, last: number): void {
  const runs = storage.runs.list({ job: "chain", since: first, limit: 10_000 }).reverse();
  const acknowledged = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const numbers = runs.map((run) => run.startedAt);
  expect(numbers.slice(0, acknowledged.length)).toEqual(acknowledged);
  expect(numbers.slice(acknowledged.length)).toEqual(numbers.length > acknowledged.length ? [last + 1] : []);
  for (const run of runs) {
    expect(run).toEqual(runOf(run.startedAt));
    expect(storage.runs.hasSlot("chain", run.startedAt)).toBe(true);
  }
}

/** A key may hold the number that was being written at the kill, but never an earlier or a half one. */
function checkValue(storage: Storage, key: string, least: number, most: number): void {
  const value = valueAt(storage, key);
  expect(value).toEqual(payloadOf(value.number));
  expect(value.number).toBeGreaterThanOrEqual(least);
  expect(value.number).toBeLessThanOrEqual(most);
}

function valueAt(storage: Storage, key: string): Payload {
  if (key.startsWith("breaker")) return storage.breakers.load<Payload>(key)!;
  if (key.startsWith("store")) return storage.pluginStore("chain", { quotaBytes: 0 }).get(key) as Payload;
  const { value, storedAt } = storage.cache.get(key)!;
  expect(storedAt).toBe((value as Payload).number);
  return value as Payload;
}

function checkStoreTotal(storage: Storage): void {
  const store = storage.pluginStore("chain", { quotaBytes: 0 });
  const keys = store.keys();
  const bytes = keys.reduce((sum, key) => sum + key.length + JSON.stringify(store.get(key)).length, 0);
  expect(store.usage()).toEqual({ bytes, entries: keys.length });
}
