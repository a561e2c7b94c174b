import { expect, test } from "vitest";
import { CallerPermissions } from "./caller-permissions.ts";

test("CallerPermissions lets plugins have what they were granted, and the operator's own programs everything [OPS-51]", () => {
  const callers = new CallerPermissions();
  callers.set("robot", ["deployment.*"]);
  const { of } = callers;
  expect(["plugin/robot", "plugin/other", "app/signage", "host", "test", "plugin/", "app"].map(of)).toEqual([
    ["deployment.*"],
    [],
    ["*"],
    ["*"],
    [],
    [],
    [],
  ]);
  callers.set("robot", []);
  expect(of("plugin/robot")).toEqual([]);
});
