import { mkdir } from "node:fs/promises";
import { writePlugin } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { RprFolder } from "./run-rpr.ts";

const tags = ["slow"];

/** When a dry run says that runs begin, in milliseconds from the first. */
function times(out: string): number[] {
  const at = [...out.matchAll(/^run \d+ at (\S+),/gm)].map(([, time]) => Date.parse(time!));
  return at.map((time) => time - at[0]!);
}

const OWN_PLUGIN = `
import { definePlugin, defineExecutor, defineOutput, defineScheduler, fields } from "@berth/sdk";

const steady = defineScheduler("steady", {
  config: fields({
    gap: { type: "duration", required: true, description: "between runs", flags: ["-g", "--pause"] },
    most: { type: "int", default: 2, description: "runs" },
  }),
  create: ({ gap, most }) => ({
    next: (last) => ((last?.count ?? 0) >= most ? undefined : { delayMs: last ? gap : 0, note: "exit " + last?.exitCode }),
  }),
});
const echo = defineExecutor("echo", {
  create: () => ({
    execute: async ({ command, args, env }, emit) => {
      emit({ stream: "stdout", bytes: new TextEncoder().encode([command, ...args, env.A].join(" ") + "\\n") });
      emit({ stream: "stderr", bytes: new TextEncoder().encode("said\\n") });
      return { exitCode: command === "fail" ? 3 : 0, signal: null, durationMs: 1 };
    },
  }),
});
const bad = defineScheduler("bad", { create: () => ({ next: () => ({ delayMs: "soon" }) }) });
const lines = defineOutput("lines", {
  config: fields({ word: { type: "string", required: true, description: "before each" } }),
  create: ({ word }, ctx) => ({ write: async (record) => void ctx.log.error(word + JSON.stringify([record.id, record.success, record.result.stdout])) }),
});
export default definePlugin({ provides: [steady, echo, bad, lines] });
`;

async function openProject(): Promise<RprFolder> {
  const folder = await RprFolder.open();
  await mkdir(folder.at("plugins"));
  await writePlugin(folder.at("plugins"), {
    name: "own",
    provides: { scheduler: ["steady", "bad"], executor: ["echo"], output: ["lines"] },
    source: OWN_PLUGIN,
  });
  await folder.write("berth.yaml", "log: { level: error }\nroots: [plugins]\nplugins:\n  own: { isolation: inline }\n");
  return folder;
}

