import { describe, expect, test } from "vitest";
import { FLAGS } from "./flag-table.ts";
import { findMode, MODES } from "./mode-table.ts";
import { FlagIndex, parseCommandLine, spellingsOf, splitAtMode } from "./parse-command-line.ts";

const INDEX = new FlagIndex(FLAGS);
const parse = (...words: string[]) => parseCommandLine(words, INDEX);

describe("parseCommandLine", () => {
  test("reads flags by long and short names, with = and without [RPT-2]", () => {
    const { values, command, args, problems } = parse(
      "-e",
      "30s",
      "--times=5",
      "-f=1h",
      "-q",
      "--",
      "curl",
      "-s",
      "--",
      "x",
    );
    expect({ values: Object.fromEntries(values), command, args, problems }).toEqual({
      values: { every: 30_000, times: 5, for: 3_600_000, quiet: true },
      command: "curl",
      args: ["-s", "--", "x"],
      problems: [],
    });
  });

  test("takes the first word that is no flag for the command when nothing is ambiguous", () => {
    expect(parse("-e", "1s", "curl", "-s", "-v", "http://x")).toMatchObject({
      command: "curl",
      args: ["-s", "-v", "http://x"],
      problems: [],
    });
    expect(parse("-e", "1s", "npm", "run", "x", "--", "--watch")).toMatchObject({ command: "npm", problems: [] });
  });

  test("asks for -- when a flag after the command may be meant for either", () => {
    expect(parse("-e", "1s", "echo", "--times", "3").problems).toEqual([
      '--times stands after the command "echo" and may be meant for either: write -- before the command',
    ]);
  });

  test("tells everything that is wrong at once, with the nearest flag [RPT-19, RPT-200]", () => {
    const { problems } = parse(
      "--evry",
      "5s",
      "--times",
      "few",
      "--for",
      "10",
      "--catch-up",
      "al",
      "--jitter",
      "101%",
      "--timeout",
      "--",
      "x",
    );
    expect(problems).toEqual([
      "--evry is no flag; did you mean --every?",
      '--times "few" is no whole number',
      '--for "10" lacks a unit: write 10s for seconds',
      '--catch-up "al" is none of one, all, none',
      '--jitter "101%" is more than 100%',
      "--timeout needs a value",
    ]);
  });

  test("keeps several variables, and lets the last of other flags win", () => {
    const { values } = parse("--env", "A=1", "--env", "B=x=y", "-t", "1", "-t", "2", "--", "x");
    expect([values.get("env"), values.get("times")]).toEqual([["A=1", "B=x=y"], 2]);
  });

  test("reads patterns as Go writes them, and switches that are switched off", () => {
    const { values } = parse(
      "--failure-pattern",
      "(?i)error|fail",
      "--http-no-parse-json",
      "--http-parse-headers=false",
      "--",
      "x",
    );
    expect(values.get("failure-pattern")).toEqual(/error|fail/i);
    expect([values.get("http-parse-json"), values.get("http-parse-headers")]).toEqual([false, false]);
    expect(parse("--success-pattern", "(", "--", "x").problems[0]).toMatch(
      /^--success-pattern "\(" is no regular expression/,
    );
  });
});

describe("splitAtMode", () => {
  test("finds the mode behind flags and their values", () => {
    expect(splitAtMode(["--config", "x.toml", "--quiet", "i", "-e", "1s"], INDEX)).toEqual({
      before: ["--config", "x.toml", "--quiet"],
      mode: "i",
      after: ["-e", "1s"],
    });
  });
});

describe("the tables", () => {
  test("name each mode, flag and spelling once", () => {
    const modes = MODES.flatMap(({ name, aliases }) => [name, ...aliases]);
    const flags = FLAGS.flatMap((flag) => [...spellingsOf(flag), ...(flag.off ? [flag.off] : [])]);
    expect([new Set(modes).size, new Set(flags).size]).toEqual([modes.length, flags.length]);
  });

  test("have the modes and aliases of the upstream [RPT-1, RPT-16]", () => {
    const upstream =
      "interval int i,count cnt c,duration dur d,cron cr,adaptive adapt a,load-adaptive load la,rate-limit rate rl r,exponential exp,fibonacci fib,linear lin,polynomial poly,decorrelated-jitter dj,backoff";
    for (const group of upstream.split(",")) {
      const [name, ...aliases] = group.split(" ");
      for (const word of [name!, ...aliases]) expect(findMode(word)?.name, word).toBe(name);
    }
  });

  test("have examples that parse", () => {
    const core = MODES.filter(({ scheduler }) => !scheduler);
    for (const { examples } of core) {
      for (const [line] of examples) {
        const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!);
        expect(parse(...words.slice(2)).problems, line).toEqual([]);
      }
    }
  });
});
