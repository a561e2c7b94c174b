import { join } from "node:path";
import { ManualClock } from "@berth/base";
import { describe, expect, test } from "vitest";
import { openProject, sourcesText } from "./run-cli.ts";

/** A Monday in winter, noon. */
const NOON = Date.UTC(2026, 0, 5, 12);
const clock = new ManualClock(NOON);

describe("a command that only looks", () => {
  const WAYS = [
    ["run", "--dry-run"],
    ["run", "--once", "--dry-run", "--json"],
    ["run", "--validate"],
    ["validate"],
    ["plan"],
    ["migrate", "--dry-run"],
  ];

  test.each(WAYS.map((way) => [way]))("(%j) writes nothing at all", async (way) => {
    await using project = await openProject({ sources: [{ id: "home" }] });
    const before = await project.listing();
    expect(await project.run(["signage", ...way])).toMatchObject({ code: 0, err: "" });
    expect(await project.listing()).toEqual(before);
  });
});

describe("berth signage run --dry-run", () => {
  test("says what would run and when, and asks no source", async () => {
    const sources = [
      { id: "home", config: { fault: "throw" } },
      { id: "off", enabled: false },
    ];
    await using project = await openProject({ sources });
    const { code, out } = await project.run(["signage", "run", "--dry-run"], { clock });
    expect(code).toBe(0);
    expect(out.trimEnd().split("\n")).toEqual([
      "Nothing was fetched or written. It would run:",
      "SOURCE  TYPE         SCHEDULE      TIME ZONE  NEXT RUNS",
      "home    misbehaving  */15 * * * *  UTC        Mon 12:15, Mon 12:30, Mon 12:45",
    ]);
  });

  test("is a document for those who asked for one", async () => {
    await using project = await openProject({ sources: [{ id: "home" }] });
    const { out } = await project.run(["signage", "run", "--once", "--dry-run", "--json"], { clock });
    expect(JSON.parse(out)).toEqual({
      version: 1,
      dryRun: true,
      sources: [
        {
          id: "home",
          type: "misbehaving",
          schedule: "*/15 * * * *",
          timezone: "UTC",
          at: ["2026-01-05T12:15:00.000Z"],
        },
      ],
    });
  });

  test("ends with 2 where a run would", async () => {
    await using project = await openProject({ sources: [{ id: "home", config: { fault: "thorw" } }] });
    const { code, err } = await project.run(["signage", "run", "--dry-run"]);
    expect(code).toBe(2);
    expect(err).toMatch(/sources\.yaml:\d+:\d+ sources\[0\]\.config\.fault: .*found "thorw"/);
  });
});

describe("berth signage plan", () => {
  test("shows the next runs in the time of each source", async () => {
    const sources = [
      { id: "home", schedule: "0 7 * * *", timezone: "Europe/Berlin" },
      { id: "never", schedule: "0 0 29 2 *" },
    ];
    await using project = await openProject({ sources });
    const { code, out } = await project.run(["signage", "plan", "-n", "2"], { clock });
    expect(code).toBe(0);
    expect(out).toMatch(/^home +misbehaving +0 7 \* \* \* +Europe\/Berlin +Tue 07:00, Wed 07:00$/m);
    const json = await project.run(["signage", "plan", "-n", "1", "--source", "home", "--json"], { clock });
    expect(JSON.parse(json.out)).toMatchObject({
      version: 1,
      sources: [{ id: "home", at: ["2026-01-06T06:00:00.000Z"] }],
    });
  });

  test.each(["0", "x", "1001", "1.5"])("refuses %s runs", async (runs) => {
    await using project = await openProject({ sources: [{ id: "home" }] });
    expect(await project.run(["signage", "plan", "-n", runs])).toMatchObject({
      code: 2,
      err: `berth: --runs must be a whole number from 1 to 1000, found "${runs}"\n`,
    });
  });
});

