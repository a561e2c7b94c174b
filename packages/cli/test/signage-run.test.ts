import { join } from "node:path";
import { writePlugin } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { openProject, sourcesText } from "./run-cli.ts";
import { Screen } from "./screen.ts";

const once = ["signage", "run", "--once"];
const documents = (out: string): Record<string, unknown>[] =>
  out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("berth signage run --once", () => {
  test("runs every source that is switched on, draws it, and ends with 0 [SIG-72] [SIG-73] [SIG-180]", async () => {
    await using project = await openProject({
      sources: [{ id: "home" }, { id: "office" }, { id: "off", enabled: false }],
    });
    const { code, out, err } = await project.run(once);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const lines = out
      .trimEnd()
      .split("\n")
      .sort((a, b) => a.localeCompare(b));
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(new RegExp(`Z  home  success  .*${join(project.path, "output/home.png")}$`)),
        expect.stringMatching(/Z {2}office {2}success {2}/),
      ]),
    );
    expect(lines).toHaveLength(2);
    expect(await project.listing()).toEqual(
      expect.arrayContaining([expect.stringMatching(/^output\/home\.png \d{3}/)]),
    );
  });

  test("ends with 1 when a source failed, and says which and why; the others have run [SIG-13]", async () => {
    await using project = await openProject({ sources: [{ id: "bad", config: { fault: "throw" } }, { id: "good" }] });
    const { code, out } = await project.run(once);
    expect(code).toBe(1);
    expect(out).toMatch(/Z {2}bad {2}failed {2}\d+ ms {2}PLUGIN_FAILED .*thrown by a plugin$/m);
    expect(out).toMatch(/Z {2}good {2}success {2}/);
  });

  test("ends with 1 when older content had to stand in", async () => {
    const source = { id: "home", fallback: { use_cached: true } };
    await using project = await openProject({ sources: [source] });
    expect(await project.run(once)).toMatchObject({ code: 0 });
    await project.write("sources.yaml", sourcesText([{ ...source, config: { fault: "throw" } }]));
    const { code, out } = await project.run(once);
    expect(code).toBe(1);
    expect(out).toMatch(/Z {2}home {2}cached {2}/);
  });

  test("runs only the sources asked for, and refuses one that is not there with 2", async () => {
    await using project = await openProject({
      sources: [{ id: "home" }, { id: "office" }, { id: "off", enabled: false }],
    });
    const { out } = await project.run([...once, "--source", "office"]);
    expect(out.trimEnd().split("\n")).toEqual([expect.stringContaining("  office  success")]);
    expect(await project.run([...once, "--source", "hme"])).toMatchObject({
      code: 2,
      err: 'berth: No source has the id "hme"; there are: home, office, off\n',
    });
    expect(await project.run([...once, "--source", "off"])).toMatchObject({
      code: 2,
      err: expect.stringContaining('Cannot run "off": switched off in sources.yaml'),
    });
  });

  test("ends with 2 and every problem, with its place, when the file is wrong [SIG-160]", async () => {
    const text = `sources:\n  - id: a b\n    type: misbehavin\n    schedule: "61 * * * *"\n    config: { fault: thorw }\n`;
    await using project = await openProject({ sources: text });
    const { code, out, err } = await project.run(once);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/sources\.yaml:2:9 sources\[0\]\.id: /);
    expect(err).toMatch(
      /sources\.yaml:3:11 sources\[0\]\.type: unknown type "misbehavin"; did you mean "misbehaving"\?/,
    );
    expect(err).toMatch(/sources\.yaml:4:15 sources\[0\]\.schedule: /);
    expect((await project.listing()).filter((line) => line.startsWith("output"))).toEqual([]);
  });

  test("without a file says what to do, and does nothing [SIG-50] [SIG-72] [SIG-87]", async () => {
    await using project = await openProject();
    expect(await project.run(once)).toEqual({
      code: 2,
      out: "",
      err:
        "berth: There is no sources.yaml: make one from the settings in your environment with `berth signage migrate`, " +
        "or a first one with `berth signage init`\n",
    });
    expect(await project.run([...once, "--config", "tv.yaml"])).toMatchObject({
      err: expect.stringContaining("There is no tv.yaml: "),
    });
  });

  test("is what `berth signage --once` means, too", async () => {
    await using project = await openProject({ sources: [{ id: "home" }] });
    expect(await project.run(["signage", "--once"])).toMatchObject({
      code: 0,
      out: expect.stringContaining("home  success"),
    });
  });

  test("draws with what the environment's file says over the file [SIG-152]", async () => {
    await using project = await openProject({ sources: [{ id: "home" }] });
    await project.write("sources.tv.yaml", "output: { dir: tv }\n");
    await project.run([...once, "--environment", "tv"]);
    await project.run(once, { env: { BERTH_ENV: "tv" } });
    const files = await project.listing();
    expect(files.some((file) => file.startsWith("tv/home.png"))).toBe(true);
    expect(files.some((file) => file.startsWith("output/"))).toBe(false);
  });

  test("reads variables from --env-file too; the environment wins", async () => {
    const probe = { id: "home", type: "echo", config: { text: "${WHAT} ${WHERE}" } };
    await using project = await openProject({ sources: [probe], plugins: [ECHO] });
    await project.write("my.env", "WHAT=hello\nWHERE=nowhere\n");
    const { code, err } = await project.run([...once, "--env-file", "my.env", "--log-level", "info"], {
      env: { WHERE: "here" },
    });
    expect(code).toBe(0);
    expect(err).toContain("hello here");
    expect(await project.run([...once, "--env-file", "none.env"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("Cannot read none.env"),
    });
  });

  test("runs a stranger's plugin in a sandbox, without a word of the operator [FLX-35, OPS-20]", async () => {
    await using project = await openProject({ sources: [{ id: "home", type: "echo", config: { text: "x" } }] });
    await writePlugin(join(project.path, "plugins"), ECHO);
    const { out } = await project.run(["plugins", "list"]);
    expect(out).toMatch(/^echo +\S+ +process +third-party /m);
    expect(await project.run(once)).toMatchObject({ code: 0, out: expect.stringContaining("home  success") });
  });

  test("ends with 1 and one sentence when a required plugin cannot start", async () => {
    const needed = {
      ...ECHO,
      name: "needed",
      provides: { source: ["needed"] },
      manifest: 'criticality = "required"',
      source: "throw new Error('no licence')",
    };
    await using project = await openProject({ sources: [{ id: "home" }], plugins: [needed] });
    const { code, out, err } = await project.run(once);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(
      /^berth: Cannot start without plugin "needed", which is required: Cannot load plugin "needed" from src\/plugin\.ts: no licence \(PLUGIN_FAILED\)\. [^\n]+\n$/,
    );
  });

  test("refuses a log level that is none", async () => {
    await using project = await openProject({ sources: [{ id: "home" }] });
    expect(await project.run([...once, "--log-level", "loud"])).toMatchObject({
      code: 2,
      err: 'berth: Unknown log level "loud"; use one of trace, debug, info, warn, error\n',
    });
  });
});

