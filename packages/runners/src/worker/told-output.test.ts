import { ManualClock } from "@berth/base";
import type { LimitEvent } from "@berth/kernel/runner";
import { expect, test } from "vitest";
import { ToldOutput } from "./told-output.ts";

test("ToldOutput drops what a plugin says in its guest's place beyond what a guest tells, and tells of it [BWK-95]", async () => {
  const clock = new ManualClock();
  const lines: string[] = [];
  const limits: LimitEvent[] = [];
  const told = new ToldOutput(clock, {
    limits: { log_rate: 5 },
    onOutput: ({ text }) => void lines.push(text),
    onLimit: (event) => void limits.push(event),
  });
  const say = (text: string): void => told.take({ output: { stream: "stdout", text } });
  for (let number = 0; number < 10_000; number++) say(`line ${number}`);
  expect(lines).toHaveLength(20);
  await clock.advance(1_000);
  say("again");
  expect(lines.at(-1)).toBe("again");
  expect(limits).toEqual([{ limit: "log_rate", allowed: 5, used: 9_985, action: "refused" }]);
});
