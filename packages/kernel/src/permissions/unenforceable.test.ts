import { expect, test } from "vitest";
import { unenforceable } from "./unenforceable.ts";

const demanding = {
  limits: { memory_mb: 64, cpu_percent: 50, processes: 0, store_mb: 1 },
  permissions: { system_calls: ["time"] },
};

test.each([
  ["inline", ["limits.memory_mb", "limits.cpu_percent", "limits.processes", "permissions.system_calls"]],
  ["worker", ["limits.cpu_percent", "limits.processes", "permissions.system_calls"]],
  ["process", []],
  ["wasm", ["limits.cpu_percent"]],
] as const)("unenforceable names what the %s tier cannot hold", (tier, expected) => {
  expect(unenforceable(demanding, tier)).toEqual(expected);
});

test("unenforceable names nothing that the manifest does not demand", () => {
  expect(unenforceable({ limits: { store_mb: 1, concurrency: 2 }, permissions: { network: true } }, "inline")).toEqual(
    [],
  );
});
