import { spawnSync } from "node:child_process";
import { chmod, mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { describe, expect, test } from "vitest";

const BERTH = join(import.meta.dirname, "../bin/berth.js");

/** The library that makes the scripts prints them itself, so only the real program shows what comes out. */
const berth = (...argv: string[]) => spawnSync(process.execPath, [BERTH, ...argv], { encoding: "utf8" });

describe("berth completion", () => {
  test.each([
    ["bash", /complete -F \S+ berth/],
    ["zsh", /#compdef berth/],
    ["fish", /complete -c berth/],
    ["powershell", /Register-ArgumentCompleter.*berth/s],
  ])("prints a script for %s", { tags: ["slow"] }, (shell, pattern) => {
    const { status, stdout, stderr } = berth("completion", shell);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(pattern);
    expect(stdout).not.toContain("undefined");
  });

  test("script for bash is sound, and completes commands and flags", { tags: ["slow"] }, async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-cli-"));
    const script = join(folder.path, "berth.bash");
    await writeFile(script, berth("completion", "bash").stdout);
    // The program as it is installed: by its name, on PATH.
    const program = join(folder.path, "berth");
    await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${BERTH}' "$@"\n`);
    await chmod(program, 0o755);
    const env = { ...process.env, PATH: [folder.path, process.env["PATH"]].join(delimiter) };
    expect(spawnSync("bash", ["-n", script], { encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });

    /** What bash offers for the last word. The package bash-completion and a key press would bring the two functions. */
    const complete = (...words: string[]): string[] => {
      const program = [
        '_get_comp_words_by_ref() { cur="${WORDS[-1]}" prev="${WORDS[-2]}" words=("${WORDS[@]}") cword=$((${#WORDS[@]} - 1)); }',
        "compopt() { :; }",
        `. '${script}'`,
        `WORDS=(${words.map((word) => `'${word}'`).join(" ")})`,
        "handler=$(complete -p berth | sed 's/.*-F \\([^ ]*\\).*/\\1/')",
        "$handler",
        'printf "%s\\n" "${COMPREPLY[@]}"',
      ].join("\n");
      const { stdout, stderr } = spawnSync("bash", ["-c", program], { encoding: "utf8", env });
      expect(stderr).toBe("");
      return stdout.trimEnd().split("\n");
    };
    expect(complete("berth", "sig")).toEqual(["signage"]);
    expect(complete("berth", "signage", "va")).toEqual(["validate"]);
    expect(complete("berth", "signage", "run", "--on")).toEqual(["--once"]);
    expect(complete("berth", "plugins", "per")).toEqual(["permissions"]);
    expect(complete("berth", "plugins", "grant", "--netw")).toEqual(["--network"]);
    expect(complete("berth", "plugins", "prof")).toEqual(["profile"]);
    expect(complete("berth", "plugins", "logs", "--fol")).toEqual(["--follow"]);
    expect(complete("berth", "doc")).toEqual(["doctor"]);
  });
});
