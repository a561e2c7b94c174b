import { expect, test } from "vitest";
import { Failpoints } from "./failpoints.ts";

test("Failpoints count, hold and fail a step only while armed", async () => {
  const failpoints = new Failpoints();
  await failpoints.visit("step");
  expect(failpoints.visits("step")).toBe(0);
  const armed = failpoints.arm("step", (visit) => {
    if (visit === 2) throw new Error("second");
  });
  await failpoints.visit("step");
  await expect(failpoints.visit("step")).rejects.toThrow("second");
  armed[Symbol.dispose]();
  await failpoints.visit("step");
  expect(failpoints.visits("step")).toBe(2);
});
