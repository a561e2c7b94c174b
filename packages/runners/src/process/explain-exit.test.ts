import { describe, expect, test } from "vitest";
import { explainExit, type ExitFacts, isOutOfMemory } from "./explain-exit.ts";
import { LastWords } from "./last-words.ts";

const facts = (known: Partial<ExitFacts>): ExitFacts => ({
  exit: { code: 1, signal: null },
  lastWords: "",
  memoryLimitMb: 64,
  oomKills: 0,
  ...known,
});

describe("explainExit", () => {
  test.each<[string, Partial<ExitFacts>, string]>([
    ["an exit code", { exit: { code: 3, signal: null } }, "it ended with exit code 3"],
    ["an end without need", { exit: { code: 0, signal: null } }, "it ended by itself"],
    ["a signal", { exit: { code: null, signal: "SIGKILL" } }, "it was ended by SIGKILL"],
    ["a signal that a launcher tells as a number", { exit: { code: 139, signal: null } }, "it was ended by SIGSEGV"],
    [
      "a forbidden system call",
      { exit: { code: 159, signal: null } },
      "it made a system call that its sandbox does not allow",
    ],
    [
      "the heap's end",
      {
        exit: { code: 134, signal: null },
        lastWords:
          "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n 1: 0xdeadbeef\n",
      },
      "it ran out of memory (64 MiB are allowed)",
    ],
    [
      "the kernel's end",
      { exit: { code: 137, signal: null }, oomKills: 1 },
      "it ran out of memory (64 MiB are allowed)",
    ],
    ["what the governor did, first of all", { governor: "it used 80 MiB", oomKills: 1 }, "it used 80 MiB"],
    [
      "a conversation that broke",
      { exit: { code: null, signal: "SIGKILL" }, conversation: "it answered a request that was not made" },
      "it answered a request that was not made",
    ],
    [
      "an uncaught error, by its own line and not the engine's version",
      { lastWords: "file.js:1\nthrow new Error('boom')\n^\n\nError: boom\n    at file.js:1\n\nNode.js v26.10.0\n" },
      "it ended with exit code 1; its last words: Error: boom",
    ],
    [
      "last words that would speak to a terminal",
      { lastWords: "bad \u001b[2J thing\n" },
      "it ended with exit code 1; its last words: bad \\u001b[2J thing",
    ],
  ])("tells %s", (_title, known, reason) => {
    expect(explainExit(facts(known))).toBe(reason);
  });

  test("words about memory do not make an orderly end a hit limit", () => {
    expect(isOutOfMemory(facts({ exit: { code: 0, signal: null }, lastWords: "out of memory" }))).toBe(false);
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
