import { describe, expect, test } from "vitest";
import { type CliOptions, openProject } from "./run-cli.ts";
import { Screen } from "./screen.ts";

const once = ["signage", "run", "--once"];
const ESCAPE = "\u001B";

/** Says in its error and in its log what no terminal should obey. */
const HOSTILE = {
  name: "hostile",
  provides: { source: ["hostile"] },
  source: `
    import { definePlugin, defineSource } from "@berth/sdk";
    const text = "\\u001b]0;owned\\u0007\\u001b[2J\\u202Egnp.live\\r\\n2026-01-01T00:00:00.000Z  home  success  \\u009b31m";
    export default definePlugin({
      provides: [defineSource("hostile", {
        create: (_config, ctx) => ({
          fetch: async () => {
            ctx.log.warn(text);
            throw new Error(text);
          },
        }),
      })],
    });`,
};

describe("colour", () => {
  const TERMINAL = { isTTY: true, columns: 120 };
  const MATRIX: [string, CliOptions, string[], boolean][] = [
    ["a pipe", {}, [], false],
    ["a terminal", TERMINAL, [], true],
    ["a terminal with NO_COLOR", { ...TERMINAL, env: { NO_COLOR: "1" } }, [], false],
    ["a terminal with an empty NO_COLOR", { ...TERMINAL, env: { NO_COLOR: "" } }, [], true],
    ["a terminal with --no-color", TERMINAL, ["--no-color"], false],
    ["a terminal that is dumb", { ...TERMINAL, env: { TERM: "dumb" } }, [], false],
    ["a pipe with FORCE_COLOR", { env: { FORCE_COLOR: "1" } }, [], true],
    ["a pipe with FORCE_COLOR=0", { env: { FORCE_COLOR: "0" } }, [], false],
    ["a pipe with CLICOLOR_FORCE", { env: { CLICOLOR_FORCE: "1" } }, [], true],
    ["FORCE_COLOR and NO_COLOR", { ...TERMINAL, env: { FORCE_COLOR: "1", NO_COLOR: "1" } }, [], false],
    ["FORCE_COLOR and --no-color", { env: { FORCE_COLOR: "1" } }, ["--no-color"], false],
  ];

  test.each(MATRIX)("on %s", async (_what, options, flags, isColoured) => {
    await using project = await openProject({ sources: [{ id: "home" }] });
    const { out } = await project.run(["signage", "plan", ...flags], options);
    expect(out).toContain("home");
    // oxlint-disable-next-line no-control-regex -- looking for colours is the purpose
    expect(/\u001B\[[0-9;]*m/.test(out)).toBe(isColoured);
  });

  test.each(MATRIX)("of log lines on %s", async (_what, options, flags, isColoured) => {
    await using project = await openProject({ sources: [{ id: "home", config: { fault: "denied-fetch" } }] });
    const { err } = await project.run([...once, "--json", ...flags], options);
    expect(err).toContain("Denied");
    // oxlint-disable-next-line no-control-regex -- looking for colours is the purpose
    expect(/\u001B\[[0-9;]*m/.test(err)).toBe(isColoured);
  });
});

describe("piped output", () => {
  test("is plain lines, one a run, without escape codes or redrawing", async () => {
    const sources = [{ id: "home" }, { id: "bad", config: { fault: "throw" } }];
    await using project = await openProject({ sources });
    const { out, err } = await project.run(once);
    expect(out.trimEnd().split("\n")).toHaveLength(2);
    expect(out + err).not.toContain(ESCAPE);
    expect(out).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z {2}home {2}success {2}/m);
  });

  test("is plain on a terminal of a build server, too", async () => {
    await using project = await openProject({ sources: [{ id: "home" }] });
    const { out } = await project.run(once, { isTTY: true, env: { CI: "true", NO_COLOR: "1" } });
    expect(out.trimEnd().split("\n")).toHaveLength(1);
    expect(out).not.toContain(ESCAPE);
  });
});

describe("text from a plugin", () => {
  // oxlint-disable-next-line no-control-regex -- whatever could drive a terminal
  const DRIVES = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200B-\u200F\u202A-\u202E\u2066-\u2069]/;

  test("cannot drive the terminal, forge a line or turn text round, in lines and in the log", async () => {
    await using project = await openProject({ sources: [{ id: "home", type: "hostile" }], plugins: [HOSTILE] });
    const { code, out, err } = await project.run(once);
    expect(code).toBe(1);
    expect(out).not.toMatch(DRIVES);
    expect(err).not.toMatch(DRIVES);
    expect(out.trimEnd().split("\n")).toHaveLength(1);
    expect(out).toContain("home  failed");
    expect(out).toContain("\\u001b]0;owned\\u0007");
    expect(err.split("\n").filter((line) => /^\d{4}-/.test(line))).toEqual([]);
  });

  test("nor in the table", async () => {
    await using project = await openProject({ sources: [{ id: "home", type: "hostile" }], plugins: [HOSTILE] });
    const screen = new Screen();
    const options = { isTTY: true, columns: 200, env: { NO_COLOR: "1" } };
    const onText = (text: string): void => screen.write(text);
    await project.run([...once, "--log-level", "error"], { ...options, onText });
    // The screen of this test would have thrown at a sequence that is not the table's own.
    expect(screen.text).not.toMatch(DRIVES);
    expect(screen.text.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^SOURCE +STATE/),
      expect.stringMatching(/^home +failed .*\\u001b\]0;owned/),
    ]);
  });

  test("nor in JSON", async () => {
    await using project = await openProject({ sources: [{ id: "home", type: "hostile" }], plugins: [HOSTILE] });
    const { out } = await project.run([...once, "--json"]);
    for (const line of out.trimEnd().split("\n")) expect(() => JSON.parse(line) as unknown).not.toThrow();
    // oxlint-disable-next-line no-control-regex -- the C0 ones, which JSON escapes
    expect(out).not.toMatch(/[\u0000-\u0009\u000B-\u001F]/);
  });
});

describe("a narrow terminal", () => {
  test("gets a table that fits, by COLUMNS or by its own width", async () => {
    const sources = [
      { id: "a_very_long_name_of_a_source_that_nobody_needs" },
      { id: "bad", config: { fault: "throw" } },
    ];
    await using project = await openProject({ sources });
    const { out } = await project.run(["signage", "plan"], { env: { COLUMNS: "60" } });
    for (const line of out.trimEnd().split("\n")) expect(line.length).toBeLessThanOrEqual(60);
    const screen = new Screen();
    const onText = (text: string): void => screen.write(text);
    await project.run(once, { isTTY: true, columns: 76, env: { NO_COLOR: "1" }, onText });
    const lines = screen.text.trimEnd().split("\n");
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(76);
    expect(lines[1]).toMatch(/^a_very\w*… +success/);
  });

  test("gets as much of it as there is room for at 40 columns, and never a broken line", async () => {
    await using project = await openProject({ sources: [{ id: "home" }, { id: "kitchen" }] });
    const screen = new Screen();
    const onText = (text: string): void => screen.write(text);
    await project.run(once, { isTTY: true, env: { NO_COLOR: "1", COLUMNS: "40" }, columns: 40, onText });
    const lines = screen.text.trimEnd().split("\n");
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(40);
    expect(lines[1]).toMatch(/^home +success/);
  });
});
