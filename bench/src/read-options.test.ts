import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { UsageError } from "./frame.ts";
import { oneOf, readOptions, wholeNumber } from "./read-options.ts";

const read = (...args: string[]) =>
  readOptions(
    { reloads: wholeNumber(1_000), pause: wholeNumber(undefined, 0), tier: oneOf(["worker", "process"]) },
    args,
  );

describe("readOptions", () => {
  test("takes what is given, and what is usual for the rest", () => {
    expect(read("--json")).toEqual({ reloads: 1_000, pause: undefined, tier: undefined });
    expect(read("--tier=worker", "--pause", "0", "--reloads", "7")).toEqual({ reloads: 7, pause: 0, tier: "worker" });
  });

  test.each([
    ["--tier proces", '--tier must be worker or process, found "proces"; did you mean process?'],
    ["--tier quark", '--tier must be worker or process, found "quark"'],
    ["--tier", "--tier must be worker or process, found nothing"],
    ["--reloads 0", '--reloads must be a whole number from 1 on, found "0"'],
    ["--pause ten", '--pause must be a whole number from 0 on, found "ten"'],
    ["--teir worker", 'There is no "--teir" here, only --reloads, --pause, --tier, --json; did you mean --tier?'],
    ["worker", 'There is no "worker" here, only --reloads, --pause, --tier, --json'],
  ])("refuses %s", (words, message) => {
    expect(() => read(...words.split(" "))).toThrow(new UsageError(message));
  });
});

test.each([
  ["reload/load.ts", "--tier must be inline, worker or process"],
  ["supervision/crash-loop.ts", "--tier must be worker or process"],
  ["watchdog/faults.ts", "--tier must be worker or process"],
  ["watchdog/shutdown.ts", "--tier must be worker or process"],
  ["isolation/kill.ts", 'There is no "--tier" here, only --trials, --level, --json'],
])("%s measures nothing for a slip, and exits with 2", async (file, says) => {
  const child = spawn(process.execPath, [join(import.meta.dirname, file), "--tier", "wrker"]);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  expect([stdout, code]).toEqual(["", 2]);
  expect(stderr).toContain(says);
});