describe("berth signage run --json", () => {
  test("prints one document a line and nothing else: what began, what ended and how", async () => {
    const sources = [
      { id: "good" },
      { id: "bad", config: { fault: "throw" } },
      { id: "chatty", config: { fault: "flood-log" } },
    ];
    await using project = await openProject({ sources });
    const { code, out } = await project.run([...once, "--json"]);
    expect(code).toBe(1);
    const lines = documents(out);
    expect(lines.every((line) => line["version"] === 1)).toBe(true);
    expect(lines.filter((line) => line["event"] === "started").map((line) => line["id"])).toEqual([
      "good",
      "bad",
      "chatty",
    ]);
    const ended = lines.filter((line) => line["event"] === "finished");
    expect(ended).toHaveLength(3);
    expect(ended).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: "good", outcome: "success", pictures: [join(project.path, "output/good.png")] }),
        expect.objectContaining({
          id: "bad",
          outcome: "failed",
          error: { code: "PLUGIN_FAILED", message: expect.any(String) },
        }),
      ]),
    );
  });

  test.each([
    ["a file that is not there", undefined, 2, "CONFIG_NOT_FOUND"],
    ["a file that is wrong", "sources: 7", 2, "CONFIG_INVALID"],
  ])("tells of %s as a document", async (_what, sources, code, errorCode) => {
    await using project = await openProject(sources === undefined ? {} : { sources });
    const outcome = await project.run([...once, "--json"]);
    expect(outcome.code).toBe(code);
    expect(documents(outcome.out)).toMatchObject([
      { version: 1, error: { code: errorCode, message: expect.any(String) } },
    ]);
  });
});

