import { isHostError } from "@berth/contract";
import { expect, test } from "vitest";
import { UidRange } from "./uid-range.ts";

test("UidRange gives a name the same user each time, and two names two", () => {
  const range = new UidRange();
  const first = range.allocate("weather");
  first[Symbol.dispose]();
  using again = range.allocate("weather");
  using other = range.allocate("calendar");
  expect(again.uid).toBe(first.uid);
  expect(again.gid).toBe(again.uid);
  expect(other.uid).not.toBe(again.uid);
});

test("UidRange never gives one user to two open names, and says when there is none left", () => {
  const range = new UidRange(70_000, 70_009);
  using opened = new DisposableStack();
  const uids = Array.from({ length: 10 }, (_, index) => opened.use(range.allocate(`plugin-${index}`)).uid);
  expect(new Set(uids).size).toBe(10);
  expect(() => range.allocate("one-more")).toThrowError(
    expect.toSatisfy((error: unknown) => isHostError(error, "LIMIT_EXCEEDED")),
  );
});

test("UidRange keeps a user as long as one of its holders is open", () => {
  const range = new UidRange(70_000, 70_000);
  const [first, second] = [range.allocate("weather"), range.allocate("weather")];
  expect(second.uid).toBe(first.uid);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  expect(() => range.allocate("calendar")).toThrowError("all 1 are taken");
  second[Symbol.dispose]();
  using third = range.allocate("calendar");
  expect(third.uid).toBe(70_000);
});
