import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { RprFolder } from "./run-rpr.ts";

const tags = ["slow"];

/** The program, as a shell starts it. */
const PROGRAM = `${process.execPath} ${join(import.meta.dirname, "rpr-program.ts")}`;

describe("the output of rpr", { tags }, () => {
  test("has each line of 300 runs once and in order, and nothing beside", async () => {
    await using folder = await RprFolder.open();
    await folder.write("n", "0");
    const command = ["sh", "-c", "read n < n; n=$((n + 1)); echo $n > n; echo line $n"];
    const { code, out, err } = await folder.start(["count", "--times", "300", "--", ...command]).ended;
    expect(out.toString()).toBe(Array.from({ length: 300 }, (_, index) => `line ${index + 1}\n`).join(""));
    expect({ code, err: err.toString() }).toEqual({ code: 0, err: "" });
  });

  test("is the command's byte for byte: long lines, leading blanks, no end of line, every byte", async () => {
    await using folder = await RprFolder.open();
    const script =
      "const { writeSync } = require('fs'); const all = Buffer.concat([Buffer.from('  \\t'), Buffer.alloc(10 << 20, 120), Buffer.from([...Array(256).keys()])]); for (let at = 0; at < all.length; ) at += writeSync(1, all, at)";
    const { code, out } = await folder.start(["count", "-t", "2", "--", process.execPath, "-e", script]).ended;
    const once = Buffer.concat([Buffer.from("  \t"), Buffer.alloc(10 << 20, 120), Buffer.from([...Array(256).keys()])]);
    expect(code).toBe(0);
    expect(out.equals(Buffer.concat([once, once]))).toBe(true);
  });

  test("goes to the stream that the command wrote it to", async () => {
    await using folder = await RprFolder.open();
    const words = ["i", "-e", "1ms", "-t", "2", "--", "sh", "-c", "echo to out; echo to err >&2"];
    const { code, out, err } = await folder.start(words).ended;
    expect([code, out.toString(), err.toString()]).toEqual([0, "to out\nto out\n", "to err\nto err\n"]);
  });

  test("waits for a reader that is slow", async () => {
    await using folder = await RprFolder.open();
    const { child, ended } = folder.start(["c", "-t", "5", "--", "sh", "-c", "head -c 1000000 /dev/zero"]);
    child.stdout!.pause();
    await new Promise((resolve) => setTimeout(resolve, 700));
    child.stdout!.resume();
    expect((await ended).out.length).toBe(5_000_000);
  });

  test("ends the program when its reader has gone, without a word", async () => {
    await using folder = await RprFolder.open();
    const { child, ended, said } = folder.start(["i", "-e", "10ms", "--", "echo", "hi"]);
    await said(/hi/);
    child.stdout!.destroy();
    const { code, err } = await ended;
    expect({ code, err: err.toString() }).toEqual({ code: 0, err: "" });
  });

  test("that cannot be written ends the program with a sentence and exit code 1", async () => {
    await using folder = await RprFolder.open();
    for (const words of ["c -t 3 -- echo hi", "i -e 1h -- yes", "--help"]) {
      const program = folder.start(["c", "-t", "1", "--", "sh", "-c", `${PROGRAM} ${words} > /dev/full; echo $?`]);
      const { out, err } = await program.ended;
      expect([words, out.toString(), err.toString()]).toEqual([
        words,
        "1\n",
        "rpr: cannot write the output: ENOSPC: no space left on device, write\n",
      ]);
    }
  });

  test("that a file cannot take is told with the file's name", async () => {
    await using folder = await RprFolder.open();
    const sentence = "Cannot write /dev/full: ENOSPC: no space left on device, write\n";
    const file = await folder.run(["c", "-t", "1", "--output-file", "/dev/full", "--", "echo", "hi"]);
    expect(file).toEqual({ code: 1, out: "hi\n", err: `rpr: run 1 failed: ${sentence}` });
    const log = await folder.run(["c", "-t", "1", "--log-json", "/dev/full", "--", "echo", "hi"]);
    expect(log).toEqual({ code: 1, out: "hi\n", err: `rpr: ${sentence}` });
  });

  test("is hidden by --quiet and --stats-only, prefixed by --output-prefix and --verbose", async () => {
    await using folder = await RprFolder.open();
    const command = ["--", "sh", "-c", "printf 'a\\nb'; echo e >&2"];
    expect(await folder.run(["c", "-t", "2", "-q", ...command])).toEqual({ code: 0, out: "", err: "" });
    expect(await folder.run(["c", "-t", "2", "-o", "[x]", ...command])).toMatchObject({
      out: "[x] a\n[x] b\n[x] a\n[x] b\n",
      err: "[x] e\n[x] e\n",
    });
    const verbose = await folder.run(["c", "-t", "1", "-v", ...command]);
    expect(verbose.out).toBe("[stdout:sh] a\n[stdout:sh] b\n");
    expect(verbose.err).toMatch(
      /^rpr: count: sh -c.*\n\[stderr:sh\] e\nrpr: run 1 succeeded in .*\nEnded: all runs are done\nStatistics:\n/,
    );
    const { out } = await folder.run(["c", "-t", "3", "--stats-only", ...command]);
    expect(out).toMatch(/Total executions: 3\n {2}Successful: 3\n {2}Failed: 0\n {2}Duration: /);
  });

  test("goes into a file as well with --output-file, and as documents with --json and --log-json", async () => {
    await using folder = await RprFolder.open();
    const command = ["--", "sh", "-c", "echo out; echo err >&2; exit 3"];
    const { code, out } = await folder.run([
      "c",
      "-t",
      "2",
      "--json",
      "--log-json",
      "log.jsonl",
      "--output-file",
      "all.txt",
      ...command,
    ]);
    expect(code).toBe(1);
    const documents = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    const expected = {
      version: 1,
      success: false,
      because: "exit-code",
      exitCode: 3,
      signal: null,
      stdout: "out\n",
      stderr: "err\n",
    };
    expect(documents).toMatchObject([
      { ...expected, run: 1 },
      { ...expected, run: 2 },
    ]);
    expect(await folder.read("log.jsonl")).toBe(out);
    const lines = (await folder.read("all.txt")).trimEnd().split("\n");
    expect(lines.toSorted()).toEqual(["err", "err", "out", "out"]);
  });

  test("keeps lines of runs side by side apart", async () => {
    await using folder = await RprFolder.open();
    const command = ["sh", "-c", "for i in 1 2 3; do printf 'one '; printf 'two '; echo three; done"];
    const { out } = await folder.run(["c", "-t", "24", "--parallel", "8", "--", ...command]);
    expect(out).toBe("one two three\n".repeat(72));
  });
});
