import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { RprFolder } from "./run-rpr.ts";

const EXAMPLE = join(import.meta.dirname, "../../../examples/repeater/jobs.yaml");

const linesOf = (text: string): string[] => text.trimEnd().split("\n");

describe("rpr run", { tags: ["slow"] }, () => {
  test("runs the jobs of the example side by side, each to its end", async () => {
    await using folder = await RprFolder.open();
    const { code, out, err } = await folder.run(["run", EXAMPLE]);
    expect(linesOf(out).filter((line) => line === "[beat] alive")).toHaveLength(3);
    expect(linesOf(out).filter((line) => line.startsWith("[disk] "))).toHaveLength(1);
    expect(out).not.toContain("[night]");
    expect(err).toMatch(/^rpr: connect: run 1 failed in \S+: exit code 1\n$/);
    expect(code).toBe(0);
    expect(await folder.read("disk.log")).toContain("%");
  });

  test("reads the same from TOML, keys also as they are typed, and lays defaults and overlays below", async () => {
    await using folder = await RprFolder.open();
    await folder.write(
      "jobs.toml",
      'version = 1\n[defaults]\nenv = { A = "all" }\n[jobs.a]\ntimes = 1\ncommand = "echo $A"\n[jobs.b]\ntimes = 1\nenv = { A = 1 }\noutput-prefix = ">"\ncommand = ["sh", "-c", "echo $A; exit 3"]\nmax-consecutive-failures = 1\n',
    );
    const { code, out } = await folder.run(["run", "jobs.toml"]);
    expect({ code, out: linesOf(out).toSorted() }).toEqual({ code: 1, out: ["> 1", "[a] all"] });
    await folder.write("jobs.quick.toml", "[jobs.b]\ncommand = ['true']\n");
    expect(await folder.run(["run", "jobs.toml"], { BERTH_ENV: "quick" })).toMatchObject({ code: 0, out: "[a] all\n" });
  });

  test("gives a document for each run, and runs only the jobs that are named", async () => {
    await using folder = await RprFolder.open();
    await folder.write("j.yaml", "jobs: { a: { times: 2, command: echo x }, b: { times: 1, command: echo y } }");
    const { out } = await folder.run(["run", "j.yaml", "--json", "--only", "a"]);
    expect(linesOf(out).map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { version: 1, job: "a", run: 1, success: true, stdout: "x\n" },
      { version: 1, job: "a", run: 2, success: true, stdout: "x\n" },
    ]);
    expect(await folder.run(["run", "j.yaml", "--only", "c"])).toMatchObject({
      code: 2,
      err: expect.stringContaining('there is no job "c"'),
    });
  });

  test("tells everything that is wrong at once, with its place and the nearest name", async () => {
    await using folder = await RprFolder.open();
    const lines = [
      "max_paralel: 3",
      "defaults: { timeout: '30' }",
      "jobs:",
      "  a: { evry: 10s, command: x }",
      "  b: { cron: '99 * * * *', command: x }",
      "  c: { mode: exponentia, command: x }",
      "  d: { mode: exponential, atempts: 3, base_delay: 5, command: x }",
      "  e: { times: 0 }",
      "  f: { every: '${NOPE}', command: x }",
      "  g: { cron: '* * * * *', every: 5s, command: x }",
      "  h: { times: 1, until-success: true, until_success: true, command: x }",
    ];
    await folder.write("bad.yaml", lines.join("\n"));
    for (const flag of ["--validate", "--dry-run", "--quiet"]) {
      const { code, out, err } = await folder.run(["run", "bad.yaml", flag]);
      expect({ code, out }).toEqual({ code: 2, out: "" });
      const told = linesOf(err).map((line) => line.replace(/^rpr: /, ""));
      expect(told.map((line) => line.split(" ", 2).join(" ")).toSorted()).toEqual(
        [
          "bad.yaml:1:1 max_paralel:",
          "bad.yaml:2:22 defaults.timeout:",
          "bad.yaml:4:8 jobs.a.evry:",
          "bad.yaml:4:3 jobs.a:",
          "bad.yaml:5:14 jobs.b.cron:",
          "bad.yaml:6:14 jobs.c.mode:",
          "bad.yaml:7:27 jobs.d.atempts:",
          "bad.yaml:7:51 jobs.d.base_delay:",
          "bad.yaml:8:3 jobs.e.command:",
          "bad.yaml:8:15 jobs.e.times:",
          "bad.yaml:9:15 jobs.f.every:",
          "bad.yaml:10:27 jobs.g.every:",
          "bad.yaml:11:39 jobs.h.until_success:",
          "Cannot use",
        ].toSorted(),
      );
      expect(err).toContain("is not known; did you mean every?");
      expect(err).toContain("is no mode; did you mean exponential?");
      expect(err).toContain("Cannot use bad.yaml: 13 problems");
    }
    expect(await folder.run(["run", "none.yaml"])).toMatchObject({ code: 2 });
    expect(await folder.run(["run", "--only", "a"])).toMatchObject({ code: 2 });
    await folder.write("ok.yaml", "jobs: { a: { times: 2, command: x } }");
    expect(await folder.run(["run", "ok.yaml", "--validate"])).toEqual({
      code: 0,
      out: "ok.yaml: 1 job, nothing is wrong\n",
      err: "",
    });
    expect((await folder.run(["run", "ok.yaml", "--dry-run"])).out).toMatch(/^a:\n {2}run 1 at /);
  });

  test("takes every long spelling of a flag for a key, and says how numbers of a command are written", async () => {
    await using folder = await RprFolder.open();
    const jobs = [
      "a: { mode: fibonacci, initial: 1ms, max: 5ms, times: 2, command: echo a }",
      "b: { cron: '@daily', tz: Europe/Berlin, max-failures: 1, command: echo b }",
    ];
    await folder.write("j.yaml", `jobs:\n  ${jobs.join("\n  ")}\n`);
    expect(await folder.run(["run", "j.yaml", "--only", "a"])).toEqual({ code: 0, out: "[a] a\n[a] a\n", err: "" });
    expect(await folder.run(["run", "j.yaml", "--validate"])).toMatchObject({ code: 0 });
    await folder.write("bad.yaml", "jobs: { a: { times: 1, max_failures: x, command: [sleep, 0, true] } }");
    expect((await folder.run(["run", "bad.yaml"])).err).toBe(
      [
        "rpr: bad.yaml:1:38 jobs.a.max_failures: is no whole number",
        'bad.yaml:1:58 jobs.a.command[1]: must be text: write it in quotes, "0"',
        'bad.yaml:1:61 jobs.a.command[2]: must be text: write it in quotes, "true"',
        "Cannot use bad.yaml: 3 problems",
        "",
      ].join("\n"),
    );
  });

  test("lets what runs finish on SIGTERM, begins nothing more, and goes on by its state where it ended", async () => {
    await using folder = await RprFolder.open();
    const job = (name: string): string =>
      `  ${name}: { every: 10ms, times: 3, command: "echo ${name} >> log; echo begun; test -e go || sleep 0.3" }\n`;
    await folder.write("jobs.yaml", `state: kept.state\nmax_parallel: 1\njobs:\n${job("a")}${job("b")}`);
    const rpr = folder.start(["run", "jobs.yaml"]);
    await rpr.said(/\[a\] begun/);
    rpr.child.kill("SIGTERM");
    expect((await rpr.ended).code).toBe(143);
    expect(await folder.read("log")).toBe("a\n");
    await folder.write("go", "");
    expect(await folder.run(["run", "jobs.yaml"])).toMatchObject({ code: 0, err: "" });
    const ran = linesOf(await folder.read("log"));
    expect([ran.filter((line) => line === "a"), ran.filter((line) => line === "b")]).toEqual([
      ["a", "a", "a"],
      ["b", "b", "b"],
    ]);
    // All is complete: the next start begins anew.
    await expect(folder.read("kept.state")).rejects.toThrow("ENOENT");
  });

  test("takes the runs of a killed process for begun, and refuses a file that is no state", async () => {
    await using folder = await RprFolder.open();
    await folder.write(
      "jobs.yaml",
      'jobs: { a: { times: 3, command: "echo a >> log; echo begun; test -e go || sleep 5" } }',
    );
    const rpr = folder.start(["run", "jobs.yaml", "--state", "s"]);
    await rpr.said(/begun/);
    rpr.child.kill("SIGKILL");
    await rpr.ended;
    await folder.write("go", "");
    expect(await folder.run(["run", "jobs.yaml", "--state", "s"])).toMatchObject({ code: 0 });
    const ran = linesOf(await folder.read("log"));
    expect(ran).toEqual(["a", "a", "a", "a"]);
    await folder.write("s", "a note\n");
    expect(await folder.run(["run", "jobs.yaml", "--state", "s"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("it is no state of rpr run"),
    });
  });

  test("goes on with the other jobs when one cannot", async () => {
    await using folder = await RprFolder.open();
    await folder.write(
      "j.yaml",
      "jobs: { a: { times: 1, output_file: none/x, command: echo a }, b: { times: 1, command: echo b } }",
    );
    const { code, out, err } = await folder.run(["run", "j.yaml"]);
    expect({ code, out }).toEqual({ code: 1, out: "[b] b\n" });
    expect(err).toContain("rpr: a: cannot go on: Cannot write");
  });
});
