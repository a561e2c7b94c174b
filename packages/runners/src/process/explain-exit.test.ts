import { describe, expect, test } from "vitest";
import type { SandboxExit } from "../sandbox/index.ts";
import { explainExit, isOutOfMemory } from "./explain-exit.ts";
import { LastWords } from "./last-words.ts";

const code = (number: number): SandboxExit => ({ code: number, signal: null });
const signal = (name: NodeJS.Signals): SandboxExit => ({ code: null, signal: name });

describe("explainExit", () => {
  test.each<[string, SandboxExit, string, string]>([
    ["an exit code", code(3), "", "it ended with exit code 3"],
    ["an end without need", code(0), "", "it ended by itself"],
    ["a signal", signal("SIGSEGV"), "", "it was ended by SIGSEGV"],
    [
      "what the sandbox ended it for",
      { ...signal("SIGKILL"), reason: "it made too many files" },
      "",
      "it made too many files",
    ],
    ["a forbidden system call", signal("SIGSYS"), "", "it made a system call that its sandbox does not allow"],
    [
      "an uncaught error, by its own line and not the engine's version",
      code(1),
      "file.js:1\nthrow new Error('boom')\n^\n\nError: boom\n    at file.js:1\n\nNode.js v26.10.0\n",
      "it ended with exit code 1; its last words: Error: boom",
    ],
    [
      "last words that would speak to a terminal",
      code(1),
      "bad \u001b[2J thing\n",
      "it ended with exit code 1; its last words: bad \\u001b[2J thing",
    ],
  ])("tells %s", (_title, exit, lastWords, reason) => {
    expect(explainExit(exit, lastWords)).toBe(reason);
  });
});

describe("isOutOfMemory", () => {
  test.each([
    "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n 1: 0xdeadbeef\n",
    "terminate called after throwing an instance of 'std::bad_alloc'\n",
    "Traceback (most recent call last):\nMemoryError\n",
  ])("knows the words of an engine: %s", (lastWords) => {
    expect(isOutOfMemory(signal("SIGABRT"), lastWords)).toBe(true);
  });

  test("words about memory do not make an orderly end a hit limit", () => {
    expect(isOutOfMemory(code(0), "out of memory")).toBe(false);
    expect(isOutOfMemory(signal("SIGKILL"), "")).toBe(false);
  });
});

describe("LastWords", () => {
  test("keeps the end, however it arrives", () => {
    const words = new LastWords();
    words.push(Buffer.from("a".repeat(100_000)));
    for (const word of ["fatal", " ", "end"]) words.push(Buffer.from(word));
    expect(words.text).toHaveLength(8 * 1_024);
    expect(words.text.endsWith("aafatal end")).toBe(true);
  });
});
