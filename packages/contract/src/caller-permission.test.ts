import { describe, expect, test } from "vitest";
import { holdsPermission, isCallerPermission, isCallerPermissionPattern } from "./caller-permission.ts";

describe("holdsPermission", () => {
  test.each([
    [["deployment.execute"], "deployment.execute", true],
    [["deployment.execute"], "deployment.executed", false],
    [["deployment.execute"], "deployment.execute.now", false],
    [["deployment.*"], "deployment.execute", true],
    [["deployment.*"], "deployment.execute.now", true],
    [["deployment.*"], "deployment", false],
    [["deployment.*"], "deployments.execute", false],
    [["deployment.*"], "deployment.*", true],
    [["deployment.execute"], "deployment.*", false],
    [["*"], "service.scale", true],
    [["service.scale", "deployment.execute"], "deployment.execute", true],
    [[], "deployment.execute", false],
  ])("%j holds %s: %s [OPS-51]", (granted, wanted, expected) => {
    expect(holdsPermission(granted, wanted)).toBe(expected);
  });
});

test.each(["deployment", "deployment.execute", "service.scale-up.now", "a_b.c2"])("%s is a name", (text) => {
  expect(isCallerPermission(text)).toBe(true);
  expect(isCallerPermissionPattern(text)).toBe(true);
});

test.each(["deployment.*", "*", "a.b.*"])("%s is a pattern and no name", (text) => {
  expect(isCallerPermission(text)).toBe(false);
  expect(isCallerPermissionPattern(text)).toBe(true);
});

test.each(["", ".", "a.", ".a", "a..b", "a b", "A.b", "a.*.b", "*.a", "a*", "a\n", "ä", "a".repeat(201)])(
  "%j is neither",
  (text) => {
    expect(isCallerPermission(text)).toBe(false);
    expect(isCallerPermissionPattern(text)).toBe(false);
  },
);