describe("berth signage validate", () => {
  test("says that all is well, and what there is [SIG-176] [SIG-87]", async () => {
    await using project = await openProject({ sources: [{ id: "home" }, { id: "off", enabled: false }] });
    const sentence = "sources.yaml: fine, 2 sources, 1 switched on\n";
    expect(await project.run(["signage", "validate"])).toEqual({ code: 0, out: sentence, err: "" });
    expect(await project.run(["signage", "run", "--validate"])).toEqual({ code: 0, out: sentence, err: "" });
  });

  test("lists every problem of the file, its schedules and each source's settings, and ends with 2 [SIG-89] [SIG-160] [SIG-176]", async () => {
    const text = `sources:
  - id: home
    type: misbehaving
    schedule: "* * * *"
    timout: 3
  - id: home
    type: misbehaving
    schedule: "0 25 * * *"
    config: { token: "\${MISSING}" }
`;
    await using project = await openProject({ sources: text });
    const { code, out } = await project.run(["signage", "validate"]);
    expect(code).toBe(2);
    expect(out.trimEnd().split("\n")).toEqual([
      expect.stringMatching(
        /^error: sources\.yaml:4:15 sources\[0\]\.schedule: must be a cron expression of exactly 5 parts/,
      ),
      expect.stringMatching(/^error: sources\.yaml:5:5 sources\[0\]\.timout: .*did you mean `timeout`\?/),
      expect.stringMatching(
        /^error: sources\.yaml:6:9 sources\[1\]\.id: ids must be unique; "home" stands in lines 2, 6/,
      ),
      expect.stringMatching(/^error: sources\.yaml:8:15 sources\[1\]\.schedule: not a cron expression.*hour/),
      expect.stringMatching(
        /^error: sources\.yaml:9:22 sources\[1\]\.config\.token: the environment variable MISSING is not set/,
      ),
      "sources.yaml: 5 problems",
    ]);
    await project.write("sources.yaml", sourcesText([{ id: "home", config: { fault: 7, colour: "red" } }]));
    const settings = await project.run(["signage", "validate"]);
    expect(settings).toMatchObject({ code: 2 });
    expect(settings.out).toMatch(/^error: sources\.yaml:\d+:\d+ sources\[0\]\.config\.fault: /m);
    expect(settings.out).toMatch(/^error: sources\.yaml:\d+:\d+ sources\[0\]\.config\.colour: is not a known field/m);
  });

  test("is a document for those who asked for one, right or wrong [SIG-176]", async () => {
    await using project = await openProject({ sources: [{ id: "home" }] });
    const fine = await project.run(["signage", "validate", "--json"]);
    expect(JSON.parse(fine.out)).toEqual({ version: 1, valid: true, problems: [], warnings: [] });
    await project.write("sources.yaml", "sources: 7\n");
    const wrong = await project.run(["signage", "validate", "--json"]);
    expect(wrong.code).toBe(2);
    expect(JSON.parse(wrong.out)).toMatchObject({
      valid: false,
      problems: [{ file: "sources.yaml", line: 1, column: 10, path: "sources" }],
    });
  });

  test("warns of what is allowed and hardly meant, and ends with 0", async () => {
    await using project = await openProject({ sources: [{ id: "home", schedule: "* * * * *", timeout: 90 }] });
    const { code, out } = await project.run(["signage", "validate"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^warning: sources\.yaml:\d+:\d+ sources\[0\]\.timeout: a run may take 90 s/);
  });

  test("tells of a file that is not there what to do [SIG-72]", async () => {
    await using project = await openProject();
    const { code, out } = await project.run(["signage", "validate"]);
    expect(code).toBe(2);
    expect(out).toContain(
      "There is no sources.yaml: make one from the settings in your environment with `berth signage migrate`",
    );
  });

  test("finds what is wrong in berth.yaml, too", async () => {
    await using project = await openProject({ sources: [{ id: "home" }] });
    await project.write("berth.yaml", "plugin:\n  misbehaving: {}\n");
    const { code, out } = await project.run(["signage", "validate"]);
    expect(code).toBe(2);
    expect(out).toMatch(/^error: berth\.yaml:1:1 plugin: .*did you mean `plugins`\?/);
  });
});

describe("berth signage render", () => {
  test("draws what a source gave last, in another look, without asking it", async () => {
    await using project = await openProject({ sources: [{ id: "home" }] });
    expect(await project.run(["signage", "render", "home"])).toMatchObject({
      code: 2,
      err: expect.stringContaining(
        'There is no content of "home" yet: run it once with `berth signage run --once --source home`',
      ),
    });
    await project.run(["signage", "run", "--once"]);
    await project.write("sources.yaml", sourcesText([{ id: "home", config: { fault: "throw" } }]));
    const { code, out } = await project.run([
      "signage",
      "render",
      "home",
      "--layout",
      "centered",
      "--size",
      "200x180",
      "-o",
      "tv.png",
    ]);
    expect({ code, out }).toEqual({ code: 0, out: `${join(project.path, "tv.png")}\n` });
    expect(await project.run(["signage", "render", "home", "--json"])).toMatchObject({
      out: `${JSON.stringify({ version: 1, picture: join(project.path, "home.png") })}\n`,
    });
  });

  test("draws content from a file, and leaves nothing else behind", async () => {
    await using project = await openProject({ sources: [{ id: "home" }] });
    await project.write("data.json", JSON.stringify({ title: "Data", lines: ["one"] }));
    const before = await project.listing();
    const { code, out } = await project.run(["signage", "render", "--content", "data.json"]);
    expect({ code, out }).toEqual({ code: 0, out: `${join(project.path, "data.png")}\n` });
    const added = (await project.listing()).filter((line) => !before.includes(line));
    expect(added).toEqual([expect.stringMatching(/^data\.png \d+$/)]);
  });

  test.each([
    [[], "Say what to draw: the id of a source that has run before, or --content FILE"],
    [["home", "--content", "data.json"], "Say what to draw"],
    [["hme"], 'No source has the id "hme"; there are: home'],
    [["--content", "none.json"], "Cannot read content from"],
    [["--content", "sources.yaml.txt"], "it is no JSON"],
    [["--content", "data.json", "--size", "big"], 'Unknown size "big"; write it as 1920x1080'],
    [["--content", "data.json", "--layout", "grd"], 'did you mean "grid"?'],
  ])("refuses %j with 2 and a sentence", async (argv, sentence) => {
    await using project = await openProject({ sources: [{ id: "home" }] });
    await project.write("data.json", JSON.stringify({ title: "Data", lines: [] }));
    await project.write("sources.yaml.txt", "title: Data");
    const { code, err } = await project.run(["signage", "render", ...argv]);
    expect(code).toBe(2);
    expect(err).toContain(sentence);
  });
});
