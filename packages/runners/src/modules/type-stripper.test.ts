import { ManualClock, systemClock } from "@berth/base";
import { afterAll, describe, expect, test, vi } from "vitest";
import { StripThread } from "./strip-thread.ts";
import { TypeStripper } from "./type-stripper.ts";

const stripper = new TypeStripper(systemClock);
afterAll(() => stripper[Symbol.asyncDispose]());

/** Texts that the compiler needs longer and longer for. */
const LONG = `const a = ${"[".repeat(200_000)}`;

describe("TypeStripper", () => {
  test("takes types out and leaves every line and column where it was", async () => {
    const text =
      "const one: number = 1;\ninterface Gone {}\nexport function two<T>(a: T, b?: string): T { return a; }\n";
    const stripped = await stripper.strip(text);
    expect(stripped).toHaveLength(text.length);
    expect(stripped!.indexOf("return")).toBe(text.indexOf("return"));
    expect(stripped).not.toContain("interface");
    expect(await stripper.strip(text)).toBe(stripped);
  });

  test.each([
    ["is not TypeScript", "const = ;"],
    ["needs more than stripping", "enum Colour { Red }"],
    ["no compiler takes", LONG],
  ])("gives nothing for text that %s, and goes on", async (_what, text) => {
    expect(await stripper.strip(text)).toBeUndefined();
    expect(await stripper.strip("let a: 1")).toBe("let a   ");
  });

  test("gives nothing once it is disposed of, but what it knows", async () => {
    const own = new TypeStripper(systemClock);
    expect(await own.strip("let b: 2")).toBe("let b   ");
    await own[Symbol.asyncDispose]();
    expect([await own.strip("let b: 2"), await own.strip("let c: 3")]).toEqual(["let b   ", undefined]);
  });

  test("gives nothing where no thread can be had: whoever opens a plugin does not fail for that", async () => {
    await using own = new TypeStripper(systemClock, () => {
      throw new Error("no more threads");
    });
    expect(await own.strip("let b: 2")).toBeUndefined();
  });

  test("does a text once, also for those who ask while it is being done", async () => {
    const thread = new StripThread(systemClock);
    const asked = vi.spyOn(thread, "strip");
    await using own = new TypeStripper(systemClock, () => thread);
    expect(await Promise.all([own.strip("let b: 2"), own.strip("let b: 2")])).toEqual(["let b   ", "let b   "]);
    expect(asked).toHaveBeenCalledOnce();
  });

  test("waits no longer than its limit, and not for what was behind", async () => {
    const clock = new ManualClock();
    const thread = new StripThread(clock);
    const results = [thread.strip("let a: 1"), thread.strip("let b: 2")];
    await clock.advance(2_000);
    expect(await Promise.all(results)).toEqual([{ text: undefined }, "lost"]);
    expect([thread.isOver, await thread.strip("let c: 3")]).toEqual([true, "lost"]);
    await thread.end();
  });
});
