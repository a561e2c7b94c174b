import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { RprFolder } from "./run-rpr.ts";

const tags = ["slow"];

/** Whether a process is there, and not only as a name that nobody has asked for yet. */
async function isRunning(pid: number): Promise<boolean> {
  try {
    const { readFile } = await import("node:fs/promises");
    return !/^\d+ \(.*\) Z/.test(await readFile(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

describe("the end of rpr", { tags }, () => {
  test("comes at once after the last run, however long the interval", async () => {
    await using folder = await RprFolder.open();
    expect(await folder.run(["interval", "--every", "24h", "--times", "1", "--", "echo", "hi"])).toEqual({
      code: 0,
      out: "hi\n",
      err: "",
    });
  });

  test("says by its exit code how runs went", async () => {
    await using folder = await RprFolder.open();
    const code = async (...words: string[]): Promise<number | null> => (await folder.run(words)).code;
    expect(await code("c", "-t", "2", "--", "true")).toBe(0);
    expect(await code("c", "-t", "2", "--", "false")).toBe(1);
    expect(await code("c", "-t", "1", "--success-pattern", "ready", "--", "sh", "-c", "echo ready; exit 7")).toBe(0);
    expect(await code("c", "-t", "1", "--failure-pattern", "(?i)error", "--", "echo", "an Error")).toBe(1);
    expect(await code("c", "-t", "9", "--until-success", "--", "sh", "-c", "echo >> n; test $(wc -l < n) -ge 3")).toBe(
      0,
    );
    expect(await code("c", "-t", "9", "--until-success", "--", "false")).toBe(1);
    expect(await code("d", "-f", "50ms", "-e", "20ms", "--", "true")).toBe(0);
    expect(await code("c", "-t", "1", "--timeout", "50ms", "--", "sleep", "10")).toBe(1);
    expect(await code("c", "-t", "9", "--max-consecutive-failures", "2", "--", "false")).toBe(1);
    expect(await code("interval", "--evry", "1s", "--", "x")).toBe(2);
    expect(await code("nonsense")).toBe(2);
    expect(await code()).toBe(2);
    expect(await code("--help")).toBe(0);
  });

  test("comes before a run that would be past --until, and is not waited for", async () => {
    await using folder = await RprFolder.open();
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const outcome = await folder.run(["i", "-e", "2h", "--until", until, "-v", "--", "echo", "hi"]);
    expect(outcome).toMatchObject({ code: 0, out: "[stdout:echo] hi\n" });
    expect(outcome.err).toContain("Ended: the time has come");
  });

  test("comes with the last of --max-consecutive-failures; a success between begins anew", async () => {
    await using folder = await RprFolder.open();
    const script = "echo x | tee -a n; test $(wc -l < n) -eq 2";
    const words = ["c", "-t", "9", "--max-consecutive-failures", "2", "-v", "--", "sh", "-c", script];
    const { code, out, err } = await folder.run(words);
    expect({ code, runs: out.split("\n").length - 1 }).toEqual({ code: 1, runs: 4 });
    expect(err).toContain("Ended: too many failures in a row");
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("on %s lets the command finish, and then gives %d", async (signal, code) => {
    await using folder = await RprFolder.open();
    const { child, ended, said } = folder.start([
      "i",
      "-e",
      "1h",
      "--",
      "sh",
      "-c",
      "echo begun; sleep 0.5; echo done",
    ]);
    await said(/begun/);
    child.kill(signal);
    const outcome = await ended;
    expect({ code: outcome.code, out: outcome.out.toString() }).toEqual({ code, out: "begun\ndone\n" });
  });

  test("lets a command that is told to end clean up", async () => {
    await using folder = await RprFolder.open();
    const script = "trap 'echo cleaned; exit 0' TERM; echo begun; while :; do sleep 0.05; done";
    const { child, ended, said } = folder.start(["i", "-e", "1h", "--grace", "100ms", "--", "sh", "-c", script]);
    await said(/begun/);
    child.kill("SIGINT");
    const outcome = await ended;
    expect({ code: outcome.code, out: outcome.out.toString() }).toEqual({ code: 130, out: "begun\ncleaned\n" });
  });

  test("leaves no process of the command behind, neither after its grace time nor on a second signal", async () => {
    await using folder = await RprFolder.open();
    const script = "trap '' TERM; sleep 1000 & echo child $!; while :; do sleep 0.05; done";
    for (const [grace, signals] of [
      ["100ms", 1],
      ["1h", 2],
    ] as const) {
      const { child, ended, said } = folder.start(["i", "-e", "1h", "--grace", grace, "--", "sh", "-c", script]);
      await said(/child \d+\n/);
      child.kill("SIGINT");
      // The second is another press of the key, not the same one heard twice.
      if (signals === 2) setTimeout(() => child.kill("SIGINT"), 200);
      const { code, out } = await ended;
      const pid = Number(/child (\d+)/.exec(out.toString())![1]);
      expect({ code, isLeft: await isRunning(pid) }).toEqual({ code: 130, isLeft: false });
    }
  });

  test("comes on a second signal even when nobody reads the output", async () => {
    await using folder = await RprFolder.open();
    const { child, ended, said } = folder.start(["i", "-e", "1h", "--", "sh", "-c", "echo begun; cat /dev/zero"]);
    await said(/begun/);
    child.stdout!.pause();
    child.kill("SIGINT");
    child.stderr!.once("data", () => child.kill("SIGINT"));
    const [code] = (await once(child, "exit")) as [number];
    expect(code).toBe(130);
    child.stdout!.resume();
    await ended;
  });

  test("by a kill leaves a state from which the next start goes on", async () => {
    await using folder = await RprFolder.open();
    const words = [
      "count",
      "-t",
      "6",
      "-e",
      "20ms",
      "--state",
      "state.json",
      "--",
      "sh",
      "-c",
      "echo x >> ran; test $(wc -l < ran) -eq 3 && sleep 1 ; echo ran",
    ];
    const { child, ended, said } = folder.start(words);
    await said(/ran\nran\n/);
    child.kill("SIGKILL");
    await ended;
    const kept = JSON.parse(await folder.read("state.json")) as { runs: number };
    expect(kept.runs).toBeGreaterThanOrEqual(1);
    const { out } = await folder.run(words);
    expect(out.split("\n").length - 1).toBe(6 - kept.runs);
    // It is complete: what comes next is a new series.
    await expect(folder.read("state.json")).rejects.toThrow("ENOENT");
  });

  test("is refused before a run where a state is of another series or broken", async () => {
    await using folder = await RprFolder.open();
    await folder.write("state.json", "{");
    const broken = await folder.run(["c", "-t", "1", "--state", "state.json", "--", "echo", "hi"]);
    expect(broken).toMatchObject({ code: 2, out: "", err: expect.stringContaining("it is no state of rpr") });
    const other = {
      version: 1,
      series: "[]",
      begunAt: 0,
      lastSlot: null,
      runs: 0,
      successes: 0,
      failures: 0,
      consecutiveFailures: 0,
    };
    await folder.write("state.json", JSON.stringify(other));
    const refused = await folder.run(["c", "-t", "1", "--state", "state.json", "--", "echo", "hi"]);
    expect(refused).toMatchObject({ code: 2, out: "", err: expect.stringContaining("another series") });
  });
});
