import { expect, test } from "vitest";
import { Handlers } from "./handlers.ts";

test("Handlers are idle when all of them have ended, also those that began meanwhile, however they ended", async () => {
  const handlers = new Handlers();
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  expect(handlers.track(1)).toBe(1);
  expect(handlers.track(first.promise)).toBe(first.promise);
  const seen: string[] = [];
  const idle = handlers.idle().then(() => seen.push("idle"));
  handlers.track(second.promise).catch(() => undefined);
  first.resolve();
  await first.promise;
  seen.push("first");
  second.reject(new Error("broken"));
  await idle;
  expect(seen).toEqual(["first", "idle"]);
  await handlers.idle();
});
