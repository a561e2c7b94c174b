import { expect, test } from "vitest";
import { judge } from "./verdict.ts";

test.each([
  [{ exitCode: 0 }, "all well", {}, true, "exit-code"],
  [{ exitCode: 3 }, "all well", {}, false, "exit-code"],
  [{ exitCode: null }, "", {}, false, "exit-code"],
  [{ exitCode: 3 }, "all well", { success: /well/ }, true, "success-pattern"],
  [{ exitCode: 0 }, "an error", { failure: /error/ }, false, "failure-pattern"],
  [{ exitCode: 0 }, "well, an error", { success: /well/, failure: /error/ }, false, "failure-pattern"],
  [{ exitCode: 0 }, "nothing", { success: /well/ }, true, "exit-code"],
  [{ exitCode: null, timedOut: true }, "all well", { success: /well/ }, false, "timeout"],
] as const)("judge: %j with %j by %j is %s because of %s", (result, text, patterns, success, because) => {
  expect(judge({ timedOut: false, ...result }, text, patterns)).toEqual({ success, because });
});
