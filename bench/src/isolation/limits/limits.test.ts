import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { measureShare } from "./cpu.ts";
import { measureWriting } from "./disk.ts";
import { type Bomb, BOMBS, measureBomb } from "./memory.ts";
import { type Mechanism, Surroundings } from "./surroundings.ts";

// Tests run on machines that are busy: that a limit is not passed is shown here, that all of it is given by the benchmark.

let surroundings: Surroundings;

beforeAll(async () => {
  surroundings = await Surroundings.open();
});

afterAll(() => surroundings[Symbol.asyncDispose]());

const MECHANISMS: readonly Mechanism[] = ["control group", "governor"];

describe.each(MECHANISMS)("By %s", (mechanism) => {
  test.for([
    [10, 4],
    [50, 4],
  ] as const)(
    "a share of %i percent of a core is not passed by a tenth with %i busy threads [OPS-52, OPS-23, BWK-9, FLX-36]",
    { tags: ["slow"] },
    async ([percent, threads], { skip }) => {
      if (!surroundings.mechanisms.includes(mechanism)) skip("no control group can be made here");
      const { got } = await measureShare(surroundings, mechanism, percent, threads);
      expect(got / percent).toBeLessThan(1.1);
      expect(got / percent).toBeGreaterThan(0.2);
    },
  );

  test.for(Object.keys(BOMBS) as Bomb[])(
    "a plugin that fills memory with %s is stopped before a quarter more is used [OPS-53, OPS-23, RPT-143, BWK-8]",
    { tags: ["slow"] },
    async (bomb, { skip }) => {
      if (!surroundings.mechanisms.includes(mechanism)) skip("no control group can be made here");
      const { usedMb } = await measureBomb(surroundings, mechanism, bomb, 96);
      expect(usedMb / 96).toBeLessThan(1.25);
      expect(usedMb / 96).toBeGreaterThan(0.5);
    },
  );
});

test(
  "Files are not written faster than allowed, by more than a tenth [OPS-54, OPS-23]",
  { tags: ["slow"] },
  async () => {
    const rate = await measureWriting(surroundings, 20, 80);
    expect(rate).toBeLessThan(22);
    expect(rate).toBeGreaterThan(5);
  },
);