describe("the modes of the plugin backoff", { tags }, () => {
  test.each([
    [
      ["exponential", "--base-delay", "1s", "--attempts", "5"],
      [0, 1_000, 3_000, 7_000, 15_000],
    ],
    [
      ["exp", "-bd=1s", "--multiplier", "3", "-md", "5s", "-a", "4"],
      [0, 1_000, 4_000, 9_000],
    ],
    [
      ["fib", "-bd", "1s", "-a", "7"],
      [0, 1_000, 2_000, 4_000, 7_000, 12_000, 20_000],
    ],
    [
      ["linear", "--increment", "2s"],
      [0, 2_000, 6_000],
    ],
    [
      ["poly", "-bd", "1s", "-exp", "2", "-a", "4"],
      [0, 1_000, 5_000, 14_000],
    ],
    [
      ["backoff", "--initial", "100ms", "--max", "300ms", "-a", "5"],
      [0, 100, 300, 600, 900],
    ],
    [
      ["b", "-i", "1s"],
      [0, 1_000, 3_000],
    ],
    [
      ["fibonacci-backoff", "--initial", "1s", "--max", "5m"],
      [0, 1_000, 2_000],
    ],
    [
      ["fibonacci", "--initial", "1s", "--max", "5m", "-t", "5"],
      [0, 1_000, 2_000, 4_000, 7_000],
    ],
    [
      ["plugin", "linear", "-inc", "1s", "-a", "2"],
      [0, 1_000],
    ],
  ])("%j wait as they say [RPT-89, RPT-97, RPT-101, RPT-113]", async (words, expected) => {
    await using folder = await RprFolder.open();
    const { code, out, err } = await folder.run([...words, "--dry-run", "--", "x"]);
    expect({ code, err, times: times(out) }).toEqual({ code: 0, err: "", times: expected });
  });

  test("end with the first success and say so by the exit code, and end at once when none is left", async () => {
    await using folder = await RprFolder.open();
    const third = ["sh", "-c", "echo try >> tries; test $(wc -l < tries) -ge 3"];
    expect(await folder.run(["exp", "-bd", "1ms", "-a", "5", "--", ...third])).toEqual({ code: 0, out: "", err: "" });
    expect((await folder.read("tries")).split("\n").length - 1).toBe(3);
    expect(await folder.run(["exp", "-bd", "1ms", "-a", "3", "--", "sh", "-c", "echo no; false"])).toEqual({
      code: 1,
      out: "no\nno\nno\n",
      err: "",
    });
    expect(await folder.run(["exp", "-bd", "1h", "--", "echo", "ok"])).toEqual({ code: 0, out: "ok\n", err: "" });
  });

  test("take settings from the configuration file, and flags over them [RPT-98]", async () => {
    await using folder = await RprFolder.open();
    await folder.write("rpr.toml", '[plugins.backoff]\nattempts = 2\n[exponential]\nbase_delay = "5s"\n');
    const dry = async (...words: string[]): Promise<number[]> =>
      times((await folder.run(["exp", "--config", "rpr.toml", ...words, "--dry-run", "--", "x"])).out);
    expect(await dry()).toEqual([0, 5_000]);
    expect(await dry("-bd", "1s", "-a", "3")).toEqual([0, 1_000, 3_000]);
  });

  test("say by the names of their flags what is wrong with them", async () => {
    await using folder = await RprFolder.open();
    const missing = await folder.run(["exp", "--", "x"]);
    expect(missing).toMatchObject({ code: 2, err: expect.stringContaining("--base-delay is required") });
    const wrong = await folder.run(["exp", "-bd", "1s", "--multiplier", "1", "--", "x"]);
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining("--multiplier must be above 1") });
    const unknown = await folder.run(["exp", "--bsae-delay", "1s", "--", "x"]);
    expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining("did you mean --base-delay?") });
  });

  test("need no installing, and --verbose names the plugin [RPT-108, RPT-113]", async () => {
    await using folder = await RprFolder.open();
    const { code, err } = await folder.run(["backoff", "--initial", "100ms", "--max", "30s", "-v", "--", "true"]);
    expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(/^rpr: backoff \(plugin backoff\): true\n/) });
  });

  test("have their flags in help and completion", async () => {
    await using folder = await RprFolder.open();
    const help = await folder.run(["poly", "--help"]);
    expect(help.out).toContain("--exponent, -exp NUMBER");
    expect(help.out).toContain("\nUsage: rpr polynomial --base-delay DURATION [FLAGS] -- COMMAND [ARGUMENTS]\n");
    const { out } = await folder.start(["complete", "--", "exp", "--mu"]).ended;
    expect(out.toString()).toContain("--multiplier\t");
  });
});

describe("a plugin of one's own", { tags }, () => {
  test("is a mode by the name of its scheduler, with flags of its schema [RPT-89, RPT-107, RPT-119]", async () => {
    await using folder = await openProject();
    const outcome = await folder.run(["steady", "--pause", "1ms", "--most", "3", "--show-metrics", "--", "echo", "hi"]);
    expect(outcome).toEqual({ code: 0, out: "hi\nhi\nhi\n", err: "rpr: exit undefined\nrpr: exit 0\nrpr: exit 0\n" });
    expect((await folder.run(["plugin", "steady", "--help"])).out).toContain("--gap, -g, --pause DURATION");
    const unknown = await folder.run(["stedy", "--", "x"]);
    expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining("did you mean steady?") });
  });

  test("that breaks its promise is named, and nothing runs", async () => {
    await using folder = await openProject();
    const outcome = await folder.run(["bad", "--", "echo", "hi"]);
    expect(outcome).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringContaining("scheduler/bad answered without a wait"),
    });
  });

  test("runs commands with --executor [RPT-90]", async () => {
    await using folder = await openProject();
    const outcome = await folder.run(["c", "-t", "1", "--executor", "echo", "--env", "A=1", "--", "one", "two"]);
    expect(outcome).toEqual({ code: 0, out: "one two 1\n", err: "said\n" });
    expect(await folder.run(["c", "-t", "1", "--executor", "echo", "-q", "--", "fail"])).toMatchObject({ code: 1 });
    const unknown = await folder.run(["c", "-t", "1", "--executor", "ecko", "--", "x"]);
    expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining('did you mean "echo"?') });
  });

  test("gets the result of each run with --output [RPT-91]", async () => {
    await using folder = await openProject();
    await folder.write("rpr.toml", '[plugins.lines]\nword = "W"\n');
    const { code, err } = await folder.run([
      "c",
      "-t",
      "2",
      "--config",
      "rpr.toml",
      "--output",
      "lines",
      "--",
      "echo",
      "hi",
    ]);
    expect(code).toBe(0);
    expect(err.match(/W\["rpr",true,"hi\\n"\]/g)).toHaveLength(2);
  });
});
