import { HostError } from "@berth/contract";
import { expect, test } from "vitest";
import { explainExit } from "../process/explain-exit.ts";
import { describeError, describeExit, tooMuchMemory } from "../thread/describe-end.ts";
import { exitKind } from "./exit-kind.ts";

test.each([
  ["a thread without error", describeExit(0), "normal"],
  ["process.exit(3)", describeExit(3), "crash"],
  ["an error nobody caught", describeError(new Error("it ended by itself")), "crash"],
  ["more memory than allowed", tooMuchMemory("hungry", 64, 80), "limit"],
  ["no answer", new HostError("PLUGIN_FAILED", "it did not answer for 30 s"), "killed"],
  ["work that went on", "it did not stop when its fetch was cancelled", "killed"],
  ["a process without error", explainExit({ code: 0, signal: null }, "bye"), "normal"],
  ["a process with an exit code", explainExit({ code: 7, signal: null }, ""), "crash"],
  ["kill -9", explainExit({ code: null, signal: "SIGKILL" }, ""), "killed"],
  ["abort()", explainExit({ code: null, signal: "SIGABRT" }, ""), "crash"],
])("exitKind counts %s as %s", (_, ending, kind) => {
  expect(exitKind(ending)).toBe(kind);
});
