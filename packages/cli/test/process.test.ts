import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openProject, type Project } from "./run-cli.ts";

const BERTH = join(import.meta.dirname, "../bin/berth.js");
const tags = ["slow"];

/** The real program in the project's folder, and what it says. */
function start(project: Project, argv: readonly string[]) {
  const child = spawn(process.execPath, [BERTH, ...argv], { cwd: project.path, stdio: ["ignore", "pipe", "pipe"] });
  const texts = { out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => (texts.out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (texts.err += chunk.toString()));
  const ended = ending(child).then((exit) => ({ ...exit, ...texts }));
  const said = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(texts.out)) await once(child.stdout, "data");
  };
  return { child, ended, said };
}

async function ending(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return { code, signal };
}

describe("the berth program", { tags }, () => {
  test("runs a source from file to picture and ends by itself [SIG-72] [SIG-151] [SIG-180]", async () => {
    await using project = await openProject({ sources: [{ id: "home" }, { id: "bad", config: { fault: "throw" } }] });
    const { code, out, err } = await start(project, ["signage", "run", "--once"]).ended;
    expect({ code, err }).toEqual({ code: 1, err: "" });
    expect(out).toMatch(/ {2}home {2}success {2}.*home\.png$/m);
    expect(out).toMatch(/ {2}bad {2}failed {2}/);
  });

  test("writes YAML as the program that is built, too", async () => {
    await using project = await openProject({ sources: [] });
    const { code, out, err } = await start(project, ["config", "show"]).ended;
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^version: 1$/m);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("on %s lets what it has begun end, and then ends with %d", async (signal, code) => {
    const sources = [{ id: "slow", config: { fault: "slow", slow: "700ms" } }, { id: "quick" }];
    await using project = await openProject({ sources });
    const { child, ended, said } = start(project, ["signage", "run", "--json"]);
    await said(/"id":"quick".*"outcome"/);
    child.kill(signal);
    const outcome = await ended;
    expect(outcome).toMatchObject({ code, signal: null });
    expect(outcome.err).toBe("Stopping: letting runs finish. Press Ctrl-C again to hurry.\n");
    expect(outcome.out).toMatch(/"id":"slow".*"outcome":"success"/);
  });

  test("on a second signal ends what it has begun, and closes all the same", async () => {
    await using project = await openProject({ sources: [{ id: "hangs", config: { fault: "ignore-signal" } }] });
    const { child, ended, said } = start(project, ["signage", "run", "--json"]);
    await said(/"started"/);
    const startedAt = performance.now();
    child.kill("SIGINT");
    setTimeout(() => child.kill("SIGINT"), 300);
    expect(await ended).toMatchObject({ code: 130, signal: null, out: expect.stringContaining("CALL_CANCELLED") });
    // A second for the source that does not listen, not the ten of a drain.
    expect(performance.now() - startedAt).toBeLessThan(6_000);
    // Closed, not torn off: the log of the database is gone.
    expect((await project.listing()).filter((file) => file.includes("-wal"))).toEqual([]);
  });

  test("ends quietly when nobody reads what it says", async () => {
    await using project = await openProject({ sources: [{ id: "one" }, { id: "two", config: { fault: "slow" } }] });
    for (const argv of [
      ["signage", "run", "--json"],
      ["signage", "run", "--once", "--json"],
      ["signage", "plan", "-n", "1000", "--json"],
      ["--help"],
    ]) {
      const { child, ended } = start(project, argv);
      await once(child.stdout, "data");
      child.stdout.destroy();
      expect(await ended, argv.join(" ")).toMatchObject({ code: 0, signal: null, err: "" });
    }
  });

  test("loads no plugin that the file does not use, and nothing for its help", async () => {
    await using project = await openProject({ sources: [{ id: "home" }] });
    await project.write("plugins/misbehaving/src/fault.json", '{ "fault": "crash-at-load" }');
    await project.write("sources.yaml", 'sources: [{ id: machine, type: system-health, schedule: "* * * * *" }]\n');
    expect(await start(project, ["signage", "plan"]).ended).toMatchObject({
      code: 0,
      err: expect.not.stringContaining("crashed"),
    });
    expect(await start(project, ["signage", "--help"]).ended).toMatchObject({ code: 0, err: "" });
  });
});
