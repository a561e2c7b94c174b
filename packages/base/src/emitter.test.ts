import { expect, test } from "vitest";
import { Emitter } from "./emitter.ts";

test("Emitter tells every listener, also when one throws", () => {
  const failures: unknown[] = [];
  const emitter = new Emitter<number>((error) => failures.push(error));
  const heard: number[] = [];
  emitter.on(() => {
    throw new Error("boom");
  });
  emitter.on((event) => heard.push(event));
  emitter.emit(7);
  expect(heard).toEqual([7]);
  expect(failures).toEqual([new Error("boom")]);
});

test("Emitter forgets a listener once, although the same function listens twice", () => {
  const emitter = new Emitter<string>();
  const heard: string[] = [];
  const listen = (event: string): void => void heard.push(event);
  const first = emitter.on(listen);
  emitter.on(listen);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  emitter.emit("a");
  expect(heard).toEqual(["a"]);
});
