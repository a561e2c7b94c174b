import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { RprFolder } from "./run-rpr.ts";

const tags = ["slow"];

describe("rpr", { tags }, () => {
  test("runs the command in its folder with its variables", async () => {
    await using folder = await RprFolder.open();
    const { out } = await folder.run([
      "c",
      "-t",
      "1",
      "--cwd",
      "/",
      "--env",
      "A=1",
      "--env",
      "B=x y",
      "--",
      "sh",
      "-c",
      'pwd; echo "$A $B $HOME"',
    ]);
    expect(out).toBe(`/\n1 x y ${process.env["HOME"]}\n`);
  });

  test("waits as long as an answer in the output asks", async () => {
    await using folder = await RprFolder.open();
    const answer = "HTTP/1.1 503 Busy\\r\\nRetry-After: 1\\r\\n\\r\\n";
    const { out } = await folder.run([
      "i",
      "-e",
      "10ms",
      "-t",
      "2",
      "--http-aware",
      "--json",
      "--failure-pattern",
      "what it never says",
      "--",
      "printf",
      answer,
    ]);
    const [first, second] = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { startedAt: string; holdMs: number });
    expect(first!.holdMs).toBe(1_000);
    expect(Date.parse(second!.startedAt) - Date.parse(first!.startedAt)).toBeGreaterThanOrEqual(1_000);
  });

  test("asks a dead man's switch after each success alone, and says what became of it", async () => {
    await using folder = await RprFolder.open();
    let asked = 0;
    const server = createServer((_request, response) => {
      asked++;
      response.writeHead(asked === 1 ? 200 : 500).end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ping`;
    try {
      expect(await folder.run(["c", "-t", "1", "--ping", url, "--", "false"])).toMatchObject({ code: 1, err: "" });
      expect(asked).toBe(0);
      expect(await folder.run(["c", "-t", "1", "--ping", url, "--", "true"])).toEqual({ code: 0, out: "", err: "" });
      expect(await folder.run(["c", "-t", "1", "--ping", url, "--", "true"])).toEqual({
        code: 0,
        out: "",
        err: "rpr: the ping was answered with 500\n",
      });
      expect(asked).toBe(2);
    } finally {
      server.close();
    }
    expect(await folder.run(["c", "-t", "1", "--ping", "file:///x", "--", "true"])).toMatchObject({ code: 2 });
  });

  test("prints when it would run with --dry-run, and runs nothing [RPT-10, RPT-18, RPT-27]", async () => {
    await using folder = await RprFolder.open();
    const cron = ["--cron", "30 9 * * 1-5", "--timezone", "America/New_York"];
    const { code, out } = await folder.run([
      "cron",
      ...cron,
      "--times",
      "2",
      "--dry-run",
      "--",
      "sh",
      "-c",
      "echo > ran",
    ]);
    expect(code).toBe(0);
    expect(out).toMatch(/^run 1 at \S+T1[34]:30:00\.000Z, in \S+\nrun 2 at \S+T1[34]:30:00\.000Z, in \S+\n$/);
    await expect(folder.read("ran")).rejects.toThrow("ENOENT");
  });

  test("prints when a limiter would let it run with --dry-run, by the time that would have passed", async () => {
    await using folder = await RprFolder.open();
    const { out } = await folder.run(["rl", "-r", "2/3s", "--times", "5", "--dry-run", "--", "x"]);
    const at = [...out.matchAll(/^run \d+ at (\S+),/gm)].map(([, time]) => Date.parse(time!));
    expect(at.map((time) => time - at[0]!)).toEqual([0, 0, 3_000, 3_000, 6_000]);
  });

  test("runs @reboot once, and refuses a cron expression with the part that is wrong [RPT-17, RPT-19]", async () => {
    await using folder = await RprFolder.open();
    expect(await folder.run(["cr", "--cron", "@reboot", "--", "echo", "up"])).toEqual({
      code: 0,
      out: "up\n",
      err: "",
    });
    const wrong = await folder.run(["cron", "--cron", "0 25 * * *", "--", "x"]);
    expect(wrong).toMatchObject({ code: 2, out: "", err: expect.stringContaining('hour "25" is not valid') });
    const six = await folder.run(["cron", "--cron", "0 0 9 * * 1-5", "--", "x"]);
    expect(six).toMatchObject({ code: 2, err: expect.stringContaining("it has six parts; say --seconds") });
    const zone = await folder.run(["cron", "--cron", "@daily", "--tz", "Europe/Berln", "--", "x"]);
    expect(zone).toMatchObject({ code: 2, err: expect.stringContaining("Europe/Berlin") });
  });

  test("says everything that is wrong before it runs anything [RPT-19]", async () => {
    await using folder = await RprFolder.open();
    const { code, out, err } = await folder.run(["interval", "-q", "-v", "--until", "soon", "--timeout", "5"]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toBe(
      [
        "rpr: 5 things are wrong:",
        '  --timeout "5" lacks a unit: write 5s for seconds',
        "  interval needs --every, such as --every 30s",
        "  --quiet and --verbose exclude each other",
        '  --until "soon" is no time such as 18:00, 2030-01-31 or 2030-01-31T18:00Z',
        "  there is no command to run: write it at the end, after --",
        "See rpr interval --help",
        "",
      ].join("\n"),
    );
  });

  test("says that there is no such program, also when it is told to be quiet", async () => {
    await using folder = await RprFolder.open();
    const loud = await folder.run(["c", "-t", "1", "--", "no-such-program"]);
    expect(loud).toMatchObject({ code: 1, out: "", err: expect.stringContaining("no-such-program") });
    const quiet = await folder.run(["c", "-t", "1", "-q", "--", "no-such-program"]);
    expect(quiet).toEqual({ code: 1, out: "", err: "rpr: run 1: there is no such program (exit code 127)\n" });
  });

  test("names the nearest mode, and what a flag is for that does nothing", async () => {
    await using folder = await RprFolder.open();
    const useless = await folder.run(["c", "-t", "1", "--cron", "@daily", "--", "echo", "hi"]);
    expect(useless).toEqual({ code: 0, out: "hi\n", err: "rpr: --cron has no effect in mode count: it is for cron\n" });
    const wrong = await folder.run(["intervall", "-e", "1s", "--", "x"]);
    expect(wrong).toMatchObject({
      code: 2,
      err: expect.stringContaining('"intervall" is no mode; did you mean interval? There are interval, count,'),
    });
    const nothing = await folder.run(["plugin"]);
    expect(nothing).toMatchObject({ code: 2, err: expect.stringMatching(/name of a scheduler after it: .*fibonacci/) });
  });

  test("lengthens waits by --jitter, and says when the next run is due", async () => {
    await using folder = await RprFolder.open();
    const words = ["i", "-e", "1h", "--jitter", "100%", "--for", "30m", "--show-next", "--", "echo", "hi"];
    const { code, out, err } = await folder.run(words);
    expect({ code, out }).toEqual({ code: 0, out: "hi\n" });
    const [, second] = err.trimEnd().split("\n");
    const dueInMs = Date.parse(/\d{4}-\S+Z/.exec(second!)![0]) - Date.now();
    expect(dueInMs).toBeGreaterThan(3_000_000);
    expect(dueInMs).toBeLessThanOrEqual(7_200_000);
  });

  test("takes flags of other modes as the upstream does, and says that they do nothing", async () => {
    await using folder = await RprFolder.open();
    const core = await folder.run([
      "i",
      "-e",
      "1h",
      "-t",
      "1",
      "--attempts",
      "3",
      "--rate",
      "1/1s",
      "--",
      "echo",
      "hi",
    ]);
    expect(core).toMatchObject({ code: 0, out: "hi\n" });
    expect(core.err.trimEnd().split("\n")).toEqual([
      "rpr: --attempts has no effect in mode interval: it is for exponential, fibonacci, linear, polynomial, decorrelated-jitter, backoff",
      "rpr: --rate has no effect in mode interval: it is for rate-limit",
    ]);
    const bounds = ["--min-interval", "1s", "--max-interval", "1m"];
    const load = await folder.run(["la", "-b", "1h", "-t", "1", ...bounds, "--", "echo", "hi"]);
    expect(load).toMatchObject({
      code: 0,
      out: "hi\n",
      err: expect.stringContaining("rpr: --max-interval has no effect"),
    });
    const wrong = await folder.run(["i", "--evry", "1h", "--attempts", "x", "--", "echo", "hi"]);
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining("--evry is no flag; did you mean --every?") });
  });

  test("shows what is configured and who said so [RPT-3]", async () => {
    await using folder = await RprFolder.open();
    await folder.write("rpr.toml", '[defaults]\ntimeout = "1m30s"\nenable_health = true\n[plugins.x]\nkey = 1\n');
    const { out } = await folder.run(["config", "show", "--origin", "--config", "rpr.toml"], {
      RPR_GRACE: "3s",
      RPR_METRICS_PORT: "9191",
    });
    const rows = out
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ {2,}/));
    expect(rows).toContainEqual(["timeout", "1m30s", `${folder.at("rpr.toml")} [defaults] timeout`]);
    expect(rows).toContainEqual(["grace", "3s", "RPR_GRACE"]);
    expect(rows).toContainEqual(["parallel", "1", "default"]);
    expect(rows).toContainEqual(["plugins.x.key", "1", `${folder.at("rpr.toml")} [plugins.x] key`]);
    expect(rows).toContainEqual(["plugins.metrics.listen", "9191", "RPR_METRICS_PORT"]);
    expect(rows).toContainEqual(["output.health", "on", `${folder.at("rpr.toml")} [defaults] enable_health`]);
    const wrong = await folder.run(["config", "shw"]);
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining("did you mean show?") });
  });

  test("reads the file of the user's own configuration folder", async () => {
    await using folder = await RprFolder.open();
    await folder.write("own.toml", '[interval]\nevery = "5ms"\n');
    const { out } = await folder.run(["i", "-t", "2", "--", "echo", "hi"], { RPR_CONFIG: folder.at("own.toml") });
    expect(out).toBe("hi\nhi\n");
  });

  test("teaches with examples, and every mode has a page of its own [RPT-21, RPT-176]", async () => {
    await using folder = await RprFolder.open();
    const examples = await folder.run(["examples"]);
    expect(examples).toMatchObject({ code: 0, out: expect.stringContaining("rpr cron --cron '0 9 * * 1-5'") });
    for (const words of [
      ["help", "cron"],
      ["cr", "-h"],
      ["cron", "--help"],
    ]) {
      const { code, out } = await folder.run(words);
      expect({ code, out }).toEqual({
        code: 0,
        out: expect.stringMatching(/^rpr cron \(cr\): .*Examples:.*--timezone, --tz ZONE/s),
      });
    }
    expect((await folder.run(["--version"])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test("completes modes and flags, and prints a script for a shell", async () => {
    await using folder = await RprFolder.open();
    const complete = async (...words: string[]): Promise<string[]> => {
      const { out } = await folder.start(["complete", "--", ...words]).ended;
      return out
        .toString()
        .split("\n")
        .map((line) => line.split("\t")[0]!)
        .filter((word) => word !== "" && !word.startsWith(":"));
    };
    expect(await complete("inter")).toEqual(["interval"]);
    expect(await complete("interval", "--ev")).toEqual(["--every"]);
    expect(await complete("cron", "--catch-up", "")).toEqual(["one", "all", "none"]);
    expect(await complete("interval", "-e", "1s", "--", "--ev")).toEqual([]);
    for (const [shell, pattern] of Object.entries({
      bash: /complete -F \S+ rpr/,
      zsh: /#compdef rpr/,
      fish: /complete -c rpr/,
    })) {
      expect((await folder.start(["completion", shell]).ended).out.toString()).toMatch(pattern);
    }
    expect(await folder.run(["completion", "bsh"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("did you mean bash?"),
    });
  });
});
