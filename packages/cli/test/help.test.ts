import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCli } from "./run-cli.ts";

const SIGNAGE = ["run", "validate", "plan", "render", "migrate", "init"];
const PLUGINS = [
  "list",
  "info",
  "validate",
  "enable",
  "disable",
  "reload",
  "rollback",
  "profile",
  "heap",
  "logs",
  "log-level",
  "deps",
  "check-deps",
  "permissions",
  "grant",
  "revoke",
];

describe("help", () => {
  test("of the program names every command, and shows how to begin", async () => {
    const { code, out, err } = await runCli(["--help"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^Usage: berth \[options\] \[command\]\n/);
    expect(out).toMatch(/^ {2}signage {2,}\S/m);
    expect(out).toMatch(/^ {2}completion <shell> {2,}\S/m);
    expect(out).toContain("Examples:\n  berth signage init");
    expect(out).not.toMatch(/^ {2}complete\b/m);
  });

  test.each([
    ["signage"],
    ...SIGNAGE.map((name) => ["signage", name]),
    ["plugins"],
    ...PLUGINS.map((name) => ["plugins", name]),
    ["run"],
    ["doctor"],
    ["completion"],
  ])("of %s %s says what it is for and shows an example [SIG-79] [SIG-176]", async (...words) => {
    const names = words.filter((word) => typeof word === "string");
    const { code, out, err } = await runCli([...names, "--help"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const [usage, , description] = out.split("\n");
    expect(usage).toMatch(new RegExp(`^Usage: berth ${names.join(" ")}`));
    expect(description).toMatch(/^[a-z].{15,}/);
    expect(out).toMatch(new RegExp(`Examples?:\\n  berth ${names.join(" ")}`));
    expect(out.split("\n").filter((line) => line.length > 120)).toEqual([]);
  });

  test("of signage run says what --once, --dry-run, --migrate and --validate do, and what the exit codes mean [SIG-79] [SIG-176] [SIG-180]", async () => {
    const { out } = await runCli(["signage", "run", "--help"]);
    for (const flag of ["--once", "--source <id...>", "--dry-run", "--json", "--migrate", "--validate", "--no-color"]) {
      expect(out).toMatch(new RegExp(`^ {2}${flag.replace(/[.]/g, "\\.")} {2,}\\S`, "m"));
    }
    expect(out).toContain("for an external");
    expect(out).toContain("Exit codes: 0 all fine, 1 a source failed, 2 usage or configuration, 130/143");
  });

  test("is what a program without a command says, as a wrong use", async () => {
    const { code, out, err } = await runCli([]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("Usage: berth");
  });

  test("--version is that of the package", async () => {
    const manifest = JSON.parse(await readFile(join(import.meta.dirname, "../package.json"), "utf8")) as object;
    expect(await runCli(["--version"])).toMatchObject({
      code: 0,
      out: `${(manifest as { version: string }).version}\n`,
    });
  });
});

describe("a mistyped command line", () => {
  test.each([
    [["signge"], "unknown command 'signge'", "Did you mean signage?"],
    [["signage", "rnu"], "unknown command 'rnu'", "Did you mean run?"],
    [["signage", "valdate"], "unknown command 'valdate'", "Did you mean validate?"],
    [["signage", "run", "--onec"], "unknown option '--onec'", "Did you mean --once?"],
    [["signage", "plan", "--jsn"], "unknown option '--jsn'", "Did you mean --json?"],
    [["signage", "run", "--config"], "option '--config <file>' argument missing", "--help"],
    [["completion", "bsh"], 'unknown shell "bsh"; use one of bash, zsh, fish, powershell', ""],
  ])("%j ends with 2, and says what was meant", async (argv, sentence, hint) => {
    const { code, out, err } = await runCli(argv);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(`error: ${sentence}`);
    expect(err).toContain(hint);
  });

  test("is an error in JSON for those who asked for JSON", async () => {
    const { code, out } = await runCli(["signage", "run", "--json", "--onec"]);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toEqual({
      version: 1,
      error: { code: "CONFIG_INVALID", message: "unknown option '--onec'\n(Did you mean --once?)" },
    });
  });

  test("with control characters in it cannot drive the terminal", async () => {
    const { err } = await runCli(["\u001B[2Jsignage"]);
    expect(err).not.toContain("\u001B");
  });
});
