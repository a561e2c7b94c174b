import { expect, test } from "vitest";
import { PRIMITIVES, type Primitive } from "../level.ts";
import { type Findings, found, levelOf, missing } from "./findings.ts";

const without = (...gone: Primitive[]): Findings =>
  Object.fromEntries(
    PRIMITIVES.map((name) => [name, gone.includes(name) ? missing("not here") : found("here")]),
  ) as Findings;

test("levelOf never calls less than all of its parts by a level's name", () => {
  expect(levelOf(without())).toBe("full");
  expect(levelOf(without("landlock", "node-permission"))).toBe("full");
  expect([levelOf(without("bwrap")), levelOf(without("user-namespaces"))]).toEqual(["landlock", "landlock"]);
  expect((["seccomp", "rlimits", "uid-drop"] as const).map((name) => levelOf(without(name)))).toEqual([
    "none",
    "none",
    "none",
  ]);
  expect([levelOf(without("bwrap", "landlock")), levelOf(without(...PRIMITIVES))]).toEqual(["none", "none"]);
});
