import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { ManualClock } from "@berth/base";
import { afterEach, describe, expect, test } from "vitest";
import { Spool } from "./spool.ts";
import { SpooledOutput } from "./spooled-output.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** An output whose other end does as it is told. */
function rig(given?: string) {
  const root = given ?? mkdtempSync(join(tmpdir(), "berth-output-"));
  folders.push(root);
  const clock = new ManualClock();
  const got: number[][] = [];
  const said: string[] = [];
  const other = { answer: async (_records: readonly number[]): Promise<readonly number[]> => [] };
  const folder = join(root, "own");
  const output = new SpooledOutput<number>({
    name: "output test",
    clock,
    warn: (sentence) => said.push(sentence),
    openSpool: (onDropped) => new Spool({ folder, onDropped, fileBytes: 10, mostBytes: 60 }),
    send: async (records) => {
      const failed = await other.answer(records);
      got.push(records.filter((_, place) => !failed.includes(place)));
      return failed;
    },
  });
  const idle = async (): Promise<void> => {
    while (output.waiting > 0) await turn();
  };
  return { clock, got, said, other, output, folder, root, idle };
}

describe("SpooledOutput", () => {
  test("sends at once, and leaves nothing on disk, where the other end keeps up", async () => {
    const { output, got, said, folder } = rig();
    for (let n = 0; n < 3; n++) {
      output.write(n);
      await turn();
    }
    await output[Symbol.asyncDispose]();
    expect([got, said, existsSync(folder)]).toEqual([[[0], [1], [2]], [], false]);
  });

  test("never makes who writes wait: what comes while one is sent follows in order, in batches", async () => {
    const { output, got, other, idle } = rig();
    const { promise, resolve } = Promise.withResolvers<readonly number[]>();
    other.answer = () => promise;
    for (let n = 0; n < 6; n++) output.write(n);
    other.answer = async () => [];
    resolve([]);
    await idle();
    expect(got[0]).toEqual([0]);
    expect(got.flat()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test("says once that the other end is down, sends again after growing waits, and says that it is back", async () => {
    const { output, got, said, other, clock, idle, folder } = rig();
    let tries = 0;
    other.answer = async () => {
      tries++;
      throw new Error("refused");
    };
    output.write(1);
    output.write(2);
    for (const waitMs of [1_000, 2_000, 4_000]) {
      while (clock.pendingTimers === 0) await turn();
      await clock.advance(waitMs);
    }
    await expect.poll(() => tries).toBe(4);
    expect(said).toEqual([`output test: does not take records (refused); they wait in ${folder}`]);
    other.answer = async () => [];
    await clock.advance(8_000);
    await idle();
    expect(got.flat()).toEqual([1, 2]);
    await expect.poll(() => said.at(-1)).toBe("output test: takes records again");
  });

  test("sends only those again that failed", async () => {
    const { output, got, other, clock, idle } = rig();
    const sent: number[][] = [];
    other.answer = async (records) => {
      sent.push([...records]);
      return sent.length === 1 ? [] : records.flatMap((n, place) => (n % 2 === 0 && sent.length < 4 ? [place] : []));
    };
    for (let n = 0; n < 3; n++) output.write(n);
    while (output.waiting > 0) {
      await turn();
      await clock.advance(60_000);
    }
    await idle();
    expect(got.flat().toSorted((a, b) => a - b)).toEqual([0, 1, 2]);
    expect(sent.filter((records) => records.includes(1))).toHaveLength(1);
    expect(sent.filter((records) => records.includes(2)).length).toBeGreaterThan(1);
  });

  test("keeps what is left at the end for the next one, and does not wait for one that is down", async () => {
    const first = rig();
    first.other.answer = async () => {
      throw new Error("down");
    };
    for (let n = 0; n < 3; n++) first.output.write(n);
    await expect.poll(() => first.said.length).toBe(1);
    await first.output[Symbol.asyncDispose]();
    expect(first.said.at(-1)).toBe(
      `output test: 3 not sent; kept in ${first.folder} for the next run with this output`,
    );
    const second = rig(first.root);
    second.output.resume();
    second.output.write(3);
    await second.idle();
    expect(second.got.flat()).toEqual([0, 1, 2, 3]);
  });

  test("gives up at the end what hangs, and keeps it", async () => {
    const { output, other, clock, said, folder } = rig();
    other.answer = () => new Promise(() => {});
    output.write(7);
    const ended = output[Symbol.asyncDispose]();
    await clock.advance(5_000);
    await ended;
    expect(said).toEqual([`output test: 1 not sent; kept in ${folder} for the next run with this output`]);
    expect(new Spool({ folder }).peek(10, 1_000).lines).toEqual(["7"]);
  });

  test("says how many were dropped when there is room for no more", async () => {
    const { output, other, said } = rig();
    other.answer = () => new Promise(() => {});
    for (let n = 0; n < 100; n++) output.write(n);
    expect(said.length).toBeGreaterThan(0);
    expect(said[0]).toMatch(/^output test: \d+ that waited longest dropped/);
    const dropped = said.reduce((sum, sentence) => sum + Number(/(\d+) that/.exec(sentence)![1]), 0);
    expect(dropped + output.waiting).toBe(100);
  });
});
