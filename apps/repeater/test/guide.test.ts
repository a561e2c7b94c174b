import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FLAGS } from "../src/flags/flag-table.ts";
import { MODES } from "../src/flags/mode-table.ts";
import { RUN_FLAGS } from "../src/jobs/job-flags.ts";
import { RprFolder } from "./run-rpr.ts";

const GUIDE = join(import.meta.dirname, "../../../docs/guide/repeater.md");

/** The words of a command line, quotes taken off. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!);
}

describe("the guide to rpr", () => {
  test("has every mode with its aliases in its table [RPT-21, RPT-177]", async () => {
    const guide = await readFile(GUIDE, "utf8");
    for (const { name, aliases } of MODES) {
      const row = guide.split("\n").find((line) => line.startsWith(`| \`${name}\``));
      expect(row?.split("|")[2]?.trim(), name).toBe(aliases.map((alias) => `\`${alias}\``).join(", "));
    }
  });

  test("names only flags that there are", async () => {
    const guide = await readFile(GUIDE, "utf8");
    const known = new Set([
      ...[...FLAGS, ...RUN_FLAGS].map(({ name }) => `--${name}`),
      "--no-table",
      "--base-delay",
      "--increment",
      "--initial",
      "--max",
      "--base-interval",
      "--rate",
      "--attempts",
      "--origin",
      "--compat",
      "--flag",
      "--help",
    ]);
    const named = [...guide.matchAll(/--[a-z][a-z-]+/g)].map(([flag]) => flag);
    expect(named.filter((flag) => !known.has(flag))).toEqual([]);
  });

  test("shows a configuration that is read", async () => {
    await using folder = await RprFolder.open();
    const [, file] = /```toml\n([^]*?)```/.exec(await readFile(GUIDE, "utf8"))!;
    await folder.write("rpr.toml", file!);
    const { code, out } = await folder.run(["config", "show", "--config", "rpr.toml"]);
    expect([code, out]).toEqual([0, expect.stringContaining("timeout")]);
  });

  test("shows command lines that would run", { tags: ["slow"] }, async () => {
    await using folder = await RprFolder.open();
    const guide = await readFile(GUIDE, "utf8");
    const lines = [...guide.matchAll(/```console\n([^]*?)```/g)].flatMap(([, block]) => block!.trimEnd().split("\n"));
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) {
      const words = wordsOf(line.replace(" -- ", " --dry-run -- ")).slice(1);
      const { code, out } = await folder.run(words);
      expect({ line, code, out }).toEqual({ line, code: 0, out: expect.stringMatching(/^run 1 at /) });
    }
  });
});
