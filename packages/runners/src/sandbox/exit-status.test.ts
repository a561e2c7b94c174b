import { expect, test } from "vitest";
import { exitOf } from "./exit-status.ts";

test("exitOf tells a signal from a code, as launchers pass them on", () => {
  expect([exitOf(0, null), exitOf(3, null), exitOf(128, null)]).toEqual([
    { code: 0, signal: null },
    { code: 3, signal: null },
    { code: 128, signal: null },
  ]);
  expect([exitOf(137, null), exitOf(134, null)]).toEqual([
    { code: null, signal: "SIGKILL" },
    { code: null, signal: "SIGABRT" },
  ]);
  expect(exitOf(null, "SIGKILL")).toEqual({ code: null, signal: "SIGKILL" });
  expect(exitOf(255, null)).toEqual({ code: 255, signal: null });
});