describe("berth signage run until a signal", () => {
  const slow = { id: "slow", config: { fault: "slow", slow: "400ms" } };

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s lets the run that is under way end, says so, and ends with %d", async (name, exitCode) => {
    await using project = await openProject({ sources: [slow, { id: "later", enabled: false }] });
    let isSent = false;
    const { code, out, err } = await project.run(["signage", "run", "--json"], {
      onText: (text, { signal }) => {
        if (isSent || !text.includes('"started"')) return;
        isSent = true;
        signal(name);
      },
    });
    expect(code).toBe(exitCode);
    expect(err).toBe("Stopping: letting runs finish. Press Ctrl-C again to hurry.\n");
    expect(documents(out).findLast((line) => line["event"] === "finished")).toMatchObject({
      id: "slow",
      outcome: "success",
    });
  });

  test("a second one cuts it short", async () => {
    await using project = await openProject({ sources: [{ id: "hangs", config: { fault: "hang" } }] });
    const startedAt = performance.now();
    const { code, out } = await project.run(["signage", "run", "--json"], {
      onText: (text, { signal }) => {
        if (!text.includes('"started"')) return;
        signal("SIGINT");
        setTimeout(() => signal("SIGTERM"), 50);
      },
    });
    expect(code).toBe(130);
    expect(documents(out).at(-1)).toMatchObject({ outcome: "skipped", error: { code: "CALL_CANCELLED" } });
    expect(performance.now() - startedAt).toBeLessThan(8_000);
  });

  test("one that comes before the first run ends it as well, without an error", async () => {
    await using project = await openProject({ sources: [slow] });
    for (const argv of [once, ["signage", "run"]]) {
      const { code, out, err } = await project.run(argv, { onStart: ({ signal }) => signal("SIGTERM") });
      expect({ code, out }).toEqual({ code: 143, out: "" });
      expect(err).toBe("Stopping: letting runs finish. Press Ctrl-C again to hurry.\n");
    }
  });

  test("keeps the last table on the screen, and the log lines above it", async () => {
    const sources = [
      { id: "home", config: { fault: "flood-log" } },
      { id: "bad", config: { fault: "throw" } },
    ];
    await using project = await openProject({ sources });
    const screen = new Screen();
    let isSent = false;
    const { code } = await project.run(["signage", "run", "--log-level", "info"], {
      isTTY: true,
      columns: 120,
      onText: (text, { signal }) => {
        screen.write(text);
        if (isSent || !/^home +success/m.test(screen.text) || !/^bad +failed/m.test(screen.text)) return;
        isSent = true;
        signal("SIGINT");
      },
    });
    expect(code).toBe(130);
    const lines = screen.text.trimEnd().split("\n");
    const heading = lines.findIndex((line) => line.startsWith("SOURCE"));
    expect(lines.slice(0, heading).join("\n")).toContain("plugin/misbehaving  line 0  instance=home");
    expect(lines.slice(0, heading).at(-1)).toBe("Stopping: letting runs finish. Press Ctrl-C again to hurry.");
    expect(lines.slice(heading, heading + 3)).toEqual([
      expect.stringMatching(/^SOURCE +STATE +LAST RUN +TOOK +NEXT RUN +BREAKER +CACHE +DETAIL$/),
      expect.stringMatching(/^home +success .* output\/home\.png$/),
      expect.stringMatching(/^bad +failed .* source\/misbehaving \(bad\) failed: thrown by a plugin$/),
    ]);
  });
});

/** Logs and shows its configuration. */
const ECHO = {
  name: "echo",
  provides: { source: ["echo"] },
  source: `
    import { definePlugin, defineSource, fields } from "@berth/sdk";
    export default definePlugin({
      provides: [defineSource("echo", {
        config: fields({ text: { type: "string", required: true } }),
        create: ({ text }, ctx) => ({
          fetch: async () => {
            ctx.log.info(text);
            return { title: text, lines: [] };
          },
        }),
      })],
    });`,
};
