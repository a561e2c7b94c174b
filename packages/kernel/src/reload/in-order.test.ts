import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inOrder } from "./in-order.ts";

/** Works that note when they begin and end, and let others run in between. */
function noted(needs: readonly (readonly number[])[], failing = -1) {
  const log: string[] = [];
  const works = needs.map((indexes, at) => ({
    name: `w${at}`,
    needs: indexes.map((index) => `w${index}`),
    run: async () => {
      log.push(`begin ${at}`);
      await Promise.resolve();
      if (at === failing) throw new Error(`w${at} failed`);
      log.push(`end ${at}`);
    },
  }));
  return { works, log };
}

/** For each work, some of those before it. */
const graphs = fc
  .integer({ min: 1, max: 20 })
  .chain((size) => fc.tuple(...Array.from({ length: size }, (_, at) => fc.subarray([...Array(at).keys()]))));

describe("inOrder", () => {
  test("does each once, after all that it needs", async () => {
    await fc.assert(
      fc.asyncProperty(graphs, async (needs) => {
        const { works, log } = noted(needs);
        await inOrder(works);
        expect(log.filter((line) => line.startsWith("end")).length).toBe(needs.length);
        for (const [at, indexes] of needs.entries()) {
          for (const index of indexes) expect(log.indexOf(`end ${index}`)).toBeLessThan(log.indexOf(`begin ${at}`));
        }
      }),
    );
  });

  test("begins nothing after a failure, and waits for what was begun", async () => {
    await fc.assert(
      fc.asyncProperty(graphs, fc.nat(), async (needs, seed) => {
        const failing = seed % needs.length;
        const { works, log } = noted(needs, failing);
        await expect(inOrder(works)).rejects.toThrow(`w${failing} failed`);
        const begun = log.filter((line) => line.startsWith("begin")).length;
        expect(log.length).toBe(2 * begun - 1);
      }),
    );
  });

  test("does side by side what nothing keeps apart", async () => {
    const { works, log } = noted([[], [], []]);
    await inOrder(works);
    expect(log.slice(0, 3)).toEqual(["begin 0", "begin 1", "begin 2"]);
  });
});
